package io.steamgate.edge.wire;

/**
 * An address block in CIDR form (RFC 4632).
 *
 * @param address any address of the block; an interface's own address keeps its host bits here
 * @param prefixLength 0 to 32
 */
public record Ipv4Network(Ipv4Address address, int prefixLength) {
    public Ipv4Network {
        if (prefixLength < 0 || prefixLength > 32) {
            throw new IllegalArgumentException("prefix length " + prefixLength + " is not between 0 and 32");
        }
    }

    /**
     * Parses {@code 192.0.2.0/24}; without a slash the block is the one address.
     *
     * @throws IllegalArgumentException naming the text
     */
    public static Ipv4Network parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return new Ipv4Network(Ipv4Address.parse(text), 32);
        }
        try {
            int length = Integer.parseInt(text.substring(slash + 1));
            return new Ipv4Network(Ipv4Address.parse(text.substring(0, slash)), length);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "' is not an address block like 192.0.2.0/24", e);
        }
    }

    public int mask() {
        return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
    }

    public boolean contains(Ipv4Address other) {
        return ((other.bits() ^ address.bits()) & mask()) == 0;
    }

    /** The directed broadcast address; blocks of one or two addresses have none (RFC 3021). */
    public boolean isBroadcast(Ipv4Address other) {
        return prefixLength < 31 && contains(other) && (other.bits() | mask()) == 0xFFFF_FFFF;
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
