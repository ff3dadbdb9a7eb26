package io.steamgate.edge.wire;

/**
 * An IP address. IPv4 is the only family today; code that is not on the packet path takes this type and switches over
 * it, so that a second family is a compile error where it matters and nowhere else.
 */
public sealed interface IpAddress permits Ipv4Address {

    /** The address family's width: 32 bits for IPv4. */
    int bitLength();

    /** Network byte order, {@code bitLength() / 8} bytes. */
    byte[] toBytes();

    /**
     * Parses a literal address, never a name.
     *
     * @throws IllegalArgumentException naming the text when it is not an address
     */
    static IpAddress parse(String text) {
        return Ipv4Address.parse(text);
    }
}
