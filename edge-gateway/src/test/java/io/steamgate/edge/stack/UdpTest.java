package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.VIP;
import static io.steamgate.edge.stack.Edge.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.Ipv4View;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UdpTest {
    private static final byte[] HELLO = "hello".getBytes();

    private final Edge edge = new Edge().knowsClient();
    private final Udp udp = edge.stack.udp();
    private final List<String> heard = new ArrayList<>();

    private UdpHandler as(String name) {
        return datagram -> heard.add(name + ":" + new String(datagram.toBytes()));
    }

    private static byte[] datagram(int port) {
        return Packets.udp(CLIENT, 9, VIP, port, HELLO);
    }

    private static byte[] packet(byte[] datagram) {
        return Packets.ipv4(CLIENT, VIP, Ipv4View.UDP, datagram);
    }

    @Test
    void the_most_exact_binding_gets_the_datagram() {
        udp.bind(0, 7, as("any"));
        Udp.Binding exact = udp.bind(VIP.bits(), 7, as("vip"));
        edge.client(packet(datagram(7)));
        exact.close();
        edge.client(packet(datagram(7)));
        assertThat(heard).containsExactly("vip:hello", "any:hello");
    }

    @Test
    void a_port_is_bound_once_and_given_back_on_close() {
        Udp.Binding binding = udp.bind(0, 7, as("a"));
        assertThatThrownBy(() -> udp.bind(0, 7, as("b"))).hasMessage("UDP port 7 is in use");
        binding.close();
        udp.bind(0, 7, as("b")).close();
        assertThat(udp.bind(0, 0, as("c")).port()).isBetween(49_152, 65_535);
    }

    @Test
    void a_wrong_checksum_drops_and_none_at_all_does_not() {
        udp.bind(0, 7, as("a"));
        byte[] damaged = datagram(7);
        damaged[9] ^= 1;
        edge.client(packet(damaged));
        assertThat(edge.drops(DropReason.BAD_UDP_CHECKSUM)).isEqualTo(1);
        damaged[6] = 0;
        damaged[7] = 0;
        edge.client(packet(damaged));
        assertThat(heard).containsExactly("a:hdllo");
    }

    @Test
    void a_length_beyond_the_packet_is_malformed() {
        udp.bind(0, 7, as("a"));
        byte[] damaged = datagram(7);
        damaged[5]++;
        edge.client(packet(damaged));
        assertThat(edge.drops(DropReason.MALFORMED_UDP)).isEqualTo(1);
    }

    @Test
    void a_checksum_that_hardware_would_have_completed_is_not_verified() {
        Edge offloading = new Edge(StackSettings.DEFAULT, true, 0).knowsClient();
        offloading.stack.udp().bind(0, 7, as("a"));
        byte[] bytes = Packets.ethernet(WAN_MAC, CLIENT_MAC, EthernetView.IPV4, packet(datagram(7)));
        bytes[14 + 20 + 7] ^= 0x55;
        Frame frame = Frame.copyOf(bytes);
        frame.requestChecksum(frame.start() + 34, 6);
        offloading.wan(frame);
        assertThat(heard).containsExactly("a:hello");
    }

    @Test
    void a_train_of_datagrams_in_one_frame_is_taken_apart() {
        Edge offloading = new Edge(StackSettings.DEFAULT, true, 0).knowsClient();
        offloading.stack.udp().bind(0, 7, as("a"));
        Frame frame = Frame.copyOf(Packets.ethernet(
                WAN_MAC, CLIENT_MAC, EthernetView.IPV4, packet(Packets.udp(CLIENT, 9, VIP, 7, "aabbc".getBytes()))));
        frame.requestChecksum(frame.start() + 34, 6);
        frame.requestSegmentation(5, 2, 42);
        offloading.wan(frame);
        assertThat(heard).containsExactly("a:aa", "a:bb", "a:c");
    }

    @Test
    void a_device_with_offload_is_asked_for_the_checksum_unless_the_datagram_is_cut() {
        Edge offloading = new Edge(StackSettings.DEFAULT, true, 0).knowsClient();
        MemorySegment payload = MemorySegment.ofArray(Packets.pattern(3000));
        offloading.stack.udp().send(0, 9, CLIENT.bits(), 7, payload, 0, 100);
        offloading.loop.turn();
        Frame sent = offloading.wan.nextSentFrame().orElseThrow();
        assertThat(sent.checksumPartial()).isTrue();
        assertThat(sent.checksumFrom()).isEqualTo(sent.start() + 34);
        assertThat(sent.completeChecksum()).isTrue();
        assertThat(sent.toBytes())
                .endsWith(Packets.udp(VIP, 9, CLIENT, 7, payload.asSlice(0, 100).toArray(ValueLayout.JAVA_BYTE)));

        offloading.stack.udp().send(0, 9, CLIENT.bits(), 7, payload, 0, 3000);
        offloading.loop.turn();
        assertThat(offloading.wan.nextSentFrame().orElseThrow().checksumPartial())
                .isFalse();
    }

    @Test
    void in_software_the_checksum_is_right() {
        MemorySegment payload = MemorySegment.ofArray(HELLO);
        udp.send(VIP.bits(), 9, CLIENT.bits(), 7, payload, 0, 5);
        byte[] frame = edge.turn(edge.wan).get(0);
        assertThat(Packets.payload(frame)).isEqualTo(Packets.udp(VIP, 9, CLIENT, 7, HELLO));
    }

    @Test
    void an_error_is_told_to_the_port_it_is_about() {
        List<String> errors = new ArrayList<>();
        udp.bind(0, 9, new UdpHandler() {
            @Override
            public void receive(UdpDatagram datagram) {}

            @Override
            public void error(IcmpError error, int destination, int destinationPort) {
                errors.add(error.type() + "/" + error.code() + " " + destinationPort);
            }
        });
        byte[] quoted = Packets.ipv4(VIP, CLIENT, Ipv4View.UDP, Packets.udp(VIP, 9, CLIENT, 7, HELLO));
        edge.client(Packets.ipv4(CLIENT, VIP, Ipv4View.ICMP, Packets.icmp(IcmpView.UNREACHABLE, 3, 0, quoted)));
        edge.client(Packets.ipv4(CLIENT, VIP, Ipv4View.ICMP, Packets.icmp(IcmpView.UNREACHABLE, 4, 1280, quoted)));
        assertThat(errors).containsExactly("3/3 7", "3/4 7");
        assertThat(edge.stack.output().pathMtu(CLIENT.bits())).isEqualTo(1280);
    }

    @Test
    void a_payload_over_the_limit_is_refused() {
        MemorySegment payload = MemorySegment.ofArray(new byte[70_000]);
        assertThat(udp.send(0, 9, CLIENT.bits(), 7, payload, 0, Udp.LARGEST_PAYLOAD + 1))
                .isFalse();
        assertThat(udp.send(0, 9, CLIENT.bits(), 7, payload, 0, 0)).isTrue();
    }
}
