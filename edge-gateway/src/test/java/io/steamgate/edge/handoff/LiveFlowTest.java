package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to spliced flows from outside: routers, changed cards, attackers, and ends that close by halves. */
class LiveFlowTest {
    private static final String ROUTES = """
            listeners:
              - {name: web, port: 80, protocol: http, default: a, idle-timeout: 300s}
            services:
              a:
                address-mode: nat
                health: off
                tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                endpoints: ["198.51.100.11:80"]
            """;
    private static final int ROUTER_A = 0xC633_64FE;
    private static final int ROUTER_WAN = 0xC000_02FE;

    private HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, ROUTES);
    private TestSite site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);

    /** A client whose first request is answered, over its splice. */
    private TestClient spliced() {
        TestClient client = new TestClient(network, 80);
        client.get("/5");
        assertThat(network.until(() -> client.responses.size() == 1, 10)).isTrue();
        return client;
    }

    private void answers(TestClient client) {
        int before = client.responses.size();
        client.get("/700");
        assertThat(network.until(() -> client.responses.size() > before, 60))
                .as("a request is answered: %s", client.end)
                .isTrue();
        assertThat(client.responses.getLast().body()).isEqualTo(TestSite.pattern(700));
    }

    private static String crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return bytes.length + " " + crc.getValue();
    }

    private List<Flow> flows() {
        List<Flow> flows = new ArrayList<>();
        network.gateway.path().forEach(flows::add);
        return flows;
    }

    private Flow flow() {
        assertThat(flows()).hasSize(1);
        return flows().getFirst();
    }

    private void fromClient(TestClient client, int flags, int seq, int ack) {
        network.wan.deliver(Wires.tcp(
                network.wan.mac(),
                HandoffNetwork.CLIENT,
                HandoffNetwork.VIP,
                TcpSegment.of(client.connection.localPort(), 80, seq, ack, flags, 1000)));
        network.settle();
    }

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
                .isEqualTo(crc(body));
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

    // --- blind attackers ------------------------------------------------------------------------------------------

    @Test
    void a_blind_reset_that_its_receiver_ignores_ends_no_flow() {
        TestClient client = spliced();
        Flow flow = flow();
        for (int far : new int[] {0x4000_0000, -0x4000_0000, 200_000_000}) {
            int seq = client.connection.snapshot().sndMax() + far;
            network.pass(1000);
            fromClient(client, TcpView.RST, seq, 0);
            assertThat(flow.state).as("the endpoint was asked").isEqualTo(Flow.State.OPEN);
            answers(client);
            assertThat(flow().state).isEqualTo(Flow.State.OPEN);
        }
        assertThat(site.resets).isZero();
        assertThat(network.gateway.path().counters().revived().get()).isEqualTo(3);
        assertThat(network.gateway.path().open()).isEqualTo(1);
        assertThat(network.gateway.path().lingering()).isZero();
        assertThat(flow.endpoint.activeFlows().get()).isEqualTo(1);
        assertThat(flow.listener.activeFlows().get()).isEqualTo(1);
        assertThat(network.gateway.portsInUse()).isEqualTo(1);

        client.finish();
        assertThat(network.until(() -> client.end.isPresent(), 10)).isTrue();
        network.pass(75_000);
        assertThat(network.gateway.portsInUse()).isZero();
        assertThat(flow.endpoint.activeFlows().get()).isZero();
        assertThat(flow.listener.activeFlows().get()).isZero();
    }

    private io.steamgate.edge.wire.Frame blind(TestClient client, int flags, int seq) {
        TcpSegment segment = TcpSegment.of(client.connection.localPort(), 80, seq, 0, flags, 1000);
        return Wires.tcp(
                network.wan.mac(),
                HandoffNetwork.CLIENT,
                HandoffNetwork.VIP,
                flags == TcpView.SYN
                        ? segment.withSyn(1460, 7, true)
                                .withTimestamps(client.connection.snapshot().tsNow(), 0)
                        : segment);
    }

    /** The SYN could come from whoever sent the reset. */
    @ParameterizedTest
    @ValueSource(strings = {"nat", "transparent"})
    void a_blind_reset_and_a_blind_syn_behind_it_do_not_take_a_flow(String mode) {
        network = new HandoffNetwork(Setup.PLAIN, ROUTES.replace("nat", mode));
        site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        TestClient client = spliced();
        Flow flow = flow();
        int next = client.connection.snapshot().sndMax();
        for (int far : new int[] {0x4000_0000, -0x4000_0000, 200_000_000}) {
            network.wan.deliver(blind(client, TcpView.RST, next + far));
            network.wan.deliver(blind(client, TcpView.SYN, next + far + 1));
            network.settle();
            network.pass(1000);
            network.wan.deliver(blind(client, TcpView.SYN, next + far + 7));
            network.settle();
            assertThat(network.edge.tcp.counters().embryonic.get()).isZero();
            assertThat(flow()).isSameAs(flow);
            assertThat(flow.state).isEqualTo(Flow.State.OPEN);
            answers(client);
            next = client.connection.snapshot().sndMax();
        }
        assertThat(site.resets).isZero();
    }

    @Test
    void a_syn_behind_a_reset_takes_nothing_while_the_endpoint_has_not_answered() {
        TestClient client = spliced();
        Flow flow = flow();
        int next = client.connection.snapshot().sndMax();
        network.pass(1000);
        boolean[] silent = {true};
        network.siteTapA.leaves = packet -> !silent[0];
        network.wan.deliver(blind(client, TcpView.RST, next + 200_000_000));
        network.settle();
        for (int i = 0; i < 5; i++) {
            network.wan.deliver(blind(client, TcpView.SYN, next + i));
            network.settle();
            network.pass(1000);
            assertThat(flow.state).isEqualTo(Flow.State.RESET);
            assertThat(network.edge.tcp.counters().embryonic.get()).isZero();
        }
        silent[0] = false;
        answers(client);
        assertThat(flow().state).isEqualTo(Flow.State.OPEN);
    }

    @Test
    void a_blind_reset_does_not_end_a_flow_that_is_idle_for_long() {
        TestClient client = spliced();
        network.pass(1000);
        int next = client.connection.snapshot().sndMax();
        // The second one so soon that the endpoint does not answer again.
        network.wan.deliver(blind(client, TcpView.RST, next + 200_000_000));
        network.settle();
        network.wan.deliver(blind(client, TcpView.RST, next + 300_000_000));
        network.settle();
        assertThat(flow().state).isEqualTo(Flow.State.RESET);
        network.pass(200_000);
        assertThat(flow().state).isEqualTo(Flow.State.OPEN);
        answers(client);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nat", "transparent"})
    void a_client_that_resets_may_use_its_port_again_at_once(String mode) {
        network = new HandoffNetwork(Setup.PLAIN.forgetfulClient(), ROUTES.replace("nat", mode));
        site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        TestClient first = spliced();
        Flow old = flow();
        first.connection.abort();
        network.settle();
        assertThat(old.state).isEqualTo(Flow.State.RESET);
        assertThat(site.resets).isEqualTo(1);

        long before = network.clock.nanos();
        TestClient second = new TestClient(network, first.connection.localPort(), 80, HandoffNetwork.EVERYTHING);
        second.get("/5");
        network.settle();
        assertThat(second.responses).hasSize(1);
        assertThat(network.clock.nanos() - before).as("no timer had to help").isZero();
        network.pass(75_000);
        assertThat(old.gone).isTrue();
        answers(second);
    }

    @Test
    void a_reset_in_the_window_is_answered_by_a_challenge_that_the_client_answers_and_the_flow_goes_on() {
        TestClient client = spliced();
        // In the window but not its left edge: RFC 5961 section 3.2.
        fromClient(client, TcpView.RST, client.connection.snapshot().sndMax() + 100, 0);
        assertThat(network.siteA.tcp.counters().challengeAcks.get()).isEqualTo(1);
        assertThat(flow().state).isEqualTo(Flow.State.OPEN);
        answers(client);
    }

    @Test
    void a_reset_by_the_client_ends_the_flow_and_the_endpoints_connection() {
        TestClient client = spliced();
        client.connection.abort();
        network.settle();
        assertThat(site.resets).isEqualTo(1);
        assertThat(flow().state).isEqualTo(Flow.State.RESET);
        assertThat(network.ends).containsExactly(FlowEnd.RESET);
        network.pass(75_000);
        assertThat(network.gateway.path().lingering()).isZero();
        assertThat(network.gateway.portsInUse()).isZero();
    }

    @Test
    void a_blind_syn_on_a_live_flow_is_answered_by_the_end_itself() {
        TestClient client = spliced();
        Flow flow = flow();
        List<TcpSegment> answers = new ArrayList<>();
        network.clientTap.arrives = packet -> answers.add(packet.segment());
        int next = client.connection.snapshot().sndMax();
        for (int seq : new int[] {next, next + 500, next + 0x3000_0000}) {
            answers.clear();
            network.wan.deliver(Wires.tcp(
                    network.wan.mac(),
                    HandoffNetwork.CLIENT,
                    HandoffNetwork.VIP,
                    TcpSegment.of(client.connection.localPort(), 80, seq, 0, TcpView.SYN, 1000)
                            .withSyn(1460, 7, true)
                            .withTimestamps(client.connection.snapshot().tsNow(), 0)));
            network.settle();
            assertThat(answers)
                    .as("the endpoint's challenge ACK (RFC 5961 section 4)")
                    .hasSize(1)
                    .allMatch(answer -> answer.flags() == TcpView.ACK && answer.ack() == next);
            network.pass(1000);
        }
        assertThat(flow()).isSameAs(flow);
        assertThat(flow.state).isEqualTo(Flow.State.OPEN);
        assertThat(network.edge.tcp.counters().embryonic.get()).isZero();
        answers(client);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nat", "transparent"})
    void a_syn_from_the_port_of_a_flow_that_lingers_opens_a_new_one(String mode) {
        network = new HandoffNetwork(Setup.PLAIN.forgetfulClient(), ROUTES.replace("nat", mode));
        site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        TestClient first = spliced();
        int port = first.connection.localPort();
        first.finish();
        assertThat(network.until(() -> first.end.isPresent(), 10)).isTrue();
        Flow old = flow();
        assertThat(old.state).isEqualTo(Flow.State.CLOSED);

        TestClient second = new TestClient(network, port, 80, HandoffNetwork.EVERYTHING);
        second.get("/5");
        assertThat(network.until(() -> second.responses.size() == 1, 10)).isTrue();
        assertThat(flows()).filteredOn(flow -> flow.state == Flow.State.OPEN).hasSize(1);
        answers(second);
        network.pass(75_000);
        assertThat(old.gone).isTrue();
        answers(second);
        assertThat(network.gateway.path().open()).isEqualTo(1);
        assertThat(network.gateway.portsInUse()).isEqualTo(mode.equals("nat") ? 1 : 0);
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
