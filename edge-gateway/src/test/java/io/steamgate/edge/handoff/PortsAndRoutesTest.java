package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Flows while ports run out, endpoints are silent and routes change. */
class PortsAndRoutesTest {
    private static final String ROUTES = """
            listeners:
              - {name: web, port: 80, protocol: http, default: pool}
            services:
              pool:
                address-mode: nat
                balance: round-robin
                connect-timeout: 3s
                health: off
                tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                endpoints: ENDPOINTS
            """;
    private static final String A = "\"198.51.100.11:80\"";
    private static final String B = "\"203.0.113.12:80\"";

    private static String routes(String... endpoints) {
        return ROUTES.replace("ENDPOINTS", "[" + String.join(", ", endpoints) + "]");
    }

    private final HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, routes(A));
    private final TestSite a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
    private final TestSite b = new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", false);

    private TestClient answered(String server) {
        TestClient client = new TestClient(network, 80);
        answers(client, server);
        return client;
    }

    private void answers(TestClient client, String server) {
        int before = client.responses.size();
        client.get("/700");
        assertThat(network.until(() -> client.responses.size() > before || client.end.isPresent(), 30))
                .isTrue();
        assertThat(client.responses).as("%s", client.end).hasSizeGreaterThan(before);
        assertThat(client.responses.getLast().status()).isEqualTo(200);
        assertThat(client.responses.getLast().server()).isEqualTo(server);
    }

    private EndpointState endpoint(int index) {
        return network.gateway
                .routes()
                .service("pool")
                .orElseThrow()
                .endpoints()
                .get(index);
    }

    /** Takes every free port towards an endpoint but some. */
    private PortPool exhaust(EndpointState endpoint, int left) {
        Leg leg = Objects.requireNonNull(network.gateway
                .serviceSide()
                .connect(endpoint, 80, 0, 0, new SynOffer(1460, 7, true, true), Duration.ofSeconds(1), TcpEvents.NONE));
        leg.connection().abort();
        network.gateway.serviceSide().release(leg);
        PortPool pool = Objects.requireNonNull(leg.pool());
        while (pool.available() > left) {
            pool.take();
        }
        return pool;
    }

    @Test
    void without_a_free_port_the_flow_that_lingers_longest_gives_up_its_own() {
        PortPool pool = exhaust(endpoint(0), 2);
        TestClient first = answered("a");
        TestClient second = answered("a");
        assertThat(pool.available()).isZero();
        // The endpoint closes first, so that it is the one in TIME-WAIT.
        a.connections.forEach(connection -> connection.shutdownOutput());
        network.settle();
        first.finish();
        network.settle();
        second.finish();
        assertThat(network.until(() -> first.end.isPresent() && second.end.isPresent(), 10))
                .isTrue();
        assertThat(network.siteA.tcp.counters().timeWaits.get()).isEqualTo(2);
        int firstPort = network.ended.getFirst().local().lastIndexOf(':');
        String local = network.ended.getFirst().local().substring(firstPort);
        network.pass(500);

        TestClient third = answered("a");
        assertThat(network.siteA.tcp.counters().timeWaitsReused.get())
                .as("the endpoint's TIME-WAIT took the new connection (RFC 6191)")
                .isEqualTo(1);
        assertThat(network.gateway.flows(9, flow -> flow.state().equals("open")))
                .hasSize(1)
                .allMatch(flow -> flow.local().endsWith(local));
        assertThat(network.gateway.path().lingering()).isEqualTo(1);
        answers(third, "a");
        assertThat(network.gateway.counters().portsExhausted().get()).isZero();
    }

    @Test
    void a_port_that_is_still_closing_in_the_stack_does_not_stand_in_the_way_of_one_that_lingers() {
        TestClient first = answered("a");
        a.connections.forEach(connection -> connection.shutdownOutput());
        network.settle();
        first.finish();
        assertThat(network.until(() -> first.end.isPresent(), 10)).isTrue();
        Leg closing = Objects.requireNonNull(network.gateway
                .serviceSide()
                .connect(
                        endpoint(0),
                        80,
                        0,
                        0,
                        new SynOffer(1460, 7, true, true),
                        Duration.ofSeconds(1),
                        TcpEvents.NONE));
        network.settle();
        closing.connection().close();
        network.settle();
        network.gateway.serviceSide().release(closing);
        PortPool pool = Objects.requireNonNull(closing.pool());
        while (pool.available() > 1) {
            pool.take();
        }
        assertThat(network.edge.tcp.counters().timeWaits.get()).isEqualTo(1);

        answered("a");
        assertThat(network.gateway.counters().portsExhausted().get()).isZero();
    }

    @Test
    void without_any_port_the_next_endpoint_is_tried_and_without_one_the_client_is_told() {
        network.apply(routes(A, B));
        exhaust(endpoint(0), 0);
        for (int i = 0; i < 3; i++) {
            answered("b");
        }
        assertThat(network.gateway.counters().portsExhausted().get()).isPositive();
        exhaust(endpoint(1), 0);
        TestClient client = new TestClient(network, 80);
        client.get("/7");
        assertThat(network.until(() -> !client.responses.isEmpty(), 10)).isTrue();
        assertThat(client.responses.getFirst().status()).isEqualTo(503);
    }

    @Test
    void a_silent_endpoint_is_followed_by_the_next_within_the_connect_timeout() {
        network.apply(routes(A, B));
        int[] syns = {0};
        network.siteTapA.arrives = packet -> {
            syns[0]++;
            return false;
        };
        for (int i = 0; i < 4; i++) {
            long before = network.clock.nanos();
            TestClient client = answered("b");
            assertThat(network.clock.nanos() - before).isLessThanOrEqualTo(3_100_000_000L);
            assertThat(client.responses).hasSize(1);
        }
        assertThat(syns[0])
                .as("three tries each")
                .isPositive()
                .satisfies(n -> assertThat(n % 3).isZero());
        assertThat(network.gateway.counters().endpointFailures().of("timed_out").get())
                .isEqualTo(syns[0] / 3);
        assertThat(endpoint(0).activeFlows().get()).isZero();
    }

    @Test
    void flows_go_on_when_the_routes_change_and_new_ones_go_where_the_new_routes_say() {
        TestClient old = answered("a");
        EndpointState removed = endpoint(0);
        network.apply(routes(B));
        answers(old, "a");
        answered("b");
        assertThat(removed.draining()).isTrue();
        assertThat(network.gateway.routes().leaving()).containsExactly(removed);
        old.finish();
        assertThat(network.until(() -> old.end.isPresent(), 10)).isTrue();
        assertThat(old.end).contains(TcpEnd.FINISHED);
        assertThat(removed.activeFlows().get()).isZero();
        assertThat(network.gateway.routes().leaving()).isEmpty();
    }

    @Test
    void a_drained_endpoint_keeps_its_flows_and_gets_no_new_ones() {
        TestClient old = answered("a");
        network.apply(routes("{address: 198.51.100.11, port: 80, drain: true}", B));
        for (int i = 0; i < 3; i++) {
            answered("b");
        }
        answers(old, "a");
    }

    @Test
    void changed_ports_open_and_close_while_flows_live() {
        TestClient old = answered("a");
        TestClient undecided = new TestClient(network, 80);
        undecided.send("GET /9 HTTP/1.1\r\nHo");
        network.settle();
        network.apply(routes(A).replace("port: 80, protocol", "ports: [8080, 8443], protocol"));
        answers(old, "a");
        undecided.send("st: a.test\r\n\r\n");
        assertThat(network.until(() -> undecided.responses.size() == 1, 10))
                .as("a connection that was being followed")
                .isTrue();

        TestClient closed = new TestClient(network, 80);
        assertThat(network.until(() -> closed.end.isPresent(), 10)).isTrue();
        assertThat(closed.end).contains(TcpEnd.REFUSED);
        TestClient opened = new TestClient(network, 8443);
        opened.get("/5");
        // The endpoint has no service on that port: it follows the client's where none is said.
        assertThat(network.until(() -> opened.responses.size() == 1, 10)).isTrue();
        assertThat(List.of(200, 503)).contains(opened.responses.getFirst().status());
        answers(old, "a");
    }

    @Test
    void a_handshake_under_way_when_its_port_is_closed_is_refused_and_leaves_nothing() {
        network.clientTap.leaves = packet -> packet.segment().flags() == 2;
        TestClient client = new TestClient(network, 80);
        network.settle();
        assertThat(network.edge.tcp.counters().embryonic.get()).isEqualTo(1);
        network.apply(routes(A).replace("port: 80, protocol", "port: 8080, protocol"));
        network.clientTap.leaves = packet -> true;
        client.get("/5");
        assertThat(network.until(() -> client.end.isPresent(), 60)).isTrue();
        assertThat(client.end).contains(TcpEnd.RESET);
        assertThat(network.edge.tcp.counters().embryonic.get()).isZero();
        assertThat(network.gateway.following()).isZero();
    }
}
