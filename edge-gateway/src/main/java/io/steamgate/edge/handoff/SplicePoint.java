package io.steamgate.edge.handoff;

import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.wire.NetworkOrder;

/** The moment at which two connections can be joined: all that either end has sent, the other has acknowledged. */
final class SplicePoint {
    private SplicePoint() {}

    /** Whether it is now. */
    static boolean reached(TcpConnection front, TcpConnection back) {
        return front.readable() == 0
                && back.readable() == 0
                && back.allAcknowledged()
                && front.allAcknowledged()
                && !back.endOfStream();
    }

    /** Whether it is just before the payload of a packet that the endpoint has sent, and that acknowledges the replay. */
    static boolean reachedBy(IpPacket packet, TcpConnection front, TcpConnection back, Tcp tcp) {
        int flags = Translation.flags(packet);
        int at = packet.payloadOffset();
        return (flags & (Translation.SYN | Translation.RST | Translation.ACK)) == Translation.ACK
                && packet.payloadLength() > Translation.headerLength(packet)
                && front.readable() == 0
                && back.readable() == 0
                && front.allAcknowledged()
                && back.atRest(
                        NetworkOrder.i32(packet.memory(), at + Translation.TCP_SEQ),
                        NetworkOrder.i32(packet.memory(), at + Translation.TCP_ACK))
                && tcp.checksumRight(packet);
    }
}
