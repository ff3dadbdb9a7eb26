package io.steamgate.edge.stack;

import io.steamgate.edge.wire.Frame;

/** What a transport needs of IP to send. Called on the poll loop. */
public interface IpOutput {
    /** Where a transport header starts in a frame from {@link #allocate}. */
    int TRANSPORT = Frame.BUILD_NETWORK + 20;

    /** A frame to build a packet in, from {@link #TRANSPORT} on; it is given away by {@link #send}. */
    Frame allocate();

    /**
     * Sends {@code frame.memory()[TRANSPORT, TRANSPORT + length)} as one IP packet; the transport header is complete, its
     * checksum included. The next hop is resolved first if it must be (a few packets wait for that). Packets longer than
     * the interface's MTU are fragmented unless {@code dontFragment}.
     *
     * @return false when there is no route, or it does not fit: the frame is released and nothing was sent
     */
    boolean send(Frame frame, int source, int destination, int protocol, int length, boolean dontFragment);

    /** The address this stack would send from to reach {@code destination}; 0 when there is no route. */
    int sourceFor(int destination);

    /** The largest packet the path is known to carry: the interface's MTU or less by path MTU discovery; at least 68. */
    int pathMtu(int destination);

    /** Learns from "fragmentation needed" that the transport has validated (RFC 1191); forgotten after ten minutes. */
    void pathMtuReduced(int destination, int mtu);
}
