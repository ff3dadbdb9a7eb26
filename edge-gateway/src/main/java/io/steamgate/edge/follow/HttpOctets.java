package io.steamgate.edge.follow;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Classes of octets in HTTP heads (RFC 9110 section 5.6, RFC 3986) and the searches the parsers are built on. */
final class HttpOctets {
    static final byte CR = '\r';
    static final byte LF = '\n';

    private static final int TOKEN = 1;
    private static final int VALUE = 2;
    private static final int TARGET = 4;
    private static final int HOST = 8;
    private static final byte[] CLASSES = new byte[256];

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;
    private static final long LINE_FEEDS = ONES * LF;

    static {
        String alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        mark(alphanumeric + "!#$%&'*+-.^_`|~", TOKEN);
        mark(alphanumeric + "-._", HOST);
        for (int octet = 0; octet < 256; octet++) {
            boolean visible = octet > ' ' && octet < 0x7F;
            // obs-text (0x80 and up) is allowed in field values (RFC 9110 section 5.5), never in a request target
            if (visible || octet == ' ' || octet == '\t' || octet >= 0x80) {
                CLASSES[octet] |= VALUE;
            }
            // A fragment is never sent (RFC 9110 section 7.1); who sees one may cut the path elsewhere than we do
            if (visible && octet != '#') {
                CLASSES[octet] |= TARGET;
            }
        }
    }

    private HttpOctets() {}

    private static void mark(String octets, int octetClass) {
        for (int i = 0; i < octets.length(); i++) {
            CLASSES[octets.charAt(i)] |= (byte) octetClass;
        }
    }

    static boolean isToken(byte octet) {
        return (CLASSES[octet & 0xFF] & TOKEN) != 0;
    }

    /** VCHAR, obs-text, space and tab. */
    static boolean isValue(byte octet) {
        return (CLASSES[octet & 0xFF] & VALUE) != 0;
    }

    /** What a request target may hold: visible ASCII but {@code #}. */
    static boolean isTarget(byte octet) {
        return (CLASSES[octet & 0xFF] & TARGET) != 0;
    }

    /** What a host name may hold: letters, digits, hyphen, dot and, as many hosts do, the underscore. */
    static boolean isHost(byte octet) {
        return (CLASSES[octet & 0xFF] & HOST) != 0;
    }

    static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    static boolean isDigit(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    /** The value of a hexadecimal digit, -1 for any other octet. */
    static int hex(byte octet) {
        if (isDigit(octet)) {
            return octet - '0';
        }
        int lower = octet | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /** Where the first line feed in [from, to) is; -1 if none. Eight octets a step: a slow sender makes us search often. */
    static int lineFeed(byte[] array, int from, int to) {
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            long other = (long) LONGS.get(array, at) ^ LINE_FEEDS;
            long hits = (other - ONES) & ~other & HIGHS;
            if (hits != 0) {
                return at + Long.numberOfTrailingZeros(hits) / Byte.SIZE;
            }
        }
        for (; at < to; at++) {
            if (array[at] == LF) {
                return at;
            }
        }
        return -1;
    }

    /** Whether the token at [from, to) is {@code lower}, which is in lower case, without regard to case. */
    static boolean tokenIs(String lower, byte[] array, int from, int to) {
        if (to - from != lower.length()) {
            return false;
        }
        for (int i = 0; i < lower.length(); i++) {
            byte octet = array[from + i];
            if (!isToken(octet) || (octet | 0x20) != lower.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static boolean startsWith(String text, byte[] array, int from, int to) {
        if (to - from < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (array[from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
