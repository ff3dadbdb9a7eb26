package io.steamgate.dns.wire;

import java.util.Arrays;

/**
 * Names in uncompressed wire form: labels, each after its length, and the root's zero (RFC 1035 §3.1). The case of ASCII
 * letters does not matter (RFC 4343).
 */
public final class Names {
    public static final byte[] ROOT = {0};

    private static final byte[] LOWER = new byte[256];

    static {
        for (int i = 0; i < 256; i++) {
            LOWER[i] = (byte) (i >= 'A' && i <= 'Z' ? i + 32 : i);
        }
    }

    private Names() {}

    public static byte lower(byte octet) {
        return LOWER[octet & 0xFF];
    }

    /** Octets of the name at {@code at}, which is known to be whole. */
    public static int length(byte[] bytes, int at) {
        int end = at;
        while (bytes[end] != 0) {
            end += 1 + (bytes[end] & 0xFF);
        }
        return end + 1 - at;
    }

    public static int labels(byte[] name) {
        int count = 0;
        for (int at = 0; name[at] != 0; at += 1 + (name[at] & 0xFF)) {
            count++;
        }
        return count;
    }

    public static byte[] copyLower(byte[] bytes, int at, int length) {
        byte[] name = new byte[length];
        for (int i = 0; i < length; i++) {
            name[i] = lower(bytes[at + i]);
        }
        return name;
    }

    /** Whether two uncompressed names are the same; length octets are below 64, so lowering them changes nothing. */
    public static boolean same(byte[] a, int aAt, byte[] b, int bAt, int length) {
        for (int i = 0; i < length; i++) {
            if (a[aAt + i] != b[bAt + i] && lower(a[aAt + i]) != lower(b[bAt + i])) {
                return false;
            }
        }
        return true;
    }

    public static boolean same(byte[] a, byte[] b) {
        return a.length == b.length && same(a, 0, b, 0, a.length);
    }

    /** Whether {@code name} is {@code ancestor} or lies under it; both lower case or compared without case. */
    public static boolean isUnder(byte[] name, byte[] ancestor) {
        int at = 0;
        while (name.length - at > ancestor.length) {
            at += 1 + (name[at] & 0xFF);
        }
        return name.length - at == ancestor.length && same(name, at, ancestor, 0, ancestor.length);
    }

    /** The name without its first label; the root stays the root. */
    public static byte[] parent(byte[] name) {
        return name[0] == 0 ? name : Arrays.copyOfRange(name, 1 + (name[0] & 0xFF), name.length);
    }

    /** Mixes a label, length octet included, into the hash of the name that follows it. */
    public static int hash(int rest, byte[] bytes, int at) {
        int length = bytes[at] & 0xFF;
        int hash = rest * 0x9E3779B1 + length;
        for (int i = 1; i <= length; i++) {
            hash = (hash ^ lower(bytes[at + i])) * 0x01000193;
        }
        return hash ^ hash >>> 15;
    }

    /** The hash of a whole name; each of its suffixes has the hash it had on the way here. */
    public static int hash(byte[] name) {
        return hashFrom(name, 0);
    }

    private static int hashFrom(byte[] name, int at) {
        return name[at] == 0 ? 0 : hash(hashFrom(name, at + 1 + (name[at] & 0xFF)), name, at);
    }

    /** Canonical order (RFC 4034 §6.1): by labels from the right, each as lower-case octets. */
    public static int compare(byte[] a, byte[] b) {
        int[] aLabels = offsets(a);
        int[] bLabels = offsets(b);
        for (int i = 1; i <= Math.min(aLabels.length, bLabels.length); i++) {
            int order = compareLabel(a, aLabels[aLabels.length - i], b, bLabels[bLabels.length - i]);
            if (order != 0) {
                return order;
            }
        }
        return aLabels.length - bLabels.length;
    }

    private static int compareLabel(byte[] a, int aAt, byte[] b, int bAt) {
        int aLength = a[aAt] & 0xFF;
        int bLength = b[bAt] & 0xFF;
        for (int i = 1; i <= Math.min(aLength, bLength); i++) {
            int order = (lower(a[aAt + i]) & 0xFF) - (lower(b[bAt + i]) & 0xFF);
            if (order != 0) {
                return order;
            }
        }
        return aLength - bLength;
    }

    private static int[] offsets(byte[] name) {
        int[] offsets = new int[labels(name)];
        int count = 0;
        for (int at = 0; name[at] != 0; at += 1 + (name[at] & 0xFF)) {
            offsets[count++] = at;
        }
        return offsets;
    }

    /**
     * Wire form of a name in presentation form, with or without the last dot; {@code \.} and {@code \DDD} are understood.
     *
     * @throws IllegalArgumentException naming what is no name
     */
    public static byte[] parse(String text) {
        byte[] out = new byte[MAX];
        int length = 0;
        int labelAt = 0;
        int at = 1;
        String name = text.equals(".") ? "" : text;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '.') {
                int size = at - labelAt - 1;
                if (size == 0 || size > 63) {
                    throw invalid(text);
                }
                out[labelAt] = (byte) size;
                labelAt = at++;
                continue;
            }
            int octet = c;
            if (c == '\\' && i + 3 < name.length() && Character.isDigit(name.charAt(i + 1))) {
                octet = Integer.parseInt(name, i + 1, i + 4, 10);
                i += 3;
            } else if (c == '\\' && i + 1 < name.length()) {
                octet = name.charAt(++i);
            }
            if (octet > 255 || at >= Dns.MAX_NAME - 1) {
                throw invalid(text);
            }
            out[at++] = (byte) octet;
        }
        int size = at - labelAt - 1;
        if (size > 63) {
            throw invalid(text);
        }
        out[labelAt] = (byte) size;
        length = size == 0 ? labelAt + 1 : at + 1;
        return Arrays.copyOf(out, length);
    }

    private static final int MAX = Dns.MAX_NAME + 1;

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("'" + text + "' is no domain name");
    }

    /** Presentation form with the last dot (RFC 4343 §2.1): what is not printable ASCII is escaped. */
    public static String text(byte[] bytes, int at) {
        if (bytes[at] == 0) {
            return ".";
        }
        StringBuilder text = new StringBuilder();
        for (int label = at; bytes[label] != 0; label += 1 + (bytes[label] & 0xFF)) {
            for (int i = 1; i <= (bytes[label] & 0xFF); i++) {
                int c = bytes[label + i] & 0xFF;
                if (c == '.' || c == '\\' || c == '"' || c == ';' || c == '(' || c == ')' || c == '@' || c == '$') {
                    text.append('\\').append((char) c);
                } else if (c > 0x20 && c < 0x7F) {
                    text.append((char) c);
                } else {
                    text.append('\\').append((char) ('0' + c / 100));
                    text.append((char) ('0' + c / 10 % 10)).append((char) ('0' + c % 10));
                }
            }
            text.append('.');
        }
        return text.toString();
    }

    public static String text(byte[] name) {
        return text(name, 0);
    }
}
