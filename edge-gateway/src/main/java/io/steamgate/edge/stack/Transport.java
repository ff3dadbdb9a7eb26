package io.steamgate.edge.stack;

/** A protocol above IP: one entry of the stack's protocol table. Called on the poll loop. */
public interface Transport {
    /** The IP protocol number: 6 for TCP, 17 for UDP. */
    int protocol();

    /** Takes a packet addressed to this stack. Verifies its own checksum; drops and counts what is malformed. */
    void receive(IpPacket packet);

    /**
     * An ICMP error quoted a packet that this stack sent. The quoted bytes come from the network and prove nothing: a
     * transport checks them against its own state (RFC 5927) before it believes.
     *
     * @param error what happened
     * @param source the quoted packet's source, an address of this stack
     * @param destination the quoted packet's destination
     * @param quote the packet that carries the error; {@code quote.memory()} holds the quoted transport header
     * @param quotedOffset offset of the quoted transport header
     * @param quotedLength bytes of it that are there, at least 8
     */
    void error(IcmpError error, int source, int destination, IpPacket quote, int quotedOffset, int quotedLength);
}
