package io.steamgate.edge.wire;

/**
 * An IPv4 address.
 *
 * @param bits the address as a big-endian number: 192.0.2.1 is {@code 0xC0000201}
 */
public record Ipv4Address(int bits) implements IpAddress {
    public static final Ipv4Address ANY = new Ipv4Address(0);
    public static final Ipv4Address BROADCAST = new Ipv4Address(0xFFFF_FFFF);

    public static Ipv4Address of(int a, int b, int c, int d) {
        return new Ipv4Address((a & 0xFF) << 24 | (b & 0xFF) << 16 | (c & 0xFF) << 8 | d & 0xFF);
    }

    /** Strict dotted quad: four decimal numbers from 0 to 255 without leading zeros. */
    public static Ipv4Address parse(String text) {
        int bits = 0;
        int octets = 0;
        int value = -1;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : '.';
            if (c >= '0' && c <= '9' && value != 0 && value < 26) {
                value = Math.max(value, 0) * 10 + c - '0';
            } else if (c == '.' && value >= 0 && value <= 255 && octets < 4) {
                bits = bits << 8 | value;
                octets++;
                value = -1;
            } else {
                throw new IllegalArgumentException("'" + text + "' is not an IPv4 address");
            }
        }
        if (octets != 4) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv4 address");
        }
        return new Ipv4Address(bits);
    }

    @Override
    public int bitLength() {
        return 32;
    }

    @Override
    public byte[] toBytes() {
        return new byte[] {(byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits};
    }

    /** 224.0.0.0/4 (RFC 5771). */
    public boolean isMulticast() {
        return bits >>> 28 == 0xE;
    }

    public boolean isLoopback() {
        return bits >>> 24 == 127;
    }

    /** May be the source of a unicast packet: not "this network", loopback, multicast, reserved or broadcast. */
    public boolean isUnicastHost() {
        int first = bits >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    @Override
    public String toString() {
        return (bits >>> 24) + "." + (bits >>> 16 & 0xFF) + "." + (bits >>> 8 & 0xFF) + "." + (bits & 0xFF);
    }
}
