package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.link.KernelProgram;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.tcp.TcpState;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpView;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SYNs that the kernel's program answers, by cookies that the edge's TCP takes for its own. */
class KernelDoorsTest {
    private static final String ROUTES = """
            listeners:
              - {name: web, port: 80, protocol: http, default: a%s}
              - {name: talk, port: 25, protocol: tcp, default: a}
            services:
              a:
                address-mode: nat
                health: off
                tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                endpoints: ["198.51.100.11:80"]
            """;

    @BeforeEach
    void only_where_the_kernel_forwards() {
        assumeTrue(HandoffNetwork.KERNEL, "the other run of these tests is for the kernel");
    }

    private static HandoffNetwork network(Setup setup, String more) {
        return new HandoffNetwork(setup.handshakes(KernelHandshakes.ALWAYS), ROUTES.formatted(more));
    }

    private static long answered(HandoffNetwork network) {
        return network.kernel.orElseThrow().answered;
    }

    private static long accepted(HandoffNetwork network) {
        return network.edge.tcp.counters().cookiesAccepted.get();
    }

    @ParameterizedTest
    @CsvSource({"1460, 7", "1440, 0", "1220, 14", "8960, 2", "536, 5"})
    void the_edge_first_hears_of_a_client_when_its_handshake_is_complete(int mss, int scale) {
        HandoffNetwork network = network(Setup.PLAIN, "");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);

        TestClient client = new TestClient(network, 40_000, 80, new SynOffer(mss, scale, true, true));
        client.get("/300000");

        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();
        assertThat(client.responses.getFirst().body()).isEqualTo(TestSite.pattern(300_000));
        assertThat(answered(network)).isEqualTo(1);
        assertThat(accepted(network)).isEqualTo(1);
        assertThat(network.edge.tcp.counters().handshakesStarted.get()).isEqualTo(1);
        assertThat(network.edge.tcp.counters().handshakesCompleted.get()).isEqualTo(1);
        assertThat(network.edge.tcp.counters().cookiesSent.get()).isZero();
        assertThat(network.gateway.counters().spliced().total()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1400, 7, true, true", "1460, -1, true, true", "1460, 7, false, true", "1460, 7, true, false"})
    void a_client_that_a_cookie_would_wrong_is_the_edges(int mss, int scale, boolean sack, boolean timestamps) {
        HandoffNetwork network = network(Setup.PLAIN, "");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);

        TestClient client = new TestClient(network, 40_000, 80, new SynOffer(mss, scale, sack, timestamps));
        client.get("/3000");

        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();
        assertThat(answered(network)).isZero();
        assertThat(accepted(network)).isZero();
    }

    @Test
    void a_client_whose_server_speaks_first_is_the_edges() {
        HandoffNetwork network = network(Setup.PLAIN, "");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);

        TestClient client = new TestClient(network, 25);
        client.get("/30");

        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();
        assertThat(answered(network)).isZero();
    }

    @Test
    void a_listener_that_a_reload_makes_another_protocols_is_answered_for_by_that() {
        HandoffNetwork network = network(Setup.PLAIN, "");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        network.settle();
        String exchanged = ROUTES.formatted("")
                .replace("protocol: tcp", "protocol: -")
                .replace("protocol: http", "protocol: tcp")
                .replace("protocol: -", "protocol: http");
        network.apply(exchanged);
        network.settle();

        TestClient web = new TestClient(network, 80);
        web.get("/30");
        assertThat(network.until(() -> web.responses.size() == 1, 60)).isTrue();
        assertThat(answered(network)).isZero();
        TestClient talk = new TestClient(network, 25);
        talk.get("/30");
        assertThat(network.until(() -> talk.responses.size() == 1, 60)).isTrue();
        assertThat(answered(network)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({", 'allow: [192.0.2.0/24]'", ", 'deny: [203.0.113.0/24]'"})
    void a_listener_that_chooses_its_clients_answers_for_itself(String comma, String choice) {
        HandoffNetwork network = network(Setup.PLAIN, ", " + choice);
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);

        TestClient client = new TestClient(network, 80);
        client.get("/30");

        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();
        assertThat(answered(network)).isZero();
    }

    @Test
    void nobody_answers_while_a_listener_is_full() {
        HandoffNetwork network = network(Setup.PLAIN, ", max-flows: 1");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        TestClient first = new TestClient(network, 80);
        first.get("/30");
        assertThat(network.until(() -> first.responses.size() == 1, 60)).isTrue();

        TestClient second = new TestClient(network, 80);
        second.get("/30");

        assertThat(network.until(() -> !second.responses.isEmpty(), 4)).isFalse();
        assertThat(second.connected).isFalse();
        assertThat(answered(network)).isEqualTo(1);
        first.finish();
        assertThat(network.until(() -> second.responses.size() == 1, 60)).isTrue();
        assertThat(answered(network)).isEqualTo(2);
    }

    @Test
    void a_closed_listener_answers_no_more() {
        HandoffNetwork network = network(Setup.PLAIN, "");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        network.settle();
        network.apply(ROUTES.formatted("").replace("port: 80", "port: 81"));

        TestClient client = new TestClient(network, 80);

        assertThat(network.until(() -> client.end.isPresent(), 60)).isTrue();
        assertThat(answered(network)).isZero();
    }

    @Test
    void the_ports_of_a_flow_that_is_over_serve_their_client_again_and_again() {
        HandoffNetwork network = network(Setup.PLAIN.forgetfulClient(), "");
        TestSite site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        for (int i = 1; i <= 20; i++) {
            int times = i;
            TestClient client = new TestClient(network, 40_000, 80, new SynOffer(1460, 7, true, true));
            client.get("/3000");
            assertThat(network.until(() -> client.responses.size() == 1, 60))
                    .as("connection %d: %s", i, client.connection)
                    .isTrue();
            client.finish();
            assertThat(network.until(() -> client.end.isPresent(), 60)).isTrue();
            network.pass(50);
            assertThat(answered(network)).isEqualTo(times);
        }
        assertThat(site.accepted).isEqualTo(20);
    }

    @Test
    void the_syn_of_a_client_whose_flow_is_alive_reaches_its_endpoint_and_not_a_new_connection() {
        HandoffNetwork network = network(Setup.PLAIN, "");
        TestSite site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        TestClient client = new TestClient(network, 40_000, 80, new SynOffer(1460, 7, true, true));
        client.get("/3000");
        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();

        network.wan.deliver(Wires.tcp(
                network.wan.mac(),
                HandoffNetwork.CLIENT,
                HandoffNetwork.VIP,
                TcpSegment.of(40_000, 80, 12_345, 0, TcpView.SYN, 1000).withSyn(1460, 7, true)));
        network.settle();
        client.get("/3000");

        assertThat(network.until(() -> client.responses.size() == 2, 60)).isTrue();
        assertThat(answered(network)).isEqualTo(1);
        assertThat(site.accepted).isEqualTo(1);
    }

    @Test
    void a_flood_of_syns_leaves_nothing_and_keeps_nobody_out() {
        HandoffNetwork network = network(Setup.PLAIN.edge(TcpSettings.defaults().withEmbryonicLimit(4)), "");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        network.settle();
        flood(network, 0, 2000);
        TestClient client = new TestClient(network, 80);
        client.get("/3000");

        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();
        assertThat(answered(network)).isEqualTo(2001);
        assertThat(network.edge.tcp.counters().embryonic.get()).isZero();
        assertThat(network.edge.tcp.counters().connections.get()).isZero();
    }

    private static void flood(HandoffNetwork network, int from, int syns) {
        for (int i = from; i < from + syns; i++) {
            network.wan.deliver(syn(network, HandoffNetwork.CLIENT + 50 + i % 100, 1024 + i, i));
            if (i % 50 == 49) {
                network.settle();
            }
        }
    }

    @Test
    void nobody_can_have_the_edge_answer_by_clients_that_look_like_one_it_knows() {
        HandoffNetwork network = network(Setup.PLAIN, "");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        TestClient client = new TestClient(network, 40_000, 80, new SynOffer(1460, 7, true, true));
        client.get("/30");
        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();
        long known = bucketWithoutKey(HandoffNetwork.CLIENT, HandoffNetwork.VIP, 40_000);

        int alike = 0;
        for (int address = HandoffNetwork.CLIENT + 20; address < HandoffNetwork.CLIENT + 70; address++) {
            for (int port = 1024; port < 65_536; port++) {
                if (bucketWithoutKey(address, HandoffNetwork.VIP, port) == known) {
                    network.wan.deliver(syn(network, address, port, alike));
                    alike++;
                }
            }
        }
        network.settle();

        assertThat(alike).isGreaterThan(10);
        assertThat(answered(network)).isEqualTo(1 + alike);
    }

    /** What anybody can work out of the hash by which the edge's program finds claims. */
    private static long bucketWithoutKey(int client, int vip, int port) {
        long hash = ((long) client << 32 | 80L << 16 | port) * 0x9E37_79B9_7F4A_7C15L
                ^ (vip & 0xFFFF_FFFFL) * 0xD6E8_FEB8_6659_FD93L;
        return (hash ^ hash >>> 32) * 0xD6E8_FEB8_6659_FD93L >>> 47;
    }

    private static Frame syn(HandoffNetwork network, int client, int port, int number) {
        return Wires.tcp(
                network.wan.mac(),
                client,
                HandoffNetwork.VIP,
                TcpSegment.of(port, 80, number * 77_777, 0, TcpView.SYN, 1000)
                        .withSyn(1460, 7, true)
                        .withTimestamps(number, 0));
    }

    @Test
    void doors_are_opened_by_a_flood_and_closed_when_it_is_over() {
        HandoffNetwork network = new HandoffNetwork(
                Setup.PLAIN.edge(TcpSettings.defaults().withEmbryonicLimit(64)), ROUTES.formatted(""));
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        network.settle();
        TestClient calm = new TestClient(network, 80);
        calm.get("/3000");
        assertThat(network.until(() -> calm.responses.size() == 1, 60)).isTrue();
        assertThat(answered(network)).isZero();

        flood(network, 0, 2000);

        // Those that crowded the stack were its own, and the few that share a bucket of claims with one of them.
        long remembered = network.edge.tcp.counters().embryonic.get();
        assertThat(remembered).isBetween(33L, 64L);
        assertThat(answered(network) + remembered).isEqualTo(2000);
        TestClient amidst = new TestClient(network, 80);
        amidst.get("/3000");
        assertThat(network.until(() -> amidst.responses.size() == 1, 60)).isTrue();
        assertThat(accepted(network)).isEqualTo(1);

        for (int second = 0; second < 30; second++) {
            flood(network, 5000 + 50 * second, 50);
            network.pass(1000);
        }
        assertThat(network.edge.tcp.counters().embryonic.get())
                .as("half of the room is free while the flood goes on")
                .isLessThanOrEqualTo(32);
        long in = answered(network);
        assertThat(in).isGreaterThan(2000 - remembered + 1 + 1400);

        network.pass(12_000);
        TestClient after = new TestClient(network, 80);
        after.get("/3000");
        assertThat(network.until(() -> after.responses.size() == 1, 60)).isTrue();
        assertThat(answered(network)).isEqualTo(in);
    }

    @ParameterizedTest
    @CsvSource({"1, 1%", "2, 5%", "3, 10%", "4, 10%", "5, 10%", "6, 10%", "7, 10%", "8, 10%", "56, 10%"})
    void no_byte_is_lost_or_doubled_whatever_the_wires_do(long seed, String rate) {
        HandoffNetwork network = network(
                new Setup(
                        seed,
                        "loss=" + rate + ",duplicate=" + rate + ",reorder=" + rate + ",corrupt=1%",
                        Long.MAX_VALUE - 7_000_000_000L,
                        TcpSettings.defaults(),
                        TcpSettings.defaults(),
                        TcpSettings.defaults(),
                        KernelHandshakes.ALWAYS),
                "");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        network.settle();

        TestClient client = new TestClient(network, 80);
        client.post("/x", TestSite.pattern(60_000));
        assertThat(network.until(() -> client.responses.size() == 1, 600))
                .as("%s %s %s", client.end, client.connection, network.refused)
                .isTrue();
        client.get("/200000");
        assertThat(network.until(() -> client.responses.size() == 2 || client.end.isPresent(), 600))
                .isTrue();

        assertThat(client.end).isEmpty();
        assertThat(client.responses.get(1).body()).isEqualTo(TestSite.pattern(200_000));
        assertThat(answered(network)).isPositive();
        assertThat(accepted(network)).isEqualTo(1);
    }

    @Test
    void a_lost_last_acknowledgement_is_made_good_by_the_request() {
        HandoffNetwork network = network(Setup.PLAIN, "");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        network.clientTap.leaves = packet -> packet.segment().flags() != TcpView.ACK;
        TestClient client = new TestClient(network, 80);
        assertThat(network.until(() -> client.connection.state() == TcpState.ESTABLISHED, 5))
                .isTrue();
        network.settle();
        assertThat(accepted(network)).isZero();

        network.clientTap.leaves = packet -> true;
        client.get("/3000");

        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();
        assertThat(accepted(network)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_segment_that_has_overtaken_the_end_of_the_handshake_does_no_harm(boolean afterAnother) {
        HandoffNetwork network = network(Setup.PLAIN.forgetfulClient(), "");
        TestSite site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        SynOffer offer = new SynOffer(1460, 7, true, true);
        if (afterAnother) {
            TestClient before = new TestClient(network, 40_000, 80, offer);
            before.get("/30");
            assertThat(network.until(() -> before.responses.size() == 1, 60)).isTrue();
            before.finish();
            assertThat(network.until(() -> before.end.isPresent(), 60)).isTrue();
            network.pass(50);
        }
        boolean[] first = {true};
        network.clientTap.leaves = packet -> {
            boolean data = packet.segment().payload().length > 0;
            boolean lost = data && first[0] || packet.segment().flags() == TcpView.ACK && !data;
            first[0] &= !data;
            return !lost;
        };
        TestClient client = new TestClient(network, 40_000, 80, offer);
        client.post("/x", TestSite.pattern(10_000));
        network.settle();
        assertThat(site.accepted).isEqualTo(afterAnother ? 1 : 0);
        network.clientTap.leaves = packet -> true;

        assertThat(network.until(() -> client.responses.size() == 1, 60))
                .as("%s %s", client.end, client.connection)
                .isTrue();
        assertThat(client.responses.getFirst().status()).isEqualTo(200);
        assertThat(site.accepted).isEqualTo(afterAnother ? 2 : 1);
    }

    @Test
    void an_edge_that_is_not_heard_of_any_more_is_not_answered_for() {
        HandoffNetwork network = network(Setup.PLAIN, "");
        network.settle();
        KernelProgram program = network.kernel.orElseThrow().program;
        byte[] syn = syn(network, HandoffNetwork.CLIENT, 1024, 1).toBytes();
        assertThat(program.shown(syn)).isFalse();
        assertThat(program.forward(syn.clone())).isPresent();

        program.table().answers().alive(0, 0, 0);

        assertThat(program.shown(syn)).isTrue();
        assertThat(program.forward(syn.clone())).isEmpty();
    }
}
