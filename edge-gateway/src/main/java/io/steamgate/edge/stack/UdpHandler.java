package io.steamgate.edge.stack;

/** Takes what comes to a bound UDP port, on the poll loop. */
@FunctionalInterface
public interface UdpHandler {
    /** @param datagram valid during the call */
    void receive(UdpDatagram datagram);

    /**
     * An ICMP error quoted a datagram sent from this port. It may be forged: all that is known is that the quoted ports and
     * addresses fit.
     */
    default void error(IcmpError error, int destination, int destinationPort) {}
}
