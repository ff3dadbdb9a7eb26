package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.VIP;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.IgmpView;
import io.steamgate.edge.wire.IgmpView.Report;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import io.steamgate.edge.wire.Octets;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class IgmpTest {
    private static final Ipv4Address GROUP = Ipv4Address.of(224, 0, 0, 123);
    private static final Ipv4Address ALL = Ipv4Address.of(224, 0, 0, 1);

    private final Edge edge = new Edge();

    private static byte[] query(String hex, Ipv4Address to) {
        MemorySegment memory = Octets.memory(hex);
        int length = Octets.of(hex).length;
        int sum = Checksum.finish(Checksum.add(0, memory, 0, length));
        NetworkOrder.put16(memory, 2, sum);
        return Packets.ethernet(
                MacAddress.ofMulticast(to),
                CLIENT_MAC,
                EthernetView.IPV4,
                Packets.ipv4(CLIENT, to, Ipv4View.IGMP, Octets.from(memory, 0, length)));
    }

    private static Report report(byte[] frame) {
        byte[] message = Packets.payload(frame);
        return Report.parse(Octets.memory(message), 0, message.length).orElseThrow();
    }

    private static IgmpView.Message message(byte[] frame) {
        byte[] message = Packets.payload(frame);
        return IgmpView.Message.parse(Octets.memory(message), 0, message.length).orElseThrow();
    }

    @Test
    void a_join_is_reported_twice_to_the_routers_with_router_alert() {
        edge.stack.join(edge.wanNic(), GROUP);
        edge.stack.join(edge.wanNic(), GROUP);
        List<byte[]> sent = edge.pass(Duration.ofSeconds(5));
        assertThat(sent).hasSize(2);
        Ipv4View.Header header = Packets.header(sent.get(0));
        assertThat(header.destination()).isEqualTo(Ipv4Address.of(224, 0, 0, 22));
        assertThat(header.source()).isEqualTo(VIP);
        assertThat(header.ttl()).isEqualTo(1);
        assertThat(sent.get(0)[14]).as("a header of 24 bytes").isEqualTo((byte) 0x46);
        assertThat(sent.get(0)).startsWith(Octets.of("01005e000016 02000000000a 0800"));
        assertThat(report(sent.get(1)).groups())
                .containsExactly(new Report.GroupRecord(Report.CHANGE_TO_EXCLUDE, GROUP));
    }

    @Test
    void a_query_of_version_3_is_answered_in_its_time_and_a_leave_is_told() {
        edge.stack.join(edge.wanNic(), GROUP);
        edge.pass(Duration.ofSeconds(5));
        edge.wan(query("11 0a 0000 00000000 02 7d 0000", ALL));
        List<byte[]> sent = edge.pass(Duration.ofSeconds(1));
        assertThat(sent).hasSize(1);
        assertThat(report(sent.get(0)).groups()).containsExactly(new Report.GroupRecord(Report.MODE_IS_EXCLUDE, GROUP));

        edge.stack.leave(edge.wanNic(), GROUP);
        sent = edge.pass(Duration.ofSeconds(5));
        assertThat(report(sent.get(0)).groups())
                .containsExactly(new Report.GroupRecord(Report.CHANGE_TO_INCLUDE, GROUP));
        edge.wan(query("11 0a 0000 00000000 02 7d 0000", ALL));
        assertThat(edge.pass(Duration.ofSeconds(2))).isEmpty();
    }

    @Test
    void a_router_of_version_2_gets_reports_to_the_group_and_a_leave() {
        edge.stack.join(edge.wanNic(), GROUP);
        edge.pass(Duration.ofSeconds(5));
        edge.wan(query("11 14 0000 00000000", ALL));
        List<byte[]> sent = edge.pass(Duration.ofSeconds(2));
        assertThat(sent).hasSize(1);
        assertThat(message(sent.get(0))).isEqualTo(new IgmpView.Message(IgmpView.REPORT_V2, 0, GROUP));
        assertThat(Packets.header(sent.get(0)).destination()).isEqualTo(GROUP);

        edge.stack.leave(edge.wanNic(), GROUP);
        sent = edge.pass(Duration.ofSeconds(1));
        assertThat(message(sent.get(0))).isEqualTo(new IgmpView.Message(IgmpView.LEAVE, 0, GROUP));
        assertThat(Packets.header(sent.get(0)).destination()).isEqualTo(Ipv4Address.of(224, 0, 0, 2));
    }

    @Test
    void another_members_report_is_enough_for_version_2() {
        edge.stack.join(edge.wanNic(), GROUP);
        edge.pass(Duration.ofSeconds(5));
        edge.wan(query("11 64 0000 00000000", ALL));
        edge.wan(query("16 00 0000 e000007b", GROUP));
        assertThat(edge.pass(Duration.ofSeconds(12))).isEmpty();
    }

    @Test
    void a_query_for_another_group_or_with_a_wrong_checksum_is_not_answered() {
        edge.stack.join(edge.wanNic(), GROUP);
        edge.pass(Duration.ofSeconds(5));
        edge.wan(query("11 0a 0000 e0000099 02 7d 0000", ALL));
        byte[] damaged = query("11 0a 0000 00000000 02 7d 0000", ALL);
        damaged[damaged.length - 1] ^= 1;
        edge.wan(damaged);
        assertThat(edge.pass(Duration.ofSeconds(5))).isEmpty();
        assertThat(edge.drops(DropReason.MALFORMED_IGMP)).isEqualTo(1);
    }
}
