package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.LAN;
import static io.steamgate.edge.stack.Edge.LAN_MAC;
import static io.steamgate.edge.stack.Edge.SITE;
import static io.steamgate.edge.stack.Edge.SITE_MAC;
import static io.steamgate.edge.stack.Edge.VIP;
import static io.steamgate.edge.stack.Edge.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.ParkingPoller;
import io.steamgate.edge.link.SinkDevice;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.NetworkOrder;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an interceptor can do with a packet: what the fast path of the handoff stands on. */
class ForwardTest {
    private static byte[] segment(int length, boolean dontFragment) {
        return Packets.ipv4(
                new Ipv4View.Header(CLIENT, VIP, Ipv4View.TCP, 64, 0, 3, dontFragment, false, 0, length),
                Packets.pattern(length));
    }

    /** Sends everything to the site, when it fits. */
    private static int forwarding(Edge edge) {
        NeighborTable neighbors = edge.stack.neighbors();
        int site = neighbors.neighborIndex(edge.lanNic(), SITE.bits());
        neighbors.pin(site);
        edge.stack.interceptor(packet -> {
            if (edge.stack.fits(packet, site)) {
                edge.stack.forward(packet, site);
            }
            return true;
        });
        return site;
    }

    private static void siteAnswers(Edge edge) {
        edge.lan(Packets.arp(LAN_MAC, ArpView.REPLY, SITE_MAC, SITE, LAN_MAC, LAN));
    }

    @Test
    void a_packet_leaves_by_the_other_nic_with_a_new_link_header_and_without_padding() {
        Edge edge = new Edge();
        forwarding(edge);
        siteAnswers(edge);
        byte[] packet = segment(20, true);
        edge.client(Arrays.copyOf(packet, 46));
        List<byte[]> sent = edge.lan.drainSent();
        assertThat(sent).hasSize(1);
        assertThat(sent.get(0)).isEqualTo(Packets.ethernet(SITE_MAC, LAN_MAC, EthernetView.IPV4, packet));
    }

    @Test
    void while_the_next_hop_is_asked_for_copies_of_the_packets_wait() {
        Edge edge = new Edge();
        forwarding(edge);
        byte[] first = segment(100, true);
        byte[] second = segment(200, true);
        edge.client(first);
        edge.client(second);
        edge.lan.drainSent();
        List<byte[]> sent = edge.lan(Packets.arp(LAN_MAC, ArpView.REPLY, SITE_MAC, SITE, LAN_MAC, LAN));
        assertThat(sent).extracting(Packets::packet).containsExactly(first, second);
        assertThat(edge.stack.pool().outstanding()).isZero();
    }

    @Test
    void a_tag_is_taken_off_or_put_on_between_vlans() {
        Edge edge = new Edge(StackSettings.DEFAULT, false, 42);
        forwarding(edge);
        siteAnswers(edge);
        byte[] packet = segment(500, true);
        edge.wan(Packets.ethernet(WAN_MAC, CLIENT_MAC, 42, EthernetView.IPV4, packet));
        assertThat(edge.lan.drainSent())
                .containsExactly(Packets.ethernet(SITE_MAC, LAN_MAC, EthernetView.IPV4, packet));

        NeighborTable neighbors = edge.stack.neighbors();
        int client = neighbors.neighborIndex(edge.wanNic(), CLIENT.bits());
        byte[] answer = Arrays.copyOfRange(Edge.clientReply(CLIENT_MAC), 14, 42);
        edge.wan(Packets.ethernet(WAN_MAC, CLIENT_MAC, 42, EthernetView.ARP, answer));
        edge.stack.interceptor(back -> {
            edge.stack.forward(back, client);
            return true;
        });
        edge.lan(Packets.ethernet(LAN_MAC, SITE_MAC, EthernetView.IPV4, packet));
        assertThat(edge.wan.drainSent())
                .containsExactly(Packets.ethernet(CLIENT_MAC, WAN_MAC, 42, EthernetView.IPV4, packet));
    }

    /** WAN with jumbo frames, LAN without. */
    private static final class Narrowing {
        final MemoryDevice wan;
        final MemoryDevice lan;
        final Stack stack;
        final PollLoop loop;

        Narrowing(boolean wanOffload, boolean lanOffload) {
            wan = new MemoryDevice("wan", WAN_MAC, 9000, wanOffload);
            lan = new MemoryDevice("lan", LAN_MAC, 1400, lanOffload);
            Timers timers = new Timers(new ManualClock());
            stack = new Stack(
                    List.of(new Stack.Link(wan), new Stack.Link(lan)),
                    timers,
                    Randomness.seeded(1),
                    StackSettings.DEFAULT);
            stack.addAddress(stack.nics().get(0), new Ipv4Network(VIP, 24));
            stack.addAddress(stack.nics().get(1), new Ipv4Network(LAN, 24));
            loop = new PollLoop(stack, timers, new ParkingPoller(List.of(wan, lan)));
            int site = stack.neighbors().neighborIndex(stack.nics().get(1), SITE.bits());
            stack.neighbors().pin(site);
            stack.neighbors().neighborIndex(stack.nics().get(0), CLIENT.bits());
            wan.deliver(Edge.clientReply(CLIENT_MAC));
            lan.deliver(Packets.arp(LAN_MAC, ArpView.REPLY, SITE_MAC, SITE, LAN_MAC, LAN));
            loop.turn();
            wan.drainSent();
            lan.drainSent();
            stack.interceptor(packet -> {
                if (packet.destination() == VIP.bits() && stack.fits(packet, site)) {
                    stack.forward(packet, site);
                }
                return true;
            });
        }

        void client(byte[] packet) {
            wan.deliver(Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, packet));
            loop.turn();
        }
    }

    @Test
    void what_does_not_fit_and_may_not_be_cut_is_reported_to_its_sender_with_the_mtu() {
        Narrowing net = new Narrowing(false, false);
        byte[] packet = segment(1400, true);
        net.client(packet);
        assertThat(net.lan.drainSent()).isEmpty();
        List<byte[]> sent = net.wan.drainSent();
        assertThat(sent).hasSize(1);
        assertThat(Packets.icmp(sent.get(0)))
                .isEqualTo(new IcmpView.Header(IcmpView.UNREACHABLE, IcmpView.CODE_FRAGMENTATION_NEEDED, 1400, 548));
        assertThat(Packets.header(sent.get(0)).source()).isEqualTo(VIP);
        byte[] payload = Packets.payload(sent.get(0));
        assertThat(Arrays.copyOfRange(payload, 8, 556)).isEqualTo(Arrays.copyOf(packet, 548));
    }

    @Test
    void what_does_not_fit_and_may_be_cut_leaves_in_fragments() {
        Narrowing net = new Narrowing(false, false);
        net.client(segment(3000, false));
        List<byte[]> sent = net.lan.drainSent();
        assertThat(sent).hasSize(3);
        byte[] whole =
                Packets.join(Packets.payload(sent.get(0)), Packets.payload(sent.get(1)), Packets.payload(sent.get(2)));
        assertThat(whole).isEqualTo(Packets.pattern(3000));
        assertThat(Packets.header(sent.get(1)).source()).isEqualTo(CLIENT);
        assertThat(net.stack.pool().outstanding()).isZero();
    }

    @Test
    void a_super_frame_passes_whole_and_is_cut_to_the_narrower_link() {
        Narrowing net = new Narrowing(true, true);
        byte[] packet = segment(20_000, true);
        packet[20 + 12] = (byte) 0x80; // TCP header of 32 bytes
        Frame frame = Frame.copyOf(Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, packet));
        frame.requestChecksum(frame.start() + 34, 16);
        frame.requestSegmentation(1, 8948, 66);
        net.wan.deliver(frame);
        net.loop.turn();
        Frame sent = net.lan.nextSentFrame().orElseThrow();
        assertThat(sent.length()).isEqualTo(frame.length());
        assertThat(sent.segmentSize()).isEqualTo(1400 - 20 - 32);
        assertThat(sent.checksumPartial()).isTrue();
    }

    @Test
    void a_partial_checksum_is_completed_for_a_device_without_offload_and_a_super_frame_is_not_sent() {
        Narrowing net = new Narrowing(true, false);
        byte[] datagram = Packets.udp(CLIENT, 9, VIP, 7, Packets.pattern(100));
        byte[] packet = Packets.ipv4(CLIENT, VIP, Ipv4View.UDP, datagram.clone());
        int pseudo = Checksum.fold(Checksum.pseudoHeader(CLIENT.bits(), VIP.bits(), 17, 108));
        packet[26] = (byte) (pseudo >>> 8);
        packet[27] = (byte) pseudo;
        Frame frame = Frame.copyOf(Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, packet));
        frame.requestChecksum(frame.start() + 34, 6);
        net.wan.deliver(frame);
        net.loop.turn();
        assertThat(Packets.payload(net.lan.nextSent().orElseThrow())).isEqualTo(datagram);

        frame.requestSegmentation(1, 50, 42);
        net.wan.deliver(frame);
        net.loop.turn();
        assertThat(net.lan.nextSent()).isEmpty();
        assertThat(net.stack.drops().of(DropReason.OFFLOAD_UNAVAILABLE).get()).isEqualTo(1);
    }

    @Test
    void a_checksum_request_that_points_outside_its_frame_is_dropped() {
        Narrowing net = new Narrowing(true, false);
        Frame frame = Frame.copyOf(Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, segment(40, true)));
        frame.requestChecksum(frame.start() + 60_000, 5);
        net.wan.deliver(frame);
        net.loop.turn();
        assertThat(net.loop.counters().failures().get()).isZero();
        assertThat(net.stack.drops().of(DropReason.OFFLOAD_UNAVAILABLE).get()).isEqualTo(1);
    }

    @Test
    void nothing_is_allocated_between_the_device_and_the_wire() {
        SinkDevice lan = new SinkDevice(LAN_MAC);
        Stack stack = new Stack(
                List.of(new Stack.Link(new SinkDevice(WAN_MAC)), new Stack.Link(lan)),
                new Timers(new ManualClock()),
                Randomness.seeded(1),
                StackSettings.DEFAULT);
        Nic nic = stack.nics().get(0);
        int site = stack.neighbors().neighborIndex(stack.nics().get(1), SITE.bits());
        stack.neighbors().learn(stack.nics().get(1), SITE.bits(), SITE_MAC.bits());
        stack.interceptor(packet -> {
            if (stack.fits(packet, site)) {
                stack.forward(packet, site);
            }
            return true;
        });
        Frame frame = Frame.copyOf(Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, segment(1400, true)));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().threadId();
        for (int i = 0; i < 20_000; i++) {
            pass(stack, nic, frame);
        }
        // The JIT compiles in its own time, and an interpreter allocates where compiled code does not: the best counts.
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 1000; i++) {
                pass(stack, nic, frame);
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(id) - before);
        }
        assertThat(least).as("bytes for 1000 packets").isLessThan(1000);
        assertThat(lan.counters().sentFrames().get()).isEqualTo(40_001);
    }

    private static void pass(Stack stack, Nic nic, Frame frame) {
        NetworkOrder.put48(frame.memory(), frame.start(), WAN_MAC.bits());
        stack.receive(nic, frame);
    }

    @Test
    void packets_for_unknown_destinations_are_not_forwarded_without_an_interceptor() {
        Edge edge = new Edge();
        edge.client(Packets.ipv4(CLIENT, Ipv4Address.of(203, 0, 113, 9), Ipv4View.TCP, new byte[20]));
        assertThat(edge.lan.drainSent()).isEmpty();
        assertThat(edge.drops(DropReason.NOT_OUR_ADDRESS)).isEqualTo(1);
    }
}
