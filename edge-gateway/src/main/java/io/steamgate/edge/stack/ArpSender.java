package io.steamgate.edge.stack;

import static io.steamgate.edge.wire.ArpView.REPLY;
import static io.steamgate.edge.wire.ArpView.REQUEST;

import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;

/** Builds and transmits ARP packets. */
final class ArpSender {
    private static final long BROADCAST = MacAddress.BROADCAST.bits();

    private final FramePool pool;

    ArpSender(FramePool pool) {
        this.pool = pool;
    }

    /** Asks for the link address of {@code target}; {@code mac} is 0 to ask everyone. */
    void solicit(Nic nic, int target, long mac) {
        send(nic, mac == 0 ? BROADCAST : mac, REQUEST, nic.sourceFor(target), mac, target);
    }

    void reply(Nic nic, int address, long toMac, int toAddress) {
        send(nic, toMac, REPLY, address, toMac, toAddress);
    }

    /** RFC 5227 section 1.1: a request from nobody, which changes no one's table. */
    void probe(Nic nic, int address) {
        send(nic, BROADCAST, REQUEST, 0, 0, address);
    }

    /** RFC 5227 section 1.1: a request for the own address, which changes everyone's. */
    void announce(Nic nic, int address) {
        send(nic, BROADCAST, REQUEST, address, 0, address);
    }

    private void send(Nic nic, long destination, int operation, int sender, long targetMac, int target) {
        Frame frame = pool.take();
        int start = frame.start();
        int header = EthernetView.emit(frame.memory(), start, destination, nic.macBits(), nic.vlan(), EthernetView.ARP);
        ArpView.Packet packet = new ArpView.Packet(
                operation, nic.mac(), new Ipv4Address(sender), new MacAddress(targetMac), new Ipv4Address(target));
        frame.region(start, header + packet.emit(frame.memory(), start + header));
        nic.device().transmit(frame);
    }
}
