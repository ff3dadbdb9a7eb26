package io.steamgate.dns.wire;

/**
 * PROXY protocol version 2 (HAProxy, {@code doc/proxy-protocol.txt} §2.2): what an edge says about the client before the
 * client's own bytes, once on a stream and in each datagram.
 *
 * <pre>
 *   0..11  signature  0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
 *   12     version 2 in the high four bits, command in the low: 0 LOCAL, 1 PROXY
 *   13     family in the high four bits (1 IPv4, 2 IPv6), transport in the low (1 stream, 2 datagram)
 *   14..15 length of all that follows: addresses, ports, TLVs
 * </pre>
 *
 * <p>A reader; made to be used again for the next header.
 */
public final class ProxyHeader {
    public static final int FIXED_LENGTH = 16;

    /** Bound on addresses and TLVs together. */
    public static final int MAX_REST = 2048;

    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};

    /** What the bytes are. */
    public enum Kind {
        /** May become a header with more of them. */
        INCOMPLETE,
        MALFORMED,
        /** The edge speaks for itself, e.g. to check health. */
        LOCAL,
        /** The edge speaks for a client. */
        PROXIED
    }

    private int length;
    private byte[] client = new byte[4];
    private int port;

    /** Reads the header at the beginning of {@code available} octets. */
    public Kind parse(byte[] bytes, int available) {
        for (int i = 0; i < Math.min(available, SIGNATURE.length); i++) {
            if (bytes[i] != SIGNATURE[i]) {
                return Kind.MALFORMED;
            }
        }
        if (available < FIXED_LENGTH) {
            return Kind.INCOMPLETE;
        }
        int command = bytes[12] & 0x0F;
        int family = (bytes[13] & 0xFF) >>> 4;
        int transport = bytes[13] & 0x0F;
        int rest = Dns.u16(bytes, 14);
        if ((bytes[12] & 0xF0) != 0x20 || command > 1 || rest > MAX_REST) {
            return Kind.MALFORMED;
        }
        if (available < FIXED_LENGTH + rest) {
            return Kind.INCOMPLETE;
        }
        length = FIXED_LENGTH + rest;
        if (command == 0) {
            return Kind.LOCAL;
        }
        int size = family == 1 ? 4 : family == 2 ? 16 : 0;
        if (size == 0 || transport == 0 || transport > 2 || rest < 2 * size + 4) {
            return Kind.MALFORMED;
        }
        client = java.util.Arrays.copyOfRange(bytes, FIXED_LENGTH, FIXED_LENGTH + size);
        port = Dns.u16(bytes, FIXED_LENGTH + 2 * size);
        return Kind.PROXIED;
    }

    /** Octets of the header, after LOCAL or PROXIED. */
    public int length() {
        return length;
    }

    /** The client's address, 4 or 16 octets, after PROXIED. */
    public byte[] client() {
        return client;
    }

    /** The client's port, after PROXIED. */
    public int port() {
        return port;
    }
}
