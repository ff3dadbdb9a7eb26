package io.steamgate.edge.handoff;

import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import io.steamgate.edge.wire.TcpSegment;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Frames that a test puts on a wire itself: of attackers and of routers on the way. */
final class Wires {
    /** A router's or attacker's card. */
    static final MacAddress STRANGER = new MacAddress(0x0200_0000_00EEL);

    private Wires() {}

    private static Frame frame(MacAddress to, int source, int destination, int protocol, int length) {
        return frame(to, source, destination, protocol, length, 60);
    }

    private static Frame frame(MacAddress to, int source, int destination, int protocol, int length, int ttl) {
        int total = Ipv4View.HEADER + length;
        Frame frame = Frame.copyOf(new byte[EthernetView.HEADER + total]);
        int at = frame.start();
        NetworkOrder.put48(frame.memory(), at, to.bits());
        NetworkOrder.put48(frame.memory(), at + EthernetView.SOURCE, STRANGER.bits());
        NetworkOrder.put16(frame.memory(), at + EthernetView.TYPE, EthernetView.IPV4);
        Ipv4View.emit(
                frame.memory(), at + EthernetView.HEADER, 0, total, 0, 0x4000, ttl, protocol, source, destination);
        return frame;
    }

    private static int payload(Frame frame) {
        return frame.start() + EthernetView.HEADER + Ipv4View.HEADER;
    }

    static Frame tcp(MacAddress to, int source, int destination, TcpSegment segment) {
        return tcp(to, source, destination, segment, 60);
    }

    static Frame tcp(MacAddress to, int source, int destination, TcpSegment segment, int ttl) {
        Frame frame = frame(to, source, destination, Ipv4View.TCP, segment.length(), ttl);
        segment.emit(frame.memory(), payload(frame), source, destination);
        return frame;
    }

    /** "Fragmentation needed" (RFC 1191) about a packet, with no more of it than RFC 792 asks for. */
    static Frame tooBig(MacAddress to, int router, byte[] packet, int mtu) {
        int quote = Ipv4View.HEADER + 8;
        int destination = NetworkOrder.i32(MemorySegment.ofArray(packet), Ipv4View.SOURCE);
        Frame frame = frame(to, router, destination, Ipv4View.ICMP, IcmpView.HEADER + quote);
        MemorySegment.copy(
                packet, 0, frame.memory(), ValueLayout.JAVA_BYTE, payload(frame) + (long) IcmpView.HEADER, quote);
        IcmpView.emit(
                frame.memory(),
                payload(frame),
                IcmpView.UNREACHABLE,
                IcmpView.CODE_FRAGMENTATION_NEEDED,
                mtu,
                IcmpView.HEADER + quote);
        return frame;
    }
}
