package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.LAN;
import static io.steamgate.edge.stack.Edge.SITE;
import static io.steamgate.edge.stack.Edge.VIP;
import static io.steamgate.edge.stack.Edge.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class Ipv4OutputTest {
    private final Edge edge = new Edge().knowsClient();
    private final IpOutput output = edge.stack.output();

    private boolean send(Ipv4Address to, int length, boolean dontFragment) {
        Frame frame = output.allocate();
        return output.send(frame, VIP.bits(), to.bits(), 253, length, dontFragment);
    }

    @Test
    void a_packet_gets_its_headers() {
        assertThat(send(CLIENT, 100, true)).isTrue();
        List<byte[]> sent = edge.turn(edge.wan);
        assertThat(sent).hasSize(1);
        assertThat(Packets.link(sent.get(0)).destination()).isEqualTo(CLIENT_MAC);
        assertThat(Packets.link(sent.get(0)).source()).isEqualTo(WAN_MAC);
        assertThat(Packets.header(sent.get(0))).isEqualTo(new Ipv4View.Header(VIP, CLIENT, 253, 100));
    }

    @Test
    void a_long_packet_is_cut_where_it_may_be_and_refused_where_not() {
        assertThat(send(CLIENT, 1481, true)).isFalse();
        assertThat(edge.drops(DropReason.TOO_BIG)).isEqualTo(1);
        assertThat(send(CLIENT, 1480, true)).isTrue();
        assertThat(edge.turn(edge.wan)).hasSize(1);

        MemorySegment payload = MemorySegment.ofArray(Packets.pattern(4000));
        assertThat(edge.stack.udp().send(0, 1, CLIENT.bits(), 2, payload, 0, 4000))
                .isTrue();
        List<Ipv4View.Header> headers =
                edge.turn(edge.wan).stream().map(Packets::header).toList();
        assertThat(headers).extracting(Ipv4View.Header::fragmentOffset).containsExactly(0, 1480, 2960);
        assertThat(headers).extracting(Ipv4View.Header::moreFragments).containsExactly(true, true, false);
        assertThat(headers).extracting(Ipv4View.Header::payloadLength).containsExactly(1480, 1480, 1048);
        Set<Integer> ids = headers.stream().map(Ipv4View.Header::identification).collect(Collectors.toSet());
        assertThat(ids).hasSize(1);
        assertThat(edge.stack.pool().outstanding()).isZero();
    }

    @Test
    void fragments_are_made_whole_again_by_the_other_host() {
        Harness net = new Harness(576, false, device -> device);
        List<byte[]> heard = new ArrayList<>();
        net.right.stack.udp().bind(0, 7, datagram -> heard.add(datagram.toBytes()));
        MemorySegment payload = MemorySegment.ofArray(Packets.pattern(Udp.LARGEST_PAYLOAD));
        // 118 fragments: more than may wait for an address, so it is resolved first.
        net.left.stack.udp().send(0, 9, Harness.RIGHT.bits(), 7, payload, 0, 1);
        net.settle();
        net.left.stack.udp().send(0, 9, Harness.RIGHT.bits(), 7, payload, 0, Udp.LARGEST_PAYLOAD);
        net.settle();
        assertThat(heard).hasSize(2).last().isEqualTo(Packets.pattern(Udp.LARGEST_PAYLOAD));
    }

    @Test
    void without_a_route_nothing_is_sent() {
        assertThat(send(Ipv4Address.of(203, 0, 113, 1), 8, true)).isFalse();
        assertThat(edge.drops(DropReason.NO_ROUTE)).isEqualTo(1);
        assertThat(output.sourceFor(Ipv4Address.of(203, 0, 113, 1).bits())).isZero();
        assertThat(edge.stack.pool().outstanding()).isZero();
    }

    @Test
    void nothing_is_sent_to_an_own_address() {
        assertThat(send(LAN, 8, true)).isFalse();
        assertThat(send(VIP, 8, true)).isFalse();
    }

    @Test
    void the_longest_prefix_chooses_nic_next_hop_and_source() {
        Ipv4Address router = Ipv4Address.of(192, 0, 2, 1);
        RouteTable routes = edge.stack.routes();
        routes.add(Ipv4Network.parse("0.0.0.0/0"), edge.wanNic(), router);
        routes.add(Ipv4Network.parse("203.0.113.0/24"), edge.lanNic(), SITE);
        routes.add(Ipv4Network.parse("203.0.113.128/25"), edge.wanNic(), CLIENT);

        assertThat(output.sourceFor(Ipv4Address.parse("8.8.8.8").bits())).isEqualTo(VIP.bits());
        assertThat(output.sourceFor(Ipv4Address.parse("203.0.113.1").bits())).isEqualTo(LAN.bits());
        assertThat(output.sourceFor(Ipv4Address.parse("203.0.113.200").bits())).isEqualTo(VIP.bits());
        assertThat(output.sourceFor(SITE.bits())).isEqualTo(LAN.bits());

        send(Ipv4Address.parse("203.0.113.1"), 8, true);
        edge.turn(edge.wan);
        ArpView.Packet asked = Packets.arp(edge.lan.drainSent().get(0));
        assertThat(asked.targetAddress()).isEqualTo(SITE);
        assertThat(asked.senderAddress()).isEqualTo(LAN);

        send(Ipv4Address.parse("203.0.113.200"), 8, true);
        assertThat(Packets.link(edge.turn(edge.wan).get(0)).destination()).isEqualTo(CLIENT_MAC);
    }

    @Test
    void a_learnt_path_mtu_holds_for_ten_minutes() {
        output.pathMtuReduced(CLIENT.bits(), 1300);
        assertThat(output.pathMtu(CLIENT.bits())).isEqualTo(1300);
        output.pathMtuReduced(CLIENT.bits(), 1400);
        assertThat(output.pathMtu(CLIENT.bits())).as("an error never raises it").isEqualTo(1300);
        output.pathMtuReduced(CLIENT.bits(), 10);
        assertThat(output.pathMtu(CLIENT.bits())).isEqualTo(68);
        assertThat(send(CLIENT, 100, true)).isFalse();
        edge.clock.advanceMillis(Duration.ofMinutes(10).toMillis());
        assertThat(output.pathMtu(CLIENT.bits())).isEqualTo(1500);
    }

    @Test
    void many_learnt_paths_push_each_other_out_and_no_more() {
        for (int i = 0; i < 100_000; i++) {
            output.pathMtuReduced(0xC6336400 + i, 1280);
        }
        output.pathMtuReduced(CLIENT.bits(), 1300);
        assertThat(output.pathMtu(CLIENT.bits())).isEqualTo(1300);
    }

    @Test
    void broadcasts_and_groups_need_no_neighbour() {
        MemorySegment payload = MemorySegment.ofArray(new byte[4]);
        Udp udp = edge.stack.udp();
        assertThat(udp.sendOn(edge.wanNic(), 0, 68, -1, 67, payload, 0, 4)).isTrue();
        int group = Ipv4Address.of(224, 0, 0, 123).bits();
        assertThat(udp.sendOn(edge.wanNic(), VIP.bits(), 1, group, 2, payload, 0, 4))
                .isTrue();
        assertThat(udp.send(0, 1, Ipv4Address.of(192, 0, 2, 255).bits(), 2, payload, 0, 4))
                .isTrue();

        List<byte[]> sent = edge.turn(edge.wan);
        assertThat(sent)
                .extracting(frame -> Packets.link(frame).destination())
                .containsExactly(MacAddress.BROADCAST, MacAddress.parse("01:00:5e:00:00:7b"), MacAddress.BROADCAST);
        assertThat(sent).extracting(frame -> Packets.header(frame).ttl()).containsExactly(64, 1, 64);
        assertThat(Packets.header(sent.get(0)).source()).isEqualTo(Ipv4Address.ANY);
    }
}
