package io.steamgate.edge.stack;

/**
 * Sees packets before the address filter: the fast path of spliced flows. The stack allocates nothing on the way here,
 * and neither should an interceptor.
 */
public interface Interceptor {
    /** Consumes nothing. */
    Interceptor NONE = packet -> false;

    /**
     * Offers a packet that came to this host's own MAC address. Only its IPv4 header has been checked: version, lengths
     * and header checksum. Fragments are not offered; what they make up is, once it is whole.
     *
     * @return true when consumed: forwarded (see {@link Stack#forward}) or dropped
     */
    boolean intercept(IpPacket packet);

    /**
     * Offers an ICMP error, whatever its destination, before it is delivered. Its checksum has been verified and the
     * quoted IPv4 header is whole; the quoted transport header has at least eight bytes unless the quoted packet is a
     * later fragment.
     *
     * @param packet carries the error; its payload is the ICMP message
     * @param quotedOffset where the quoted IPv4 header starts in {@code packet.memory()}
     * @param quotedLength bytes there are from {@code quotedOffset} on
     * @return true when consumed
     */
    default boolean interceptError(IcmpError error, IpPacket packet, int quotedOffset, int quotedLength) {
        return false;
    }
}
