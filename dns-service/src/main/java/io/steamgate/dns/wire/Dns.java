package io.steamgate.dns.wire;

/** Numbers of the protocol (RFC 1035 §4.1.1 and the registries that followed it). */
public final class Dns {
    public static final int HEADER = 12;

    /** Longest name in octets, length octets and root included (RFC 1035 §2.3.4). */
    public static final int MAX_NAME = 255;

    /** Labels that a name of {@link #MAX_NAME} octets can have, the root excluded. */
    public static final int MAX_LABELS = 127;

    public static final int MAX_MESSAGE = 65535;

    // Flags of the third and fourth octet, as one 16-bit number
    public static final int QR = 0x8000;
    public static final int AA = 0x0400;
    public static final int TC = 0x0200;
    public static final int RD = 0x0100;
    public static final int RA = 0x0080;
    public static final int AD = 0x0020;
    public static final int CD = 0x0010;

    public static final int OPCODE_QUERY = 0;
    public static final int OPCODE_NOTIFY = 4;
    public static final int OPCODE_UPDATE = 5;

    public static final int NOERROR = 0;
    public static final int FORMERR = 1;
    public static final int SERVFAIL = 2;
    public static final int NXDOMAIN = 3;
    public static final int NOTIMP = 4;
    public static final int REFUSED = 5;
    public static final int NOTAUTH = 9;
    public static final int BADVERS = 16;
    public static final int BADCOOKIE = 23;

    public static final int A = 1;
    public static final int NS = 2;
    public static final int CNAME = 5;
    public static final int SOA = 6;
    public static final int MB = 7;
    public static final int MG = 8;
    public static final int MR = 9;
    public static final int PTR = 12;
    public static final int HINFO = 13;
    public static final int MINFO = 14;
    public static final int MX = 15;
    public static final int TXT = 16;
    public static final int AAAA = 28;
    public static final int SRV = 33;
    public static final int DNAME = 39;
    public static final int OPT = 41;
    public static final int DS = 43;
    public static final int RRSIG = 46;
    public static final int NSEC = 47;
    public static final int DNSKEY = 48;
    public static final int NSEC3 = 50;
    public static final int NSEC3PARAM = 51;
    public static final int TSIG = 250;
    public static final int IXFR = 251;
    public static final int AXFR = 252;
    public static final int MAILB = 253;
    public static final int MAILA = 254;
    public static final int ANY = 255;

    public static final int CLASS_IN = 1;
    public static final int CLASS_CH = 3;
    public static final int CLASS_ANY = 255;

    public static final int OPTION_NSID = 3;
    public static final int OPTION_SUBNET = 8;
    public static final int OPTION_COOKIE = 10;
    public static final int OPTION_KEEPALIVE = 11;
    public static final int OPTION_PADDING = 12;
    public static final int OPTION_ERROR = 15;

    private Dns() {}

    public static int u8(byte[] bytes, int at) {
        return bytes[at] & 0xFF;
    }

    public static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
    }

    /** An unsigned 32-bit number; see {@link #ttl} for what a time to live makes of it. */
    public static long u32(byte[] bytes, int at) {
        return (long) u16(bytes, at) << 16 | u16(bytes, at + 2);
    }

    /** A time to live in seconds; one with the highest bit set counts as zero (RFC 2181 §8). */
    public static int ttl(byte[] bytes, int at) {
        long value = u32(bytes, at);
        return value > Integer.MAX_VALUE ? 0 : (int) value;
    }

    public static void put16(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    public static void put32(byte[] bytes, int at, int value) {
        put16(bytes, at, value >>> 16);
        put16(bytes, at + 2, value);
    }
}
