package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.VIP;
import static io.steamgate.edge.stack.Edge.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.Chance;
import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.IgmpView;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Whatever arrives, the stack returns, keeps nothing of it for long, and goes on answering. */
class StackPropertiesTest {
    private static final List<byte[]> SEEDS = List.of(
            Edge.clientReply(CLIENT_MAC),
            Packets.arp(MacAddress.BROADCAST, ArpView.REQUEST, CLIENT_MAC, CLIENT, MacAddress.ZERO, VIP),
            packet(Ipv4View.ICMP, Packets.icmp(8, 0, 1, new byte[16])),
            packet(
                    Ipv4View.ICMP,
                    Packets.icmp(
                            3,
                            4,
                            1200,
                            Packets.ipv4(VIP, CLIENT, Ipv4View.UDP, Packets.udp(VIP, 7, CLIENT, 9, new byte[4])))),
            packet(Ipv4View.UDP, Packets.udp(CLIENT, 9, VIP, 7, new byte[20])),
            packet(Ipv4View.IGMP, igmp()),
            packet(99, new byte[40]));

    private static byte[] packet(int protocol, byte[] payload) {
        return Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, Packets.ipv4(CLIENT, VIP, protocol, payload));
    }

    private static byte[] igmp() {
        MemorySegment memory = MemorySegment.ofArray(new byte[8]);
        new IgmpView.Message(IgmpView.QUERY, 10, Ipv4Address.ANY).emit(memory, 0);
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void random_frames_are_survived() {
        Chance.tries(2000, chance -> survives(chance.octets(100)));
    }

    private static void survives(byte[] bytes) {
        Edge edge = new Edge();
        edge.stack.receive(edge.wanNic(), Frame.copyOf(bytes));
        if (bytes.length >= 6) {
            NetworkOrder.put48(MemorySegment.ofArray(bytes), 0, WAN_MAC.bits());
            edge.stack.receive(edge.wanNic(), Frame.copyOf(bytes));
        }
        edge.wan.flush();
    }

    /** Good frames with some octets changed, checksums made right again, in sequences, with time passing between. */
    @Test
    void sequences_of_damaged_frames_are_survived_and_leave_nothing_behind() {
        Chance.tries(200, chance -> survivesSequence(chance.random()));
    }

    private static void survivesSequence(RandomGenerator random) {
        Edge edge = new Edge();
        edge.stack.udp().bind(0, 7, datagram -> assertThat(datagram.toBytes()).hasSize(datagram.length()));
        edge.stack.interceptor(new Interceptor() {
            @Override
            public boolean intercept(IpPacket packet) {
                assertThat(packet.frame().end())
                        .isGreaterThanOrEqualTo(packet.payloadOffset() + packet.payloadLength());
                return false;
            }

            @Override
            public boolean interceptError(IcmpError error, IpPacket packet, int quotedOffset, int quotedLength) {
                assertThat(packet.memory().asSlice(quotedOffset, quotedLength).byteSize())
                        .isGreaterThanOrEqualTo(20);
                return false;
            }
        });
        for (int i = 0; i < 200; i++) {
            edge.wan.deliver(damaged(random));
            if (random.nextInt(20) == 0) {
                edge.pass(Duration.ofMillis(random.nextInt(40_000)));
            }
            edge.turn(edge.wan);
        }
        edge.pass(Duration.ofSeconds(120));
        assertThat(edge.loop.counters().failures().get()).isZero();
        assertThat(edge.stack.fragmentBytes()).isZero();
        assertThat(edge.stack.pool().outstanding()).isZero();
        assertThat(edge.stack.neighbors().size()).isZero();
    }

    private static Frame damaged(RandomGenerator random) {
        byte[] bytes = SEEDS.get(random.nextInt(SEEDS.size())).clone();
        int changes = random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : 14 + random.nextInt(bytes.length - 14);
            bytes[at] = (byte) random.nextInt();
        }
        if (random.nextInt(4) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        }
        if (random.nextInt(4) > 0 && bytes.length >= 34) {
            MemorySegment memory = MemorySegment.ofArray(bytes);
            int header = (bytes[14] & 0xF) * 4;
            if (14 + header <= bytes.length && header >= 20) {
                Ipv4View.putChecksum(memory, 14, header);
                int payload = bytes.length - 14 - header;
                if (payload >= 4 && (bytes[23] == Ipv4View.ICMP || bytes[23] == Ipv4View.IGMP)) {
                    NetworkOrder.put16(memory, 14 + header + 2, 0);
                    NetworkOrder.put16(
                            memory,
                            14 + header + 2,
                            Checksum.finish(Checksum.add(0, memory, 14 + (long) header, payload)));
                }
            }
        }
        Frame frame = Frame.copyOf(bytes);
        if (random.nextInt(8) == 0 && bytes.length >= 14) {
            frame.requestChecksum(frame.start() + random.nextInt(70), random.nextInt(70_000) & 0xFFFF);
        }
        if (random.nextInt(8) == 0) {
            frame.requestSegmentation(random.nextInt(7), random.nextInt(2000), random.nextInt(100));
        }
        return frame;
    }
}
