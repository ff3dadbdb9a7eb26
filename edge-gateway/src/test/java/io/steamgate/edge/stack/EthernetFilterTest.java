package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.LAN_MAC;
import static io.steamgate.edge.stack.Edge.VIP;
import static io.steamgate.edge.stack.Edge.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EthernetFilterTest {
    private static final byte[] PING =
            Packets.ipv4(CLIENT, VIP, Ipv4View.ICMP, Packets.icmp(IcmpView.ECHO_REQUEST, 0, 0x00010001, new byte[8]));

    @Test
    void a_frame_for_another_hosts_mac_is_dropped() {
        Edge edge = new Edge().knowsClient();
        assertThat(edge.wan(
                        Packets.ethernet(MacAddress.parse("02:00:00:00:00:99"), CLIENT_MAC, EthernetView.IPV4, PING)))
                .isEmpty();
        assertThat(edge.drops(DropReason.NOT_OUR_MAC)).isEqualTo(1);
    }

    @Test
    void a_frame_for_the_mac_of_another_nic_of_this_host_is_dropped() {
        Edge edge = new Edge().knowsClient();
        assertThat(edge.wan(Packets.ethernet(LAN_MAC, CLIENT_MAC, EthernetView.IPV4, PING)))
                .isEmpty();
        assertThat(edge.drops(DropReason.NOT_OUR_MAC)).isEqualTo(1);
    }

    @Test
    void a_multicast_frame_is_taken_only_when_its_group_was_joined() {
        Edge edge = new Edge();
        Ipv4Address group = Ipv4Address.of(224, 0, 0, 123);
        List<byte[]> heard = new ArrayList<>();
        edge.stack.udp().bind(0, 4000, datagram -> heard.add(datagram.toBytes()));
        byte[] ping =
                Packets.ipv4(CLIENT, group, Ipv4View.UDP, Packets.udp(CLIENT, 4000, group, 4000, new byte[] {1, 2, 3}));
        byte[] frame = Packets.ethernet(MacAddress.ofMulticast(group), CLIENT_MAC, EthernetView.IPV4, ping);

        edge.wan(frame);
        assertThat(heard).isEmpty();
        assertThat(edge.drops(DropReason.NOT_OUR_MAC)).isEqualTo(1);

        edge.stack.join(edge.wanNic(), group);
        assertThat(edge.wan.groups()).contains(MacAddress.ofMulticast(group));
        edge.wan(frame);
        assertThat(heard).containsExactly(new byte[] {1, 2, 3});

        edge.stack.leave(edge.wanNic(), group);
        assertThat(edge.wan.groups()).doesNotContain(MacAddress.ofMulticast(group));
        edge.wan(frame);
        assertThat(heard).hasSize(1);
    }

    @Test
    void a_nic_in_a_vlan_takes_and_sends_only_frames_with_its_tag() {
        Edge edge = new Edge(StackSettings.DEFAULT, false, 42);
        byte[] question = Arrays.copyOfRange(
                Packets.arp(MacAddress.BROADCAST, ArpView.REQUEST, CLIENT_MAC, CLIENT, MacAddress.ZERO, VIP), 14, 42);

        assertThat(edge.wan(Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.ARP, question)))
                .isEmpty();
        assertThat(edge.wan(Packets.ethernet(WAN_MAC, CLIENT_MAC, 43, EthernetView.ARP, question)))
                .isEmpty();
        assertThat(edge.drops(DropReason.WRONG_VLAN)).isEqualTo(2);

        List<byte[]> answers = edge.wan(Packets.ethernet(WAN_MAC, CLIENT_MAC, 42, EthernetView.ARP, question));
        assertThat(answers).hasSize(1);
        assertThat(Packets.link(answers.get(0)))
                .isEqualTo(new EthernetView.Header(CLIENT_MAC, WAN_MAC, 42, EthernetView.ARP));
    }

    @Test
    void a_mere_priority_tag_is_accepted_where_there_is_no_vlan() {
        Edge edge = new Edge().knowsClient();
        byte[] tag = {(byte) 0x81, 0, (byte) 0xe0, 0};
        byte[] plain = Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, PING);
        byte[] tagged = Packets.join(Arrays.copyOf(plain, 12), tag, Arrays.copyOfRange(plain, 12, plain.length));
        List<byte[]> sent = edge.wan(tagged);
        assertThat(sent).hasSize(1);
        assertThat(Packets.icmp(sent.get(0)).type()).isEqualTo(IcmpView.ECHO_REPLY);
    }

    @Test
    void cut_frames_and_unknown_types_are_counted() {
        Edge edge = new Edge();
        edge.wan(new byte[13]);
        edge.wan(Arrays.copyOf(Packets.ethernet(WAN_MAC, CLIENT_MAC, 5, EthernetView.IPV4, PING), 17));
        assertThat(edge.drops(DropReason.TRUNCATED_FRAME)).isEqualTo(2);
        edge.wan(Packets.ethernet(WAN_MAC, CLIENT_MAC, 0x86DD, new byte[40]));
        assertThat(edge.drops(DropReason.UNKNOWN_ETHER_TYPE)).isEqualTo(1);
        assertThat(edge.stack.drops()).hasToString("truncated-frame=2 unknown-ether-type=1");
    }

    @Test
    void an_empty_frame_harms_nobody() {
        Edge edge = new Edge();
        edge.stack.receive(edge.wanNic(), Frame.copyOf(new byte[0]));
        assertThat(edge.drops(DropReason.TRUNCATED_FRAME)).isEqualTo(1);
    }
}
