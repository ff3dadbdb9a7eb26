package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.LAN;
import static io.steamgate.edge.stack.Edge.VIP;
import static io.steamgate.edge.stack.Edge.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArpTest {
    private static final Ipv4Address FREE = Ipv4Address.of(192, 0, 2, 77);
    private static final MacAddress OTHER_MAC = MacAddress.parse("02:00:00:00:00:ee");

    private final Edge edge = new Edge();

    private static byte[] request(Ipv4Address target) {
        return Packets.arp(MacAddress.BROADCAST, ArpView.REQUEST, CLIENT_MAC, CLIENT, MacAddress.ZERO, target);
    }

    private static byte[] claim(Ipv4Address address, MacAddress mac) {
        return Packets.arp(MacAddress.BROADCAST, ArpView.REQUEST, mac, address, MacAddress.ZERO, address);
    }

    @Test
    void a_request_for_an_owned_address_is_answered_to_the_asker() {
        List<byte[]> sent = edge.wan(request(VIP));
        assertThat(sent).hasSize(1);
        assertThat(Packets.link(sent.get(0)))
                .isEqualTo(new EthernetView.Header(CLIENT_MAC, WAN_MAC, 0, EthernetView.ARP));
        assertThat(Packets.arp(sent.get(0)))
                .isEqualTo(new ArpView.Packet(ArpView.REPLY, WAN_MAC, VIP, CLIENT_MAC, CLIENT));
    }

    @Test
    void requests_for_other_addresses_even_of_another_nic_are_not_answered() {
        assertThat(edge.wan(request(Ipv4Address.of(192, 0, 2, 11)))).isEmpty();
        assertThat(edge.wan(request(LAN))).isEmpty();
        assertThat(edge.drops(DropReason.ARP_FOR_OTHERS)).isEqualTo(2);
    }

    @Test
    void an_address_that_was_removed_is_answered_no_more() {
        edge.stack.removeAddress(edge.wanNic(), VIP);
        assertThat(edge.wan(request(VIP))).isEmpty();
    }

    @Test
    void a_probe_of_another_host_for_an_owned_address_is_answered() {
        byte[] probe =
                Packets.arp(MacAddress.BROADCAST, ArpView.REQUEST, OTHER_MAC, Ipv4Address.ANY, MacAddress.ZERO, VIP);
        assertThat(edge.wan(probe)).hasSize(1);
    }

    @Test
    void nothing_that_others_announce_adds_a_neighbour() {
        edge.wan(claim(CLIENT, CLIENT_MAC));
        edge.wan(request(VIP));
        edge.wan(Edge.clientReply(CLIENT_MAC));
        assertThat(edge.stack.neighbors().size()).isZero();
    }

    @Test
    void senders_with_group_or_zero_link_addresses_are_refused() {
        edge.knowsClient();
        edge.wan(Edge.clientReply(MacAddress.BROADCAST));
        edge.wan(Edge.clientReply(MacAddress.ZERO));
        assertThat(edge.drops(DropReason.MALFORMED_ARP)).isEqualTo(2);
        int client = edge.stack.neighbors().neighborIndex(edge.wanNic(), CLIENT.bits());
        assertThat(edge.stack.neighbors().macOf(client)).isEqualTo(CLIENT_MAC.bits());
    }

    @Test
    void an_address_nobody_uses_is_found_free_after_three_probes() {
        List<String> outcome = new ArrayList<>();
        edge.stack.arp().probe(edge.wanNic(), FREE, AddressProbe.Timing.STANDARD, recorder(outcome));

        List<byte[]> sent = edge.pass(Duration.ofSeconds(8));

        assertThat(sent).hasSize(3);
        assertThat(sent)
                .allSatisfy(frame -> assertThat(Packets.arp(frame))
                        .isEqualTo(
                                new ArpView.Packet(ArpView.REQUEST, WAN_MAC, Ipv4Address.ANY, MacAddress.ZERO, FREE)));
        assertThat(outcome).containsExactly("free 192.0.2.77");
    }

    @Test
    void a_probe_ends_when_the_address_is_used_or_also_probed_for() {
        List<String> outcome = new ArrayList<>();
        edge.stack.arp().probe(edge.wanNic(), FREE, AddressProbe.Timing.STANDARD, recorder(outcome));
        edge.pass(Duration.ofMillis(1500));
        edge.wan(Packets.arp(WAN_MAC, ArpView.REPLY, OTHER_MAC, FREE, WAN_MAC, Ipv4Address.ANY));
        assertThat(outcome).containsExactly("taken 192.0.2.77 02:00:00:00:00:ee");
        assertThat(edge.pass(Duration.ofSeconds(10))).isEmpty();

        edge.stack.arp().probe(edge.wanNic(), FREE, AddressProbe.Timing.FAST, recorder(outcome));
        edge.wan(Packets.arp(MacAddress.BROADCAST, ArpView.REQUEST, OTHER_MAC, Ipv4Address.ANY, MacAddress.ZERO, FREE));
        assertThat(outcome).hasSize(2);
        assertThat(edge.timers.armed()).isZero();
    }

    @Test
    void an_announcement_is_made_twice() {
        edge.stack.arp().announce(edge.wanNic(), VIP);
        List<byte[]> sent = edge.pass(Duration.ofSeconds(10));
        assertThat(sent).hasSize(2);
        assertThat(Packets.arp(sent.get(1)))
                .isEqualTo(new ArpView.Packet(ArpView.REQUEST, WAN_MAC, VIP, MacAddress.ZERO, VIP));
    }

    @Test
    void a_conflict_is_counted_and_defended_once_in_ten_seconds() {
        assertThat(edge.wan(claim(VIP, OTHER_MAC))).hasSize(1);
        assertThat(edge.wan(claim(VIP, OTHER_MAC))).isEmpty();
        assertThat(edge.stack.arp().conflicts().get()).isEqualTo(2);
        edge.pass(Duration.ofSeconds(10));
        assertThat(edge.wan(claim(VIP, OTHER_MAC))).hasSize(1);
    }

    @Test
    void a_listener_decides_about_conflicts_instead() {
        List<AddressConflict> conflicts = new ArrayList<>();
        edge.stack.arp().conflictListener(conflicts::add);
        assertThat(edge.wan(claim(VIP, OTHER_MAC))).isEmpty();
        assertThat(conflicts).containsExactly(new AddressConflict(edge.wanNic(), VIP, OTHER_MAC));
    }

    @Test
    void own_packets_that_the_wire_sends_back_are_no_conflict() {
        edge.wan(claim(VIP, WAN_MAC));
        assertThat(edge.stack.arp().conflicts().get()).isZero();
    }

    private static AddressProbe.Outcome recorder(List<String> outcome) {
        return new AddressProbe.Outcome() {
            @Override
            public void free(Nic nic, Ipv4Address address) {
                outcome.add("free " + address);
            }

            @Override
            public void taken(Nic nic, Ipv4Address address, MacAddress other) {
                outcome.add("taken " + address + " " + other);
            }
        };
    }
}
