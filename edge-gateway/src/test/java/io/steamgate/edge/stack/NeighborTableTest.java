package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.VIP;
import static io.steamgate.edge.stack.Edge.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.MacAddress;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class NeighborTableTest {
    private static final MacAddress NEW_MAC = MacAddress.parse("02:00:00:00:01:c2");
    private static final MemorySegment PAYLOAD = MemorySegment.ofArray(new byte[] {1, 2, 3, 4});

    private final Edge edge = new Edge();
    private final NeighborTable neighbors = edge.stack.neighbors();

    private void datagram(int destination) {
        edge.stack.udp().send(0, 5000, destination, 5001, PAYLOAD, 0, 4);
    }

    private static boolean isArp(byte[] frame) {
        return Packets.link(frame).type() == EthernetView.ARP;
    }

    @Test
    void packets_wait_for_the_answer_and_go_out_in_order() {
        datagram(CLIENT.bits());
        datagram(CLIENT.bits());
        List<byte[]> sent = edge.turn(edge.wan);
        assertThat(sent).hasSize(1);
        assertThat(Packets.arp(sent.get(0)))
                .isEqualTo(new ArpView.Packet(ArpView.REQUEST, WAN_MAC, VIP, MacAddress.ZERO, CLIENT));

        sent = edge.wan(Edge.clientReply(CLIENT_MAC));
        assertThat(sent)
                .hasSize(2)
                .allSatisfy(frame -> assertThat(Packets.link(frame))
                        .isEqualTo(new EthernetView.Header(CLIENT_MAC, WAN_MAC, 0, EthernetView.IPV4)));
        assertThat(edge.stack.pool().outstanding()).isZero();
    }

    @Test
    void of_too_many_waiting_packets_the_oldest_are_dropped() {
        for (int i = 0; i < 20; i++) {
            datagram(CLIENT.bits());
        }
        edge.turn(edge.wan);
        assertThat(edge.drops(DropReason.NEIGHBOR_QUEUE_FULL)).isEqualTo(4);
        assertThat(edge.wan(Edge.clientReply(CLIENT_MAC))).hasSize(16);
        assertThat(edge.stack.pool().outstanding()).isZero();
    }

    @Test
    void a_neighbour_that_never_answers_is_asked_three_times_and_forgotten() {
        datagram(CLIENT.bits());
        List<byte[]> sent = edge.pass(Duration.ofSeconds(10));
        assertThat(sent).hasSize(3).allMatch(NeighborTableTest::isArp);
        assertThat(edge.drops(DropReason.NEIGHBOR_UNREACHABLE)).isEqualTo(1);
        assertThat(neighbors.size()).isZero();
        assertThat(edge.timers.armed()).isZero();
        assertThat(edge.stack.pool().outstanding()).isZero();
    }

    @Test
    void an_entry_nobody_uses_is_forgotten_without_a_question() {
        edge.knowsClient();
        assertThat(edge.pass(Duration.ofSeconds(31))).isEmpty();
        assertThat(neighbors.size()).isZero();
    }

    @Test
    void an_entry_in_use_is_asked_again_by_unicast_before_it_ends() {
        edge.knowsClient();
        datagram(CLIENT.bits());
        List<byte[]> sent = edge.pass(Duration.ofSeconds(23));
        assertThat(sent).hasSize(2);
        assertThat(Packets.link(sent.get(1)).destination()).isEqualTo(CLIENT_MAC);
        assertThat(isArp(sent.get(1))).isTrue();
        edge.wan(Edge.clientReply(CLIENT_MAC));
        assertThat(neighbors.list())
                .singleElement()
                .satisfies(entry -> assertThat(entry.state()).isEqualTo("REACHABLE"));
    }

    @Test
    void a_pinned_entry_keeps_its_index_and_is_kept_fresh_though_idle() {
        edge.knowsClient();
        int index = neighbors.neighborIndex(edge.wanNic(), CLIENT.bits());
        neighbors.pin(index);
        for (int i = 0; i < 10; i++) {
            assertThat(edge.pass(Duration.ofMillis(22_600))).as("round %d", i).hasSize(1);
            edge.wan(Edge.clientReply(CLIENT_MAC));
        }
        assertThat(neighbors.macOf(index)).isEqualTo(CLIENT_MAC.bits());

        neighbors.unpin(index);
        edge.pass(Duration.ofSeconds(60));
        assertThat(neighbors.size()).isZero();
    }

    @Test
    void one_announcement_of_a_new_link_address_moves_whoever_holds_the_index() {
        edge.knowsClient();
        int index = neighbors.neighborIndex(edge.wanNic(), CLIENT.bits());
        neighbors.pin(index);
        edge.wan(Packets.arp(MacAddress.BROADCAST, ArpView.REQUEST, NEW_MAC, CLIENT, MacAddress.ZERO, CLIENT));
        assertThat(neighbors.macOf(index)).isEqualTo(NEW_MAC.bits());
    }

    /** An answer whose frame came from another link address than it tells. */
    private static byte[] answer(MacAddress told, MacAddress from) {
        byte[] frame = Edge.clientReply(told);
        for (int i = 0; i < 6; i++) {
            frame[EthernetView.SOURCE + i] = (byte) (from.bits() >>> 40 - 8 * i);
        }
        return frame;
    }

    private MacAddress known() {
        return new MacAddress(neighbors.macOf(neighbors.neighborIndex(edge.wanNic(), CLIENT.bits())));
    }

    /** ARP has no checksum; what a damaged answer says would be believed for half a minute. */
    @Test
    void an_answer_that_differs_from_its_frame_is_not_believed_and_everyone_is_asked() {
        edge.knowsClient();
        List<byte[]> sent = edge.wan(answer(NEW_MAC, CLIENT_MAC));
        assertThat(sent).hasSize(1).allMatch(NeighborTableTest::isArp);
        assertThat(Packets.link(sent.getFirst()).destination()).isEqualTo(MacAddress.BROADCAST);
        assertThat(known()).isEqualTo(CLIENT_MAC);
        edge.wan(answer(CLIENT_MAC, NEW_MAC));
        assertThat(known()).isEqualTo(CLIENT_MAC);
        assertThat(edge.drops(DropReason.ARP_MISMATCH)).isEqualTo(1);
    }

    @Test
    void whoever_is_not_known_yet_waits_for_an_answer_that_can_be_believed() {
        datagram(CLIENT.bits());
        edge.turn(edge.wan);
        assertThat(edge.wan(answer(NEW_MAC, CLIENT_MAC))).hasSize(1).allMatch(NeighborTableTest::isArp);
        List<byte[]> sent = edge.wan(Edge.clientReply(CLIENT_MAC));
        assertThat(sent).hasSize(1);
        assertThat(Packets.link(sent.getFirst()).destination()).isEqualTo(CLIENT_MAC);
    }

    /** As some bonded cards and load balancers do. */
    @Test
    void who_answers_for_another_link_address_twice_is_believed() {
        edge.knowsClient();
        edge.wan(answer(NEW_MAC, CLIENT_MAC));
        edge.wan(answer(NEW_MAC, CLIENT_MAC));
        assertThat(known()).isEqualTo(NEW_MAC);
    }

    @Test
    void doubts_are_asked_about_once_a_second_at_most() {
        edge.knowsClient();
        int asked = 0;
        for (int i = 1; i <= 50; i++) {
            asked += edge.wan(answer(new MacAddress(0x0200_0000_0000L + i), CLIENT_MAC))
                    .size();
        }
        assertThat(asked).isEqualTo(1);
        edge.pass(Duration.ofMillis(1100));
        assertThat(edge.wan(answer(NEW_MAC, CLIENT_MAC))).hasSize(1);
        assertThat(known()).isEqualTo(CLIENT_MAC);
    }

    @Test
    void a_pinned_neighbour_that_went_away_is_sought_by_broadcast_and_found_again() {
        edge.knowsClient();
        int index = neighbors.neighborIndex(edge.wanNic(), CLIENT.bits());
        neighbors.pin(index);
        List<byte[]> sent = edge.pass(Duration.ofSeconds(39));
        assertThat(sent.get(0))
                .satisfies(
                        frame -> assertThat(Packets.link(frame).destination()).isEqualTo(CLIENT_MAC));
        assertThat(sent.get(3))
                .satisfies(
                        frame -> assertThat(Packets.link(frame).destination()).isEqualTo(MacAddress.BROADCAST));
        assertThat(neighbors.macOf(index)).isZero();
        datagram(CLIENT.bits());
        assertThat(edge.drops(DropReason.NEIGHBOR_UNREACHABLE)).isEqualTo(1);

        assertThat(edge.pass(Duration.ofMillis(5_100)))
                .as("sought now and then")
                .isNotEmpty();
        edge.wan(Edge.clientReply(NEW_MAC));
        assertThat(neighbors.macOf(index)).isEqualTo(NEW_MAC.bits());
    }

    @Test
    void a_full_table_gives_up_what_no_flow_holds() {
        StackSettings d = StackSettings.DEFAULT;
        Edge small = new Edge(
                new StackSettings(
                        4, 16, 30 * Clock.NANOS_PER_SECOND, 1 << 20, 1 << 18, d.reassemblyNanos(), 64, 100, 100),
                false,
                0);
        NeighborTable table = small.stack.neighbors();
        int first = table.neighborIndex(small.wanNic(), CLIENT.bits());
        table.pin(first);
        for (int i = 20; i < 60; i++) {
            assertThat(table.neighborIndex(small.wanNic(), 0xC0000200 + i)).isNotNegative();
        }
        assertThat(table.size()).isEqualTo(4);
        assertThat(table.addressOf(first)).isEqualTo(CLIENT.bits());

        for (int i = 0; i < 4; i++) {
            if (i != first) {
                table.pin(i);
            }
        }
        assertThat(table.neighborIndex(small.wanNic(), 0xC0000250)).isEqualTo(-1);
        assertThat(small.drops(DropReason.NEIGHBOR_TABLE_FULL)).isEqualTo(1);
        small.turn(small.wan);
        assertThat(small.stack.pool().outstanding()).isZero();
    }
}
