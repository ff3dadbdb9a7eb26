package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.VIP;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FragmentsTest {
    private final Edge edge = new Edge();
    private final List<byte[]> heard = new ArrayList<>();

    @BeforeEach
    void listen() {
        edge.stack.udp().bind(0, 7, datagram -> heard.add(datagram.toBytes()));
    }

    private static byte[] fragment(Ipv4Address from, int id, byte[] datagram, int start, int end) {
        byte[] part = Arrays.copyOfRange(datagram, start, Math.min(end, datagram.length));
        boolean more = end < datagram.length;
        return Packets.ipv4(
                new Ipv4View.Header(from, VIP, Ipv4View.UDP, 64, 0, id, false, more, start, part.length), part);
    }

    private static byte[] datagram(int payload) {
        return Packets.udp(CLIENT, 9, VIP, 7, Packets.pattern(payload));
    }

    @Test
    void fragments_in_any_order_and_repeated_become_whole() {
        byte[] datagram = datagram(5000);
        List<byte[]> parts = new ArrayList<>();
        for (int from = 0; from < datagram.length; from += 1000) {
            parts.add(fragment(CLIENT, 77, datagram, from, from + 1000));
        }
        for (int seed = 0; seed < 20; seed++) {
            heard.clear();
            List<byte[]> shuffled = new ArrayList<>(parts.subList(0, parts.size() - 1));
            shuffled.addAll(parts.subList(0, parts.size() - 1));
            Collections.shuffle(shuffled, new Random(seed));
            shuffled.add(parts.get(parts.size() - 1));
            shuffled.forEach(edge::client);
            assertThat(heard).containsExactly(Packets.pattern(5000));
        }
        assertThat(edge.stack.fragmentBytes()).isZero();
        assertThat(edge.stack.drops().total()).isZero();
    }

    @Test
    void the_largest_datagram_comes_through() {
        byte[] datagram = datagram(Udp.LARGEST_PAYLOAD);
        for (int from = 0; from < datagram.length; from += 1480) {
            edge.client(fragment(CLIENT, 1, datagram, from, from + 1480));
        }
        assertThat(heard).containsExactly(Packets.pattern(Udp.LARGEST_PAYLOAD));
    }

    @Test
    void an_interceptor_sees_the_whole_and_not_the_fragments() {
        List<Integer> seen = new ArrayList<>();
        edge.stack.interceptor(packet -> seen.add(packet.payloadLength()));
        byte[] datagram = datagram(3000);
        for (int from = 0; from < datagram.length; from += 1480) {
            edge.client(fragment(CLIENT, 5, datagram, from, from + 1480));
        }
        assertThat(seen).containsExactly(3008);
        assertThat(heard).isEmpty();
    }

    @Test
    void an_overlap_ends_the_datagram() {
        byte[] datagram = datagram(3000);
        edge.client(fragment(CLIENT, 5, datagram, 0, 1480));
        edge.client(fragment(CLIENT, 5, datagram, 1472, 2960));
        assertThat(edge.drops(DropReason.FRAGMENT_OVERLAP)).isEqualTo(1);
        assertThat(edge.stack.fragmentBytes()).isZero();
        edge.client(fragment(CLIENT, 5, datagram, 2960, 4000));
        assertThat(heard).isEmpty();
    }

    @Test
    void a_second_end_or_bytes_behind_the_end_end_the_datagram() {
        byte[] datagram = datagram(3000);
        edge.client(fragment(CLIENT, 5, datagram, 2960, 4000));
        edge.client(fragment(CLIENT, 5, Arrays.copyOf(datagram, 1200), 800, 1200));
        assertThat(edge.drops(DropReason.FRAGMENT_OVERLAP)).isEqualTo(1);
        edge.client(fragment(CLIENT, 6, datagram, 1480, 2960));
        edge.client(fragment(CLIENT, 6, Arrays.copyOf(datagram, 1200), 800, 1200));
        assertThat(edge.drops(DropReason.FRAGMENT_OVERLAP)).isEqualTo(2);
        assertThat(edge.stack.fragmentBytes()).isZero();
    }

    @Test
    void fragments_of_impossible_size_are_malformed() {
        edge.client(Packets.ipv4(
                new Ipv4View.Header(CLIENT, VIP, Ipv4View.UDP, 64, 0, 1, false, true, 0, 12), new byte[12]));
        edge.client(Packets.ipv4(
                new Ipv4View.Header(CLIENT, VIP, Ipv4View.UDP, 64, 0, 1, false, false, 65_528, 100), new byte[100]));
        edge.client(
                Packets.ipv4(new Ipv4View.Header(CLIENT, VIP, Ipv4View.UDP, 64, 0, 1, false, true, 8, 0), new byte[0]));
        assertThat(edge.drops(DropReason.MALFORMED_FRAGMENT)).isEqualTo(3);
        assertThat(edge.stack.fragmentBytes()).isZero();
    }

    @Test
    void after_thirty_seconds_the_sender_is_told_if_the_first_fragment_came() {
        edge.knowsClient();
        byte[] datagram = datagram(3000);
        edge.client(fragment(CLIENT, 5, datagram, 0, 1480));
        edge.client(fragment(CLIENT, 6, datagram, 1480, 2960));
        edge.pass(Duration.ofSeconds(29));
        edge.knowsClient();
        assertThat(edge.stack.fragmentBytes()).isPositive();

        List<byte[]> sent = edge.pass(Duration.ofSeconds(2));

        assertThat(edge.drops(DropReason.FRAGMENT_TIMEOUT)).isEqualTo(2);
        assertThat(edge.stack.fragmentBytes()).isZero();
        assertThat(sent).hasSize(1);
        assertThat(Packets.icmp(sent.get(0)))
                .isEqualTo(new IcmpView.Header(IcmpView.TIME_EXCEEDED, IcmpView.CODE_REASSEMBLY, 0, 548));
        assertThat(Packets.header(sent.get(0)).destination()).isEqualTo(CLIENT);
    }

    @Test
    void a_bomb_of_one_source_is_bounded_and_harms_no_other() {
        byte[] datagram = datagram(3000);
        Ipv4Address friend = Ipv4Address.of(192, 0, 2, 3);
        byte[] good = Packets.udp(friend, 9, VIP, 7, Packets.pattern(2000));
        edge.client(fragment(friend, 1, good, 0, 1480));
        for (int id = 0; id < 10_000; id++) {
            edge.client(fragment(CLIENT, id, datagram, 0, 1480));
            assertThat(edge.stack.fragmentBytes()).isLessThan((256 << 10) + 8192);
        }
        assertThat(edge.drops(DropReason.FRAGMENT_MEMORY)).isGreaterThan(9_000);
        edge.client(fragment(friend, 1, good, 1480, 4000));
        assertThat(heard).containsExactly(Packets.pattern(2000));
    }

    @Test
    void a_bomb_of_many_sources_is_bounded_in_all() {
        byte[] datagram = datagram(3000);
        for (int i = 0; i < 20_000; i++) {
            edge.client(fragment(new Ipv4Address(0x0A000001 + i), i & 0xFFFF, datagram, 0, 1480));
            assertThat(edge.stack.fragmentBytes()).isLessThanOrEqualTo(4 << 20);
        }
    }
}
