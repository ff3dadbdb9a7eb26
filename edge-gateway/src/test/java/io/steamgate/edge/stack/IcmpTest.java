package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.VIP;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class IcmpTest {
    private static final Ipv4Address FAR = Ipv4Address.of(192, 0, 2, 99);

    private final Edge edge = new Edge().knowsClient();
    private final RecordingTransport tcp = new RecordingTransport(Ipv4View.TCP, packet -> {});

    private static byte[] icmp(byte[] message) {
        return Packets.ipv4(CLIENT, VIP, Ipv4View.ICMP, message);
    }

    /** An error of the client's about a packet that the VIP sent. */
    private static byte[] error(int type, int code, int rest, Ipv4Address quotedSource, int quotedPayload) {
        byte[] quoted = Packets.ipv4(
                new Ipv4View.Header(quotedSource, FAR, Ipv4View.TCP, 1480), Packets.pattern(quotedPayload));
        return icmp(Packets.icmp(type, code, rest, quoted));
    }

    @Test
    void an_echo_request_is_answered_with_its_data() {
        byte[] body = Packets.pattern(56);
        List<byte[]> sent = edge.client(icmp(Packets.icmp(IcmpView.ECHO_REQUEST, 0, 0x12340005, body)));
        assertThat(sent).hasSize(1);
        assertThat(Packets.icmp(sent.get(0))).isEqualTo(new IcmpView.Header(IcmpView.ECHO_REPLY, 0, 0x12340005, 56));
        byte[] payload = Packets.payload(sent.get(0));
        assertThat(Arrays.copyOfRange(payload, 8, payload.length)).isEqualTo(body);
        assertThat(Packets.header(sent.get(0)).source()).isEqualTo(VIP);
    }

    @Test
    void a_ping_longer_than_the_mtu_is_answered_in_fragments() {
        byte[] message = Packets.icmp(IcmpView.ECHO_REQUEST, 0, 1, Packets.pattern(4000));
        List<byte[]> sent = new ArrayList<>();
        for (int from = 0; from < message.length; from += 1480) {
            int end = Math.min(message.length, from + 1480);
            sent.addAll(edge.client(Packets.ipv4(
                    new Ipv4View.Header(
                            CLIENT, VIP, Ipv4View.ICMP, 64, 0, 9, false, end < message.length, from, end - from),
                    Arrays.copyOfRange(message, from, end))));
        }
        assertThat(sent).hasSize(3);
        assertThat(edge.stack.pool().outstanding()).isZero();
    }

    @Test
    void echo_requests_to_broadcasts_with_bad_checksums_or_in_floods_are_not_answered() {
        byte[] ping = Packets.icmp(IcmpView.ECHO_REQUEST, 0, 1, new byte[8]);
        assertThat(edge.wan(Packets.ethernet(
                        MacAddress.BROADCAST,
                        CLIENT_MAC,
                        EthernetView.IPV4,
                        Packets.ipv4(CLIENT, Ipv4Address.BROADCAST, Ipv4View.ICMP, ping))))
                .isEmpty();
        byte[] damaged = ping.clone();
        damaged[9] ^= 4;
        assertThat(edge.client(icmp(damaged))).isEmpty();
        assertThat(edge.drops(DropReason.BAD_ICMP_CHECKSUM)).isEqualTo(1);

        int answered = 0;
        for (int i = 0; i < 1500; i++) {
            answered += edge.client(icmp(ping)).size();
        }
        assertThat(answered).isEqualTo(1000);
        assertThat(edge.drops(DropReason.ICMP_RATE_LIMIT)).isEqualTo(500);
        edge.clock.advanceMillis(100);
        assertThat(edge.client(icmp(ping))).hasSize(1);
    }

    @Test
    void a_closed_port_and_an_unknown_protocol_are_reported_with_a_quote() {
        byte[] packet = Packets.ipv4(CLIENT, VIP, Ipv4View.UDP, Packets.udp(CLIENT, 9, VIP, 7, new byte[100]));
        List<byte[]> sent = edge.client(packet);
        assertThat(sent).hasSize(1);
        assertThat(Packets.icmp(sent.get(0)))
                .isEqualTo(new IcmpView.Header(IcmpView.UNREACHABLE, IcmpView.CODE_PORT, 0, 128));
        byte[] payload = Packets.payload(sent.get(0));
        assertThat(Arrays.copyOfRange(payload, 8, payload.length)).isEqualTo(packet);

        sent = edge.client(Packets.ipv4(CLIENT, VIP, 200, new byte[1400]));
        assertThat(Packets.icmp(sent.get(0)))
                .isEqualTo(new IcmpView.Header(IcmpView.UNREACHABLE, IcmpView.CODE_PROTOCOL, 0, 548));
        assertThat(edge.drops(DropReason.UDP_PORT_CLOSED)).isEqualTo(1);
    }

    @Test
    void no_error_answers_a_broadcast_or_an_error() {
        byte[] broadcast = Packets.ipv4(
                CLIENT,
                Ipv4Address.BROADCAST,
                Ipv4View.UDP,
                Packets.udp(CLIENT, 9, Ipv4Address.BROADCAST, 7, new byte[4]));
        assertThat(edge.wan(Packets.ethernet(MacAddress.BROADCAST, CLIENT_MAC, EthernetView.IPV4, broadcast)))
                .isEmpty();
        assertThat(edge.client(error(IcmpView.UNREACHABLE, 3, 0, VIP, 8))).isEmpty();
    }

    @Test
    void errors_are_sent_at_a_limited_rate() {
        int sent = 0;
        for (int i = 0; i < 300; i++) {
            sent += edge.client(Packets.ipv4(CLIENT, VIP, 200, new byte[20])).size();
        }
        assertThat(sent).isEqualTo(100);
        edge.pass(Duration.ofMillis(100));
        assertThat(edge.client(Packets.ipv4(CLIENT, VIP, 200, new byte[20]))).hasSize(1);
    }

    @Test
    void an_error_about_a_packet_of_ours_reaches_its_transport() {
        edge.stack.add(tcp);
        edge.client(error(IcmpView.UNREACHABLE, IcmpView.CODE_FRAGMENTATION_NEEDED, 1280, VIP, 8));
        assertThat(tcp.errors)
                .containsExactly(new RecordingTransport.Told(new IcmpError(3, 4, 1280), VIP.bits(), FAR.bits(), 8));
    }

    @Test
    void a_router_that_does_not_say_the_mtu_means_the_next_plateau() {
        edge.stack.add(tcp);
        edge.client(error(IcmpView.UNREACHABLE, IcmpView.CODE_FRAGMENTATION_NEEDED, 0, VIP, 8));
        assertThat(tcp.errors).extracting(told -> told.error().nextHopMtu()).containsExactly(1492);
    }

    @Test
    void errors_that_quote_too_little_or_another_hosts_packet_reach_nobody() {
        edge.stack.add(tcp);
        edge.client(error(IcmpView.UNREACHABLE, 1, 0, VIP, 7));
        assertThat(edge.drops(DropReason.MALFORMED_ICMP)).isEqualTo(1);
        edge.client(error(IcmpView.UNREACHABLE, 1, 0, CLIENT, 8));
        assertThat(edge.drops(DropReason.ICMP_QUOTE_NOT_OURS)).isEqualTo(1);
        edge.client(icmp(Packets.icmp(IcmpView.UNREACHABLE, 1, 0, new byte[40])));
        edge.client(icmp(new byte[7]));
        assertThat(edge.drops(DropReason.MALFORMED_ICMP)).isEqualTo(3);
        assertThat(tcp.errors).isEmpty();
    }

    @Test
    void the_interceptor_is_offered_errors_first_whoever_they_are_addressed_to() {
        edge.stack.add(tcp);
        List<Integer> offered = new ArrayList<>();
        edge.stack.interceptor(new Interceptor() {
            @Override
            public boolean intercept(IpPacket packet) {
                return false;
            }

            @Override
            public boolean interceptError(IcmpError error, IpPacket packet, int quotedOffset, int quotedLength) {
                offered.add(packet.payloadOffset() + 8 - quotedOffset);
                offered.add(quotedLength);
                return true;
            }
        });
        edge.client(error(IcmpView.UNREACHABLE, 1, 0, VIP, 20));
        assertThat(offered).containsExactly(0, 40);

        byte[] quoted = Packets.ipv4(new Ipv4View.Header(FAR, CLIENT, Ipv4View.TCP, 100), new byte[8]);
        edge.client(
                Packets.ipv4(CLIENT, Ipv4Address.of(203, 0, 113, 1), Ipv4View.ICMP, Packets.icmp(11, 0, 0, quoted)));
        assertThat(offered).containsExactly(0, 40, 0, 28);
        assertThat(tcp.errors).isEmpty();
        assertThat(edge.stack.drops().total()).isZero();
    }
}
