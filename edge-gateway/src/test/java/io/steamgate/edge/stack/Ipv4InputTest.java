package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.LAN;
import static io.steamgate.edge.stack.Edge.VIP;
import static io.steamgate.edge.stack.Edge.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.Octets;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class Ipv4InputTest {
    private static final byte[] HELLO = "hello".getBytes();

    private final Edge edge = new Edge();
    private final List<String> heard = new ArrayList<>();

    @BeforeEach
    void listen() {
        edge.stack.udp().bind(0, 7, datagram -> heard.add(new String(datagram.toBytes())));
    }

    private static byte[] hello(Ipv4Address from, Ipv4Address to) {
        return Packets.ipv4(from, to, Ipv4View.UDP, Packets.udp(from, 9, to, 7, HELLO));
    }

    @Test
    void a_packet_for_this_host_reaches_its_transport_without_its_padding() {
        edge.client(Arrays.copyOf(hello(CLIENT, VIP), 60));
        assertThat(heard).containsExactly("hello");
    }

    @Test
    void options_are_skipped() {
        byte[] plain = hello(CLIENT, VIP);
        byte[] header = Packets.join(Arrays.copyOf(plain, 20), Octets.of("94040000 01010100"));
        header[0] = 0x47;
        header[3] += 8;
        MemorySegment memory = Octets.memory(header);
        Ipv4View.putChecksum(memory, 0, 28);
        byte[] packet = Packets.join(Octets.from(memory, 0, 28), Arrays.copyOfRange(plain, 20, plain.length));

        edge.client(packet);
        assertThat(heard).containsExactly("hello");
    }

    @Test
    void a_wrong_header_checksum_or_length_drops_the_packet() {
        byte[] damaged = hello(CLIENT, VIP);
        damaged[8] ^= 1;
        edge.client(damaged);
        assertThat(edge.drops(DropReason.BAD_IP_CHECKSUM)).isEqualTo(1);
        edge.client(Arrays.copyOf(hello(CLIENT, VIP), 32));
        edge.client(new byte[19]);
        assertThat(edge.drops(DropReason.MALFORMED_IP)).isEqualTo(2);
        assertThat(heard).isEmpty();
    }

    @Test
    void the_destination_must_be_an_address_of_the_nic_it_came_by() {
        edge.client(hello(CLIENT, Ipv4Address.of(192, 0, 2, 11)));
        edge.client(hello(CLIENT, LAN));
        assertThat(edge.drops(DropReason.NOT_OUR_ADDRESS)).isEqualTo(2);
        assertThat(heard).isEmpty();
    }

    @Test
    void impossible_sources_are_martians() {
        for (String source : List.of(
                "0.0.0.0",
                "127.0.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "240.0.0.1",
                "192.0.2.255",
                "192.0.2.10",
                "198.51.100.1")) {
            edge.client(hello(Ipv4Address.parse(source), VIP));
        }
        assertThat(edge.drops(DropReason.MARTIAN_SOURCE)).isEqualTo(8);
        assertThat(heard).isEmpty();
    }

    @Test
    void broadcasts_are_heard_but_a_link_broadcast_with_a_hosts_address_is_not() {
        for (String destination : List.of("255.255.255.255", "192.0.2.255")) {
            edge.wan(Packets.ethernet(
                    MacAddress.BROADCAST,
                    CLIENT_MAC,
                    EthernetView.IPV4,
                    hello(CLIENT, Ipv4Address.parse(destination))));
        }
        assertThat(heard).hasSize(2);
        edge.wan(Packets.ethernet(MacAddress.BROADCAST, CLIENT_MAC, EthernetView.IPV4, hello(CLIENT, VIP)));
        assertThat(edge.drops(DropReason.NOT_UNICAST)).isEqualTo(1);
        assertThat(heard).hasSize(2);
    }

    @Test
    void tcp_never_sees_a_broadcast() {
        List<Integer> seen = new ArrayList<>();
        edge.stack.add(new RecordingTransport(Ipv4View.TCP, packet -> seen.add(packet.payloadLength())));
        byte[] segment = Packets.ipv4(CLIENT, Ipv4Address.BROADCAST, Ipv4View.TCP, new byte[20]);
        edge.wan(Packets.ethernet(MacAddress.BROADCAST, CLIENT_MAC, EthernetView.IPV4, segment));
        edge.client(Packets.ipv4(CLIENT, VIP, Ipv4View.TCP, new byte[21]));
        assertThat(seen).containsExactly(21);
    }

    @Test
    void the_interceptor_sees_packets_for_anyone_before_the_address_filter() {
        List<String> seen = new ArrayList<>();
        edge.stack.interceptor(
                packet -> seen.add(new Ipv4Address(packet.destination()) + "/" + packet.payloadLength()));
        edge.client(hello(CLIENT, Ipv4Address.of(203, 0, 113, 5)));
        assertThat(seen).containsExactly("203.0.113.5/13");
        assertThat(edge.stack.drops().total()).isZero();

        edge.wan(Packets.ethernet(
                MacAddress.BROADCAST, CLIENT_MAC, EthernetView.IPV4, hello(CLIENT, Ipv4Address.BROADCAST)));
        assertThat(seen).as("link broadcasts are not offered").hasSize(1);
        assertThat(heard).hasSize(1);
    }

    @Test
    void what_the_interceptor_declines_goes_on() {
        edge.stack.interceptor(packet -> false);
        edge.client(hello(CLIENT, VIP));
        assertThat(heard).containsExactly("hello");
    }

    @Test
    void an_exception_in_a_handler_is_counted_and_the_loop_goes_on() {
        edge.stack.udp().bind(0, 8, datagram -> {
            throw new IllegalStateException("a bug that this test plants");
        });
        edge.wan.deliver(Packets.ethernet(
                WAN_MAC,
                CLIENT_MAC,
                EthernetView.IPV4,
                Packets.ipv4(CLIENT, VIP, Ipv4View.UDP, Packets.udp(CLIENT, 9, VIP, 8, HELLO))));
        edge.wan.deliver(Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, hello(CLIENT, VIP)));
        edge.loop.turn();
        assertThat(edge.loop.counters().failures().get()).isEqualTo(1);
        assertThat(heard).containsExactly("hello");
    }
}
