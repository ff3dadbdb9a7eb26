package io.steamgate.edge.handoff;

import io.steamgate.edge.link.Device;
import io.steamgate.edge.link.DeviceDecorator;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import io.steamgate.edge.wire.TcpSegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A host's link that a test can listen to and cut, and whose card it can change. */
final class Tap extends DeviceDecorator {
    /** A TCP packet as it passes, from its IP header on. */
    record Passing(int source, int destination, TcpSegment segment, byte[] packet) {}

    private static final int ARP = 0x806;
    private static final int ARP_SENDER = 8;
    private static final int ARP_TARGET = 18;

    private MacAddress mac;
    /** Whether a TCP packet to this host arrives. */
    Predicate<Passing> arrives = packet -> true;
    /** Whether a TCP packet that this host sends leaves. */
    Predicate<Passing> leaves = packet -> true;
    /** ICMP messages that have come to this host, from their IP header on. */
    final List<byte[]> icmp = new ArrayList<>();

    /** Nothing passes, ARP included. */
    boolean cut;

    Tap(Device inner) {
        super(inner);
        mac = inner.mac();
    }

    /** From now on the host has another link address, as if its card had been changed; nobody is told. */
    void changeCard(MacAddress other) {
        mac = other;
    }

    MacAddress card() {
        return mac;
    }

    private static Optional<Passing> tcp(Frame frame) {
        int ip = frame.start() + EthernetView.HEADER;
        int room = frame.length() - EthernetView.HEADER;
        if (room < Ipv4View.HEADER
                || NetworkOrder.u16(frame.memory(), frame.start() + EthernetView.TYPE) != EthernetView.IPV4
                || NetworkOrder.u8(frame.memory(), ip + Ipv4View.PROTOCOL) != Ipv4View.TCP) {
            return Optional.empty();
        }
        int header = (NetworkOrder.u8(frame.memory(), ip) & 15) * 4;
        int total = NetworkOrder.u16(frame.memory(), ip + Ipv4View.TOTAL_LENGTH);
        if (total > room || total < header) {
            return Optional.empty();
        }
        byte[] packet = new byte[total];
        System.arraycopy(frame.toBytes(), EthernetView.HEADER, packet, 0, total);
        return TcpSegment.parse(frame.memory(), ip + header, total - header)
                .map(segment -> new Passing(
                        NetworkOrder.i32(frame.memory(), ip + Ipv4View.SOURCE),
                        NetworkOrder.i32(frame.memory(), ip + Ipv4View.DESTINATION),
                        segment,
                        packet));
    }

    private static void replace(Frame frame, int offset, MacAddress from, MacAddress to) {
        int at = frame.start() + offset;
        if (NetworkOrder.u48(frame.memory(), at) == from.bits()) {
            NetworkOrder.put48(frame.memory(), at, to.bits());
        }
    }

    private static boolean isIcmp(Frame frame) {
        return frame.length() >= EthernetView.HEADER + Ipv4View.HEADER
                && NetworkOrder.u16(frame.memory(), frame.start() + EthernetView.TYPE) == EthernetView.IPV4
                && NetworkOrder.u8(frame.memory(), frame.start() + EthernetView.HEADER + Ipv4View.PROTOCOL)
                        == Ipv4View.ICMP;
    }

    private static boolean arp(Frame frame) {
        return NetworkOrder.u16(frame.memory(), frame.start() + EthernetView.TYPE) == ARP;
    }

    @Override
    public int receive(Receiver receiver) {
        return inner.receive(frame -> {
            boolean changed = !mac.equals(inner.mac());
            if (cut
                    || changed
                            && NetworkOrder.u48(frame.memory(), frame.start())
                                    == inner.mac().bits()) {
                return;
            }
            replace(frame, EthernetView.DESTINATION, mac, inner.mac());
            if (arp(frame)) {
                replace(frame, EthernetView.HEADER + ARP_TARGET, mac, inner.mac());
            }
            if (isIcmp(frame)) {
                icmp.add(Arrays.copyOfRange(frame.toBytes(), EthernetView.HEADER, frame.length()));
            }
            if (tcp(frame).map(arrives::test).orElse(true)) {
                receiver.receive(frame);
            }
        });
    }

    @Override
    public void transmit(Frame frame) {
        if (cut || !tcp(frame).map(leaves::test).orElse(true)) {
            frame.release();
            return;
        }
        replace(frame, EthernetView.SOURCE, inner.mac(), mac);
        if (arp(frame)) {
            replace(frame, EthernetView.HEADER + ARP_SENDER, inner.mac(), mac);
        }
        inner.transmit(frame);
    }
}
