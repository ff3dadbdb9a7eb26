package io.steamgate.edge.stack;

import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.ParkingPoller;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.MacAddress;
import java.time.Duration;
import java.util.List;

/** A stack with two NICs, the test being both of its wires: {@code wan} 192.0.2.10/24 and {@code lan} 198.51.100.1/24. */
final class Edge {
    static final Ipv4Address VIP = Ipv4Address.of(192, 0, 2, 10);
    static final Ipv4Address CLIENT = Ipv4Address.of(192, 0, 2, 2);
    static final Ipv4Address LAN = Ipv4Address.of(198, 51, 100, 1);
    static final Ipv4Address SITE = Ipv4Address.of(198, 51, 100, 11);
    static final MacAddress WAN_MAC = MacAddress.parse("02:00:00:00:00:0a");
    static final MacAddress LAN_MAC = MacAddress.parse("02:00:00:00:00:0b");
    static final MacAddress CLIENT_MAC = MacAddress.parse("02:00:00:00:00:c2");
    static final MacAddress SITE_MAC = MacAddress.parse("02:00:00:00:00:51");

    final ManualClock clock = new ManualClock(Long.MAX_VALUE - 1_000_000_000L);
    final Timers timers = new Timers(clock);
    final MemoryDevice wan;
    final MemoryDevice lan;
    final Stack stack;
    final PollLoop loop;

    Edge() {
        this(StackSettings.DEFAULT, false, 0);
    }

    Edge(StackSettings settings, boolean offload, int wanVlan) {
        wan = new MemoryDevice("wan", WAN_MAC, 1500, offload);
        lan = new MemoryDevice("lan", LAN_MAC, 1500, offload);
        List<Stack.Link> links = List.of(new Stack.Link(wan, wanVlan), new Stack.Link(lan));
        stack = new Stack(links, timers, Randomness.seeded(7), settings);
        stack.addAddress(wanNic(), new Ipv4Network(VIP, 24));
        stack.addAddress(lanNic(), new Ipv4Network(LAN, 24));
        loop = new PollLoop(stack, timers, new ParkingPoller(List.of(wan, lan)));
    }

    Nic wanNic() {
        return stack.nics().get(0);
    }

    Nic lanNic() {
        return stack.nics().get(1);
    }

    /** A frame arrives at {@code wan}. @return what was sent by {@code wan} in consequence */
    List<byte[]> wan(byte[] frame) {
        wan.deliver(frame);
        return turn(wan);
    }

    List<byte[]> wan(Frame frame) {
        wan.deliver(frame);
        return turn(wan);
    }

    List<byte[]> lan(byte[] frame) {
        lan.deliver(frame);
        return turn(lan);
    }

    /** An IPv4 packet of the client arrives. */
    List<byte[]> client(byte[] packet) {
        return wan(Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, packet));
    }

    /** The client's link address becomes known, and stays so for some time. */
    Edge knowsClient() {
        stack.neighbors().neighborIndex(wanNic(), CLIENT.bits());
        wan(clientReply(CLIENT_MAC));
        wan.drainSent();
        return this;
    }

    static byte[] clientReply(MacAddress mac) {
        return Packets.arp(WAN_MAC, ArpView.REPLY, mac, CLIENT, WAN_MAC, VIP);
    }

    List<byte[]> turn(MemoryDevice device) {
        while (loop.turn()) {
            // until nothing is left to do
        }
        loop.lastFailure().ifPresent(failure -> {
            throw new AssertionError("an exception on the poll loop", failure);
        });
        return device.drainSent();
    }

    /** Time passes, timer by timer. @return what {@code wan} sent */
    List<byte[]> pass(Duration duration) {
        long end = clock.nanos() + duration.toNanos();
        turnOnly();
        while (end - clock.nanos() > 0) {
            clock.advanceNanos(Math.max(1, Math.min(timers.untilNext(), end - clock.nanos())));
            turnOnly();
        }
        return wan.drainSent();
    }

    private void turnOnly() {
        while (loop.turn()) {
            // until nothing is left to do
        }
    }

    long drops(DropReason reason) {
        return stack.drops().of(reason).get();
    }
}
