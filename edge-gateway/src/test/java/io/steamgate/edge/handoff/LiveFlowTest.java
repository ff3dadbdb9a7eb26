package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happens to spliced flows from outside: routers, changed cards, and ends that close by halves or not at all. */
class LiveFlowTest extends SplicedSite {
    private static final int ROUTER_A = 0xC633_64FE;
    private static final int ROUTER_WAN = 0xC000_02FE;

    // --- time to live ----------------------------------------------------------------------------------------------

    /** That the edge says so (RFC 792), and quotes the packet as its sender knows it. */
    private static void assertTimeExceeded(Tap tap, int reporter, int source, int destination) {
        assertThat(tap.icmp).singleElement().satisfies(packet -> {
            ByteBuffer said = ByteBuffer.wrap(packet);
            assertThat(said.getInt(12)).as("who says it").isEqualTo(reporter);
            assertThat(said.get(20)).as("type").isEqualTo((byte) IcmpView.TIME_EXCEEDED);
            assertThat(said.get(21)).as("code").isEqualTo((byte) IcmpView.CODE_TTL);
            assertThat(said.getInt(28 + 12)).isEqualTo(source);
            assertThat(said.getInt(28 + 16)).isEqualTo(destination);
        });
    }

    @Test
    void a_packet_whose_time_to_live_ends_here_goes_no_further_and_its_sender_is_told() {
        TestClient client = spliced();
        Flow.Path path = flow().path;
        List<Integer> came = new ArrayList<>();
        network.siteTapA.arrives = packet -> came.add(packet.segment().seq());
        network.clientTap.arrives = packet -> came.add(packet.segment().seq());

        network.wan.deliver(Wires.tcp(
                network.wan.mac(),
                path.client(),
                path.vip(),
                TcpSegment.of(path.clientPort(), path.vipPort(), 1, 2, TcpView.ACK, 1000),
                1));
        network.settle();
        assertTimeExceeded(network.clientTap, HandoffNetwork.VIP, path.client(), path.vip());
        network.lanA.deliver(Wires.tcp(
                network.lanA.mac(),
                path.endpoint(),
                path.local(),
                TcpSegment.of(path.endpointPort(), path.localPort(), 1, 2, TcpView.ACK, 1000),
                1));
        network.settle();
        assertTimeExceeded(network.siteTapA, path.local(), path.endpoint(), path.local());

        assertThat(came).isEmpty();
        assertThat(network.gateway.path().counters().lifetimeExceeded().get()).isEqualTo(2);
        answers(client);
    }

    // --- path MTU -------------------------------------------------------------------------------------------------

    @Test
    void a_router_before_the_endpoint_makes_the_client_send_smaller_segments() {
        TestClient client = spliced();
        int[] dropped = {0};
        int[] largest = {0};
        network.siteTapA.arrives = packet -> {
            if (packet.packet().length > 1000) {
                dropped[0]++;
                network.lanA.deliver(Wires.tooBig(network.lanA.mac(), ROUTER_A, packet.packet(), 1000));
                return false;
            }
            largest[0] = Math.max(largest[0], packet.packet().length);
            return true;
        };
        byte[] body = TestSite.pattern(100_000);
        client.post("/up", body);

        assertThat(network.until(() -> client.responses.size() == 2, 60)).isTrue();
        assertThat(new String(client.responses.getLast().body(), StandardCharsets.US_ASCII))
                .isEqualTo(TestSite.crc(body));
        assertThat(dropped[0]).as("packets lost to the narrow link").isBetween(1, 100);
        assertThat(largest[0]).isBetween(900, 1000);
        assertThat(network.gateway.path().counters().icmpErrors().get()).isPositive();
        assertThat(network.client.tcp.counters().icmpAccepted.get()).isPositive();
    }

    @Test
    void a_router_before_the_client_makes_the_endpoint_send_smaller_segments() {
        TestClient client = spliced();
        int[] dropped = {0};
        int[] largest = {0};
        network.clientTap.arrives = packet -> {
            if (packet.packet().length > 1000) {
                dropped[0]++;
                network.wan.deliver(Wires.tooBig(network.wan.mac(), ROUTER_WAN, packet.packet(), 1000));
                return false;
            }
            largest[0] = Math.max(largest[0], packet.packet().length);
            return true;
        };
        client.get("/100000");

        assertThat(network.until(() -> client.responses.size() == 2, 60)).isTrue();
        assertThat(client.responses.getLast().body()).isEqualTo(TestSite.pattern(100_000));
        assertThat(dropped[0]).as("packets lost to the narrow link").isBetween(1, 100);
        assertThat(largest[0]).isBetween(900, 1000);
        assertThat(network.siteA.tcp.counters().icmpAccepted.get()).isPositive();
    }

    @Test
    void errors_that_quote_no_packet_of_ours_or_none_in_flight_are_not_believed() {
        TestClient client = spliced();
        List<byte[]> seen = new ArrayList<>();
        network.siteTapA.arrives = packet -> seen.add(packet.packet());
        answers(client);
        long believed = network.client.tcp.counters().icmpAccepted.get();

        // Long acknowledged: it is the flow's, so it goes to its end, which knows better.
        network.lanA.deliver(Wires.tooBig(network.lanA.mac(), ROUTER_A, seen.getFirst(), 600));
        network.settle();
        assertThat(network.client.tcp.counters().icmpAccepted.get()).isEqualTo(believed);

        // Nobody's: another port.
        byte[] other = seen.getFirst().clone();
        other[21] ^= 1;
        long passed = network.gateway.path().counters().icmpErrors().get();
        network.lanA.deliver(Wires.tooBig(network.lanA.mac(), ROUTER_A, other, 600));
        network.settle();
        assertThat(network.gateway.path().counters().icmpErrors().get()).isEqualTo(passed);

        int[] largest = {0};
        network.siteTapA.arrives = packet -> {
            largest[0] = Math.max(largest[0], packet.packet().length);
            return true;
        };
        client.post("/up", TestSite.pattern(50_000));
        assertThat(network.until(() -> client.responses.size() == 3, 60)).isTrue();
        assertThat(largest[0]).as("segments are as large as before").isEqualTo(1500);
    }

    // --- changed cards --------------------------------------------------------------------------------------------

    @Test
    void an_endpoint_with_a_new_card_keeps_every_flow_after_one_announcement() {
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            clients.add(spliced());
        }
        network.siteTapA.changeCard(new MacAddress(0x0200_0000_0A0AL));
        network.siteA
                .stack
                .arp()
                .announceOnce(
                        network.siteA.stack.nics().getFirst(),
                        new io.steamgate.edge.wire.Ipv4Address(HandoffNetwork.SITE_A));
        network.settle();
        long before = network.clock.nanos();
        for (TestClient client : clients) {
            answers(client);
        }
        assertThat(network.clock.nanos() - before)
                .as("nobody had to wait for a timer")
                .isZero();
        assertThat(network.gateway.path().open()).isEqualTo(50);
    }

    @Test
    void a_client_with_a_new_card_keeps_its_flows_after_one_announcement() {
        TestClient one = spliced();
        TestClient two = spliced();
        network.clientTap.changeCard(new MacAddress(0x0200_0000_0C0CL));
        network.client
                .stack
                .arp()
                .announceOnce(
                        network.client.stack.nics().getFirst(),
                        new io.steamgate.edge.wire.Ipv4Address(HandoffNetwork.CLIENT));
        network.settle();
        answers(one);
        answers(two);
    }

    @Test
    void an_endpoint_whose_new_card_nobody_announced_is_found_again() {
        TestClient client = spliced();
        network.siteTapA.changeCard(new MacAddress(0x0200_0000_0A0AL));
        client.get("/700");
        assertThat(network.until(() -> client.responses.size() == 2, 120)).isTrue();
    }

    // --- half-closed ----------------------------------------------------------------------------------------------

    @Test
    void a_client_that_closes_its_half_first_still_receives_everything() {
        TestClient client = spliced();
        client.send("GET /400000 HTTP/1.1\r\nHost: a.test\r\n\r\n");
        client.finish();
        network.clientTap.arrives = slowly();
        assertThat(network.until(() -> client.end.isPresent(), 600)).isTrue();
        assertThat(client.end).contains(TcpEnd.FINISHED);
        assertThat(client.responses.getLast().body()).isEqualTo(TestSite.pattern(400_000));
        assertThat(network.ends).containsExactly(FlowEnd.CLOSED);
    }

    /** Loses every 40th packet, so that what it carries takes its time. */
    private static java.util.function.Predicate<Tap.Passing> slowly() {
        int[] count = {0};
        return packet -> ++count[0] % 40 != 0;
    }

    @Test
    void an_endpoint_that_closes_its_half_first_still_receives_everything() {
        site.listener.close();
        List<Integer> received = new ArrayList<>();
        network.serve(network.siteA, HandoffNetwork.SITE_A, 80, HandoffNetwork.EVERYTHING, connection -> {
            received.add(0);
            connection.events(new io.steamgate.edge.tcp.TcpEvents() {
                @Override
                public void readable() {
                    received.set(0, received.getFirst() + connection.readable());
                    connection.consume(connection.readable());
                    connection.shutdownOutput();
                }
            });
        });
        TestClient client = new TestClient(network, 80);
        client.get("/first");
        assertThat(network.until(() -> client.connection.endOfStream(), 10)).isTrue();
        int head = received.getFirst();
        network.siteTapA.arrives = slowly();
        client.send(TestSite.pattern(400_000));
        assertThat(network.until(() -> received.getFirst() == head + 400_000, 600))
                .isTrue();
        client.finish();
        assertThat(network.until(() -> client.end.isPresent(), 60)).isTrue();
        assertThat(client.end).contains(TcpEnd.FINISHED);
        network.pass(75_000);
        assertThat(network.gateway.portsInUse()).isZero();
        assertThat(network.gateway.following()).isZero();
    }

    // --- idle -----------------------------------------------------------------------------------------------------

    @Test
    void a_flow_that_is_idle_for_its_listeners_time_is_forgotten() {
        TestClient client = spliced();
        Flow flow = flow();
        network.pass(290_000);
        assertThat(network.gateway.path().open()).isEqualTo(1);
        answers(client);
        network.pass(295_000);
        assertThat(network.gateway.path().open())
                .as("traffic starts the time anew")
                .isEqualTo(1);
        network.pass(20_000);
        assertThat(network.gateway.path().open()).isZero();
        assertThat(network.gateway.path().lingering()).isZero();
        assertThat(network.ends).containsExactly(FlowEnd.IDLE);
        assertThat(network.gateway.portsInUse()).isZero();
        assertThat(flow.endpoint.activeFlows().get()).isZero();
        assertThat(flow.listener.activeFlows().get()).isZero();
        assertThat(network.edge.stack.neighbors().list()).allMatch(entry -> entry.flows() == 0);
    }
}
