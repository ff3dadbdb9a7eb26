package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.tcp.TcpEnd;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The edge is killed and started again; what it had given the kernel goes on. */
class AdoptionTest {
    private static final String ROUTES = HandoffNetwork.twoSites("nat");

    private HandoffNetwork network;
    private TestSite a;

    @BeforeEach
    void start() {
        assumeTrue(HandoffNetwork.KERNEL, "without the kernel nothing outlives the edge");
        network = new HandoffNetwork(Setup.PLAIN, ROUTES);
        a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", false);
    }

    private TestClient ask(String host, String path) {
        TestClient client = new TestClient(network, 80);
        client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return client;
    }

    private Gateway.Adopted restart() {
        network.restartEdge();
        network.apply(ROUTES);
        return network.gateway.adopt().orElseThrow();
    }

    /** Lets a response begin, until so many octets of it have come. */
    private void until(TestClient client, int octets) {
        // Not at rest in between: a whole response passes in no time.
        network.steps(() -> client.received.size() > octets);
        assertThat(client.responses).isEmpty();
    }

    @Test
    void a_response_goes_on_and_later_ones_on_the_same_connection() {
        TestClient client = ask("one.test", "/500000");
        until(client, 20_000);

        assertThat(restart()).isEqualTo(new Gateway.Adopted(1, 0, 0));

        assertThat(network.until(() -> client.responses.size() == 1, 5)).isTrue();
        assertThat(client.responses.getFirst().body()).isEqualTo(TestSite.pattern(500_000));
        client.send("GET /7 HTTP/1.1\r\nHost: one.test\r\n\r\n");
        assertThat(network.until(() -> client.responses.size() == 2, 5)).isTrue();
        FlowView flow = network.gateway.flows(9, f -> true).getFirst();
        assertThat(flow.listener()).isEqualTo("web");
        assertThat(flow.service()).isEqualTo("a");
        assertThat(flow.host()).contains("one.test");
        assertThat(flow.bytesToClient()).isGreaterThan(500_000);
        client.finish();
        assertThat(network.until(() -> network.gateway.path().open() == 0, 20)).isTrue();
        assertThat(client.end).contains(TcpEnd.FINISHED);
    }

    @Test
    void what_had_passed_before_is_the_flow_s_and_is_not_counted_again() {
        TestClient client = ask("one.test", "/300000");
        assertThat(network.until(() -> client.responses.size() == 1, 5)).isTrue();
        assertThat(network.bytesToClients("a")).isGreaterThan(300_000);

        restart();

        assertThat(network.bytesToClients("a")).isZero();
        assertThat(network.gateway.flows(1, flow -> true).getFirst().bytesToClient())
                .isGreaterThan(290_000);
        client.send("GET /7000 HTTP/1.1\r\nHost: one.test\r\n\r\n");
        assertThat(network.until(() -> client.responses.size() == 2, 5)).isTrue();
        assertThat(network.bytesToClients("a")).isBetween(7000L, 9000L);
    }

    @Test
    void ports_of_flows_that_went_on_are_not_given_out_again() {
        TestClient client = ask("one.test", "/10");
        assertThat(network.until(() -> client.responses.size() == 1, 5)).isTrue();
        restart();

        assertThat(network.gateway.portsInUse()).isEqualTo(1);

        client.finish();
        assertThat(network.until(() -> network.gateway.portsInUse() == 0, 100))
                .as("and come back with their end")
                .isTrue();
    }

    @Test
    void until_flows_are_adopted_nothing_of_unknown_connections_is_answered() {
        TestClient client = ask("a.test", "/10");
        assertThat(network.until(() -> client.responses.size() == 1, 5)).isTrue();

        network.restartEdge();
        client.get("/20");
        network.settle();
        assertThat(client.end).as("no reset").isEmpty();
        assertThat(network.gateway.path().counters().held().get()).isPositive();

        network.apply(ROUTES);
        network.gateway.adopt();
        assertThat(network.until(() -> client.end.isPresent(), 5)).isTrue();
        assertThat(client.end).as("it was followed").contains(TcpEnd.RESET);
        TestClient other = ask("a.test", "/10");
        assertThat(network.until(() -> other.responses.size() == 1, 5)).isTrue();
    }

    @Test
    void a_followed_connection_at_rest_is_broken_off_at_both_ends() {
        TestClient client = ask("a.test", "/10");
        assertThat(network.until(() -> client.responses.size() == 1, 5)).isTrue();
        // So that the client has acknowledged it.
        network.pass(500);

        assertThat(restart()).isEqualTo(new Gateway.Adopted(0, 0, 1));

        network.settle();
        assertThat(client.end).contains(TcpEnd.RESET);
        assertThat(a.resets).isEqualTo(1);
        assertThat(network.kernelPath.orElseThrow().splices()).isZero();
    }

    @Test
    void a_response_on_a_followed_connection_goes_on_to_its_end_and_then_both_are_told() {
        TestClient client = ask("a.test", "/500000");
        until(client, 20_000);

        assertThat(restart()).isEqualTo(new Gateway.Adopted(0, 1, 0));

        assertThat(network.until(() -> client.responses.size() == 1, 2)).isTrue();
        assertThat(client.responses.getFirst().body()).isEqualTo(TestSite.pattern(500_000));
        assertThat(client.end).isEmpty();
        assertThat(network.until(() -> client.end.isPresent(), 15)).isTrue();
        assertThat(client.end).contains(TcpEnd.RESET);
        assertThat(a.resets).isEqualTo(1);
        assertThat(network.ends).containsExactly(FlowEnd.STOPPED);
        assertThat(network.gateway.path().open()).isZero();
    }

    @Test
    void a_request_that_follows_a_body_of_before_reaches_nobody() {
        TestClient client = ask("a.test", "/500000");
        until(client, 20_000);
        restart();
        assertThat(network.until(() -> client.responses.size() == 1, 2)).isTrue();
        List<String> before = List.copyOf(a.requests);

        client.get("/b/10");

        network.settle();
        assertThat(client.end).contains(TcpEnd.RESET);
        assertThat(a.requests).isEqualTo(before);
        assertThat(a.resets).isEqualTo(1);
    }

    @Test
    void a_client_that_closes_when_it_has_its_response_is_closed_and_not_reset() {
        TestClient client = ask("a.test", "/500000");
        until(client, 20_000);
        restart();
        assertThat(network.until(() -> client.responses.size() == 1, 2)).isTrue();

        client.finish();

        assertThat(network.until(() -> client.end.isPresent(), 5)).isTrue();
        assertThat(client.end).contains(TcpEnd.FINISHED);
        assertThat(a.resets).isZero();
        assertThat(network.ends).containsExactly(FlowEnd.CLOSED);
    }

    @Test
    void a_body_that_a_client_sends_on_a_followed_connection_arrives() {
        byte[] body = TestSite.pattern(400_000);
        TestClient client = new TestClient(network, 80);
        client.post("/x", body);
        network.steps(() -> network.gateway.path().open() == 1 && network.bytesToEndpoints("a") > 20_000);
        assertThat(a.requests).isEmpty();

        assertThat(restart()).isEqualTo(new Gateway.Adopted(0, 1, 0));

        assertThat(network.until(() -> a.requests.size() == 1, 5)).isTrue();
        network.settle();
        // The head of its response is behind the mark.
        assertThat(client.end).contains(TcpEnd.RESET);
    }

    @Test
    void a_flow_whose_service_the_routes_have_no_more_is_broken_off() {
        TestClient client = ask("one.test", "/10");
        assertThat(network.until(() -> client.responses.size() == 1, 5)).isTrue();

        network.restartEdge();
        network.apply(ROUTES.replace("198.51.100.11", "198.51.100.19"));
        assertThat(network.gateway.adopt()).contains(new Gateway.Adopted(0, 0, 1));

        client.send("GET /20 HTTP/1.1\r\nHost: one.test\r\n\r\n");
        network.settle();
        assertThat(client.end).contains(TcpEnd.RESET);
        assertThat(a.requests).hasSize(1);
    }

    @Test
    void a_flow_that_both_ends_have_closed_meanwhile_is_no_more() {
        TestClient client = ask("one.test", "/10");
        assertThat(network.until(() -> client.responses.size() == 1, 5)).isTrue();
        network.killEdge();
        client.finish();
        assertThat(network.until(() -> client.end.isPresent(), 5)).isTrue();

        assertThat(restart()).isEqualTo(new Gateway.Adopted(0, 0, 0));

        assertThat(client.end).contains(TcpEnd.FINISHED);
        network.settle();
        assertThat(network.kernelPath.orElseThrow().splices()).isZero();
    }
}
