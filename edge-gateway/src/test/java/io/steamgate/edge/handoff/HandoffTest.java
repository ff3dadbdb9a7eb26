package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpEnd;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of handed-off connections, from the client's SYN to the last ACK, with both ends simulated. */
class HandoffTest {
    private static final String ROUTES = """
            listeners:
              - name: web
                port: 80
                protocol: http
                rules:
                  - {host: a.test, path: /b/, service: b}
                  - {host: a.test, service: a}
                  - {host: b.test, service: b}
              - {name: raw, port: 7, protocol: tcp, default: a}
            services:
              a: {address-mode: MODE, health: {interval: 1s}, endpoints: ["198.51.100.11:80"]}
              b: {address-mode: MODE, health: {interval: 1s}, endpoints: ["203.0.113.12:80"]}
            """;

    private static HandoffNetwork network(long seed, String faults, String mode) {
        return new HandoffNetwork(seed, faults, ROUTES.replace("MODE", mode));
    }

    private static void awaitHealthy(HandoffNetwork network) {
        assertThat(network.until(
                        () -> network.gateway.routes().services().stream()
                                .allMatch(service -> service.endpoints().stream()
                                        .allMatch(e -> e.learnt().isPresent())),
                        60))
                .as("both sites are checked")
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy", "transparent", "nat"})
    void a_request_reaches_the_host_it_names_and_the_flow_is_spliced(String mode) {
        HandoffNetwork network = network(1, "", mode);
        TestSite a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", mode.equals("proxy"));
        TestSite b = new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", mode.equals("proxy"));
        awaitHealthy(network);
        a.clients.clear();
        b.clients.clear();

        TestClient client = new TestClient(network, 80);
        client.send("GET /300000 HTTP/1.1\r\nHost: b.test\r\n\r\n");

        assertThat(network.until(() -> client.responses.size() == 1, 10)).isTrue();
        assertThat(client.responses.getFirst().server()).isEqualTo("b");
        assertThat(client.responses.getFirst().body()).isEqualTo(TestSite.pattern(300_000));
        assertThat(network.gateway.path().open()).isEqualTo(1);
        assertThat(network.bytesToClients("b"))
                .as("of the service, its head and those of IP and TCP included")
                .isBetween(300_000L, 330_000L);
        assertThat(network.bytesToClients("a")).isZero();
        assertThat(network.edge.tcp.counters().connections.get())
                .as("nothing is terminated any more")
                .isLessThanOrEqualTo(0);
        assertThat(a.requests).isEmpty();
        String port = String.valueOf(client.connection.localPort());
        if (mode.equals("nat")) {
            assertThat(b.clients).allMatch(peer -> peer.startsWith("203.0.113.1:"));
        } else {
            assertThat(b.clients).contains("192.0.2.2:" + port);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0%, proxy",
        "2, 1%, proxy",
        "3, 5%, proxy",
        "4, 10%, proxy",
        "5, 10%, proxy",
        "6, 10%, proxy",
        "7, 10%, proxy",
        "8, 10%, proxy",
        "51, 1%, transparent",
        "52, 5%, transparent",
        "53, 10%, transparent",
        "54, 10%, transparent",
        "55, 10%, transparent",
        "56, 10%, nat"
    })
    void no_byte_is_lost_or_doubled_whatever_the_wires_do(long seed, String rate, String mode) {
        HandoffNetwork network =
                network(seed, "loss=" + rate + ",duplicate=" + rate + ",reorder=" + rate + ",corrupt=1%", mode);
        TestSite a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", mode.equals("proxy"));
        awaitHealthyOnly(network, "a");
        byte[] body = TestSite.pattern(60_000);

        TestClient client = new TestClient(network, 80);
        client.post("/x", body);
        assertThat(network.until(() -> client.responses.size() == 1, 600))
                .as("%s %s %s", client.end, client.connection, network.refused)
                .isTrue();
        client.get("/200000");
        assertThat(network.until(() -> client.responses.size() == 2 || client.end.isPresent(), 600))
                .as("%s", client.connection)
                .isTrue();
        assertThat(client.end)
                .as(
                        "received %d, refused %s, client resets %d, site resets %d",
                        client.received.size(),
                        network.refused,
                        network.client.tcp.counters().resetsReceived.get(),
                        network.siteA.tcp.counters().resetsSent.get())
                .isEmpty();
        client.finish();
        assertThat(network.until(() -> client.end.isPresent(), 600))
                .as("%s %s", client.connection, network.gateway.flows(9, f -> true))
                .isTrue();

        assertThat(new String(client.responses.get(0).body(), StandardCharsets.US_ASCII))
                .isEqualTo(TestSite.crc(body));
        assertThat(client.responses.get(1).body()).isEqualTo(TestSite.pattern(200_000));
        assertThat(client.end).contains(TcpEnd.FINISHED);
        assertThat(a.resets).isZero();
        assertThat(network.gateway.counters().spliced().total()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "11, 0%, proxy",
        "12, 1%, proxy",
        "13, 3%, proxy",
        "14, 5%, proxy",
        "15, 5%, proxy",
        "16, 5%, proxy",
        "17, 5%, proxy",
        "18, 5%, proxy",
        "61, 0%, transparent",
        "62, 3%, transparent",
        "63, 5%, transparent",
        "64, 5%, transparent"
    })
    void requests_of_one_kept_connection_reach_the_host_each_belongs_to(long seed, String rate, String mode) {
        HandoffNetwork network = network(seed, "loss=" + rate + ",duplicate=" + rate + ",reorder=" + rate, mode);
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", mode.equals("proxy"));
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", mode.equals("proxy"));
        awaitHealthy(network);
        byte[] body = TestSite.pattern(30_000);

        TestClient client = new TestClient(network, 80);
        String expected = "";
        for (int i = 0; i < 12; i++) {
            int count = i + 1;
            switch (i % 6) {
                case 0, 1 -> client.get("/5000");
                case 2 -> client.post("/b/up", body);
                case 3 -> client.get("/b/20000");
                case 4 -> client.post("/up", body);
                default -> {
                    client.send("GET /b/17 HT");
                    network.pass(50);
                    client.send("TP/1.1\r\nHost: a.test\r\n\r\n");
                }
            }
            expected += i % 6 == 2 || i % 6 == 3 || i % 6 == 5 ? "b" : "a";
            assertThat(network.until(() -> client.responses.size() == count, 900))
                    .as("request %d of seed %d", i, seed)
                    .isTrue();
        }
        assertThat(String.join(
                        "",
                        client.responses.stream()
                                .map(TestClient.Response::server)
                                .toList()))
                .isEqualTo(expected);
        assertThat(new String(client.responses.get(2).body(), StandardCharsets.US_ASCII))
                .isEqualTo(TestSite.crc(body));
        assertThat(client.responses.get(3).body()).isEqualTo(TestSite.pattern(20_000));
    }

    /** What an end has seen of the other's clock while the connection was spliced must not go back when the edge speaks again. */
    @ParameterizedTest
    @ValueSource(strings = {"proxy", "transparent", "nat"})
    void a_kept_connection_that_rests_and_moves_again_loses_no_time(String mode) {
        HandoffNetwork network = network(19, "", mode);
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", mode.equals("proxy"));
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", mode.equals("proxy"));
        awaitHealthy(network);
        TestClient client = new TestClient(network, 80);
        String[] paths = {"/5", "/b/5", "/b/300", "/5", "/b/9000", "/5000"};
        for (int i = 0; i < 60; i++) {
            if (i % 5 == 0) {
                network.pass(3_000);
            }
            int count = i + 1;
            long before = network.clock.nanos();
            client.get(paths[i % paths.length]);
            assertThat(network.until(() -> client.responses.size() == count, 60))
                    .as("request %d", i)
                    .isTrue();
            assertThat(network.clock.nanos() - before)
                    .as("nanoseconds for request %d", i)
                    .isLessThan(100_000_000);
        }
        assertThat(network.client.tcp.counters().pawsRejected.get()).isZero();
        assertThat(network.siteA.tcp.counters().pawsRejected.get()).isZero();
        assertThat(network.siteB.tcp.counters().pawsRejected.get()).isZero();
    }

    /** Damaged answers to ARP once led astray for half a minute; damage that another damage made good, for ever. */
    @ParameterizedTest
    @ValueSource(longs = {2, 4, 6, 13, 19, 20, 23, 29, 37})
    void a_kept_connection_does_not_stall_on_wires_that_damage_a_tenth_of_all_frames(long seed) {
        HandoffNetwork network = network(seed, "corrupt=10%", "nat");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", false);
        awaitHealthy(network);
        TestClient client = new TestClient(network, 80);
        for (int i = 0; i < 20; i++) {
            int count = i + 1;
            // So long that each neighbour is asked again now and then.
            network.pass(7_000);
            client.get(i % 2 == 0 ? "/5000" : "/b/5000");
            assertThat(network.until(() -> client.responses.size() == count, 25))
                    .as("request %d: %s", i, client.end)
                    .isTrue();
        }
        assertThat(network.gateway.counters().followed().of("moved").get()).isEqualTo(19);
    }

    @ParameterizedTest
    @CsvSource({"21, 0%", "22, 2%", "23, 5%"})
    void pipelined_requests_for_elsewhere_wait_for_the_answers_before_them(long seed, String rate) {
        HandoffNetwork network = network(seed, "loss=" + rate + ",reorder=" + rate, "proxy");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", true);
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", true);
        awaitHealthy(network);

        TestClient client = new TestClient(network, 80);
        client.get("/10");
        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();
        for (String path : new String[] {"/100000", "/b/7", "/b/50000", "/3", "/b/9", "/60000"}) {
            client.get(path);
        }
        assertThat(network.until(() -> client.responses.size() == 7, 900)).isTrue();
        assertThat(client.responses.stream().map(TestClient.Response::server))
                .containsExactly("a", "a", "b", "b", "a", "b", "a");
        assertThat(client.responses.stream().map(r -> r.body().length))
                .containsExactly(10, 100_000, 7, 50_000, 3, 9, 60_000);
    }

    @Test
    void an_endpoint_that_refuses_is_followed_by_the_next_and_nothing_is_lost() {
        HandoffNetwork network = new HandoffNetwork(31, "", """
                listeners:
                  - {name: web, port: 80, protocol: http, default: pool}
                services:
                  pool:
                    balance: round-robin
                    health: off
                    endpoints: ["198.51.100.11:80", "203.0.113.12:80"]
                """);
        TestSite b = new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", true);
        for (int i = 0; i < 4; i++) {
            TestClient client = new TestClient(network, 80);
            client.post("/", TestSite.pattern(3_000));
            assertThat(network.until(() -> client.responses.size() == 1, 30)).isTrue();
            assertThat(client.responses.getFirst().server()).isEqualTo("b");
        }
        assertThat(b.requests).hasSize(4);
        assertThat(network.gateway.counters().endpointFailures().of("refused").get())
                .isPositive();
    }

    @Test
    void when_no_endpoint_is_left_an_http_client_gets_503() {
        HandoffNetwork network = network(32, "", "proxy");
        TestClient client = new TestClient(network, 80);
        client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
        assertThat(network.until(() -> client.end.isPresent() || !client.responses.isEmpty(), 30))
                .isTrue();
        assertThat(client.responses.getFirst().status()).isEqualTo(503);
        assertThat(network.refused).containsExactly("unavailable");
    }

    @Test
    void a_host_that_no_rule_knows_gets_421() {
        HandoffNetwork network = network(33, "", "proxy");
        TestClient client = new TestClient(network, 80);
        client.send("GET / HTTP/1.1\r\nHost: c.test\r\n\r\n");
        assertThat(network.until(() -> !client.responses.isEmpty(), 30)).isTrue();
        assertThat(client.responses.getFirst().status()).isEqualTo(421);
    }

    @Test
    void a_head_that_does_not_end_in_time_gets_408_and_frees_its_budget() {
        HandoffNetwork network = network(34, "", "proxy");
        TestClient client = new TestClient(network, 80);
        client.send("GET / HTTP/1.1\r\nHost: a.te");
        assertThat(network.until(() -> !client.responses.isEmpty(), 30)).isTrue();
        assertThat(client.responses.getFirst().status()).isEqualTo(408);
        client.finish();
        assertThat(network.until(() -> network.gateway.following() == 0, 30)).isTrue();
        assertThat(network.gateway.followReserved()).isZero();
    }

    @Test
    void an_endpoint_that_agrees_to_less_is_served_as_two_connections() {
        HandoffNetwork network = network(35, "", "proxy");
        TestSite a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", true);
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", true);
        awaitHealthy(network);
        // From now on the site agrees to nothing, though it was checked with everything.
        a.listener.close();
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a2", true, SynOffer.PLAIN);

        TestClient client = new TestClient(network, 80);
        client.get("/400000");
        assertThat(network.until(() -> client.responses.size() == 1, 60)).isTrue();
        assertThat(client.responses.getFirst().server()).isEqualTo("a2");
        assertThat(client.responses.getFirst().body()).isEqualTo(TestSite.pattern(400_000));
        assertThat(network.gateway.counters().relayed().total()).isEqualTo(1);
        client.finish();
        assertThat(network.until(() -> client.end.isPresent() && network.gateway.following() == 0, 60))
                .isTrue();
        assertThat(a.requests).isEmpty();
    }

    private static void awaitHealthyOnly(HandoffNetwork network, String service) {
        assertThat(network.until(
                        () -> network.gateway.routes().service(service).orElseThrow().endpoints().stream()
                                .allMatch(e -> e.learnt().isPresent()),
                        60))
                .isTrue();
    }

    @Test
    void a_client_that_resets_takes_the_endpoints_connection_with_it() {
        HandoffNetwork network = network(36, "", "proxy");
        TestSite a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", true);
        awaitHealthyOnly(network, "a");
        TestClient client = new TestClient(network, 80);
        client.get("/b");
        client.get("/5");
        network.pass(1);
        client.connection.abort();
        network.pass(200);
        assertThat(a.resets + a.accepted).isPositive();
        assertThat(network.gateway.following()).isZero();
        assertThat(network.gateway.followReserved()).isZero();
    }

    @Test
    void both_ends_half_close_in_turn_and_the_entries_linger_and_go() {
        HandoffNetwork network = network(37, "", "proxy");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", true);
        awaitHealthyOnly(network, "a");
        TestClient client = new TestClient(network, 80);
        client.send("GET /100000 HTTP/1.1\r\nHost: a.test\r\n\r\n");
        client.finish();
        assertThat(network.until(() -> client.end.isPresent(), 60)).isTrue();
        assertThat(client.end).contains(TcpEnd.FINISHED);
        assertThat(client.responses.getFirst().body()).hasSize(100_000);
        assertThat(network.gateway.path().open()).isZero();
        assertThat(network.gateway.path().lingering()).isEqualTo(1);
        network.pass(75_000);
        assertThat(network.gateway.path().lingering()).isZero();
        SimulatedHost edge = network.edge;
        assertThat(edge.stack.pool().outstanding()).isZero();
    }

    @Test
    void a_thousand_connections_one_after_another_leave_nothing_behind() {
        HandoffNetwork network = network(38, "", "nat");
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        awaitHealthyOnly(network, "a");
        for (int i = 0; i < 1000; i++) {
            TestClient client = new TestClient(network, 80);
            client.send("GET /10 HTTP/1.1\r\nHost: a.test\r\n\r\n");
            network.settle();
            client.finish();
            assertThat(network.until(() -> client.end.isPresent(), 5))
                    .as("connection %d", i)
                    .isTrue();
        }
        assertThat(network.gateway.path().open()).isZero();
        network.pass(75_000);
        assertThat(network.gateway.path().lingering()).isZero();
        assertThat(network.gateway.following())
                .as(
                        "%d of %d spliced, refused %s, failed %d, left %d",
                        network.gateway.counters().spliced().total(),
                        network.gateway.counters().accepted().total(),
                        network.refused,
                        network.gateway.counters().endpointFailures().total(),
                        network.gateway.counters().clientLeft().get())
                .isZero();
        assertThat(network.gateway.portsInUse()).isLessThan(10);
    }
}
