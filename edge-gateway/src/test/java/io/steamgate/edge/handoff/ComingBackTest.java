package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.wire.TcpView;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client comes back to an endpoint that closes the connection which waited for it, just then. */
class ComingBackTest {
    private HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, HandoffNetwork.twoSites("nat"));
    private TestSite a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);

    /** A client that has been at a, and is at b now; a closes, and the edge does not hear of it. */
    private TestClient away(String mode) {
        boolean proxied = mode.equals("proxy");
        network = new HandoffNetwork(Setup.PLAIN, HandoffNetwork.twoSites(mode));
        a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", proxied);
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", proxied);
        TestClient client = new TestClient(network, 80);
        client.get("/5");
        client.get("/b/5");
        assertThat(network.until(() -> client.responses.size() == 2, 10)).isTrue();
        network.pass(100);
        network.siteTapA.leaves = packet -> (packet.segment().flags() & TcpView.FIN) == 0;
        waiting().close();
        network.settle();
        return client;
    }

    private TcpConnection waiting() {
        assertThat(a.connections).hasSize(1);
        return a.connections.getFirst();
    }

    private long repeated() {
        return network.gateway.counters().followed().of("repeated").get();
    }

    private void assertAnsweredByANewConnection(TestClient client) {
        assertThat(network.until(() -> client.responses.size() == 3 || client.end.isPresent(), 20))
                .isTrue();
        assertThat(client.end).isEmpty();
        assertThat(client.responses.getLast().server()).isEqualTo("a");
        assertThat(client.responses.getLast().body()).isEqualTo(TestSite.pattern(700));
        assertThat(a.accepted).isEqualTo(2);
        assertThat(repeated()).isEqualTo(1);
        client.get("/b/9");
        client.get("/8");
        assertThat(network.until(() -> client.responses.size() == 5, 20)).isTrue();
        assertThat(client.responses.get(3).server()).isEqualTo("b");
        assertThat(client.responses.get(4).server()).isEqualTo("a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nat", "proxy", "transparent"})
    void a_request_that_is_answered_by_a_reset_is_said_again_on_a_new_connection(String mode) {
        TestClient client = away(mode);
        client.get("/700");
        assertAnsweredByANewConnection(client);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nat", "proxy", "transparent"})
    void a_request_that_the_end_of_the_connection_overtakes_is_said_again_on_a_new_connection(String mode) {
        TestClient client = away(mode);
        network.siteTapA.arrives = packet -> packet.segment().payload().length == 0;
        client.get("/700");
        network.settle();
        network.siteTapA.leaves = packet -> true;
        assertThat(network.until(() -> repeated() == 1, 5)).isTrue();
        network.siteTapA.arrives = packet -> true;
        assertAnsweredByANewConnection(client);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nat", "proxy", "transparent"})
    void a_client_that_goes_to_and_fro_for_long_never_waits_for_a_timer(String mode) {
        boolean proxied = mode.equals("proxy");
        network = new HandoffNetwork(Setup.PLAIN, HandoffNetwork.twoSites(mode));
        a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", proxied);
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", proxied);
        TestClient client = new TestClient(network, 80);
        String rest = "?" + "x".repeat(400);
        long began = network.clock.nanos();
        for (int i = 1; i <= 200; i++) {
            client.get((i % 2 == 0 ? "/b/" : "/") + i + rest);
            network.settle();
            assertThat(client.responses)
                    .as("answers, without time having passed")
                    .hasSize(i);
        }
        assertThat(network.clock.nanos() - began).isZero();
        assertThat(client.responses.getLast().server()).isEqualTo("b");
        assertThat(a.accepted).as("its connection is kept").isEqualTo(1);
    }

    @Test
    void what_forwards_beside_us_is_never_told_to_pass_a_request_for_elsewhere() {
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", false);
        List<String> told = new ArrayList<>();
        network.gateway.path().offload(new Offload() {
            @Override
            public void followed(Flow flow) {
                if (flow.toEndpoint.watch == null) {
                    told.add("everything passes");
                }
            }

            @Override
            public void suspend(Flow flow) {
                told.add("nothing passes");
            }
        });
        TestClient client = new TestClient(network, 80);
        client.get("/5");
        assertThat(network.until(() -> client.responses.size() == 1, 10)).isTrue();
        client.get("/b/5");
        assertThat(network.until(() -> client.responses.size() == 2, 10)).isTrue();
        client.get("/6");
        assertThat(network.until(() -> client.responses.size() == 3, 10)).isTrue();

        // A moment in which everything passes is enough for the body behind a head to go where the head does not.
        assertThat(told).isNotEmpty().containsOnly("nothing passes");
    }

    @Test
    void what_is_known_of_requests_goes_with_the_last_of_both_ends() {
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", false);
        TestClient client = new TestClient(network, 80);
        client.get("/5");
        network.settle();
        assertThat(network.gateway.flows(1, FlowView::followed)).hasSize(1);

        client.finish();
        assertThat(network.until(() -> network.gateway.path().lingering() == 1, 5))
                .isTrue();

        assertThat(network.gateway.flows(1, FlowView::followed)).isEmpty();
    }

    @Test
    void of_many_reset_connections_only_so_many_are_remembered() {
        for (int i = 0; i < 4200; i++) {
            TestClient client = new TestClient(network, 80);
            client.get("/5");
            network.settle();
            client.connection.abort();
            // The endpoint is asked, and asks back: it does not know the connection any more.
            network.settle();
        }

        assertThat(network.gateway.path().open()).isZero();
        assertThat(network.gateway.path().lingering()).isEqualTo(4096);
    }

    @Test
    void a_request_that_must_not_be_said_twice_is_not() {
        TestClient client = away("nat");
        client.post("/up", TestSite.pattern(500));
        assertThat(network.until(() -> client.end.isPresent() || client.connection.endOfStream(), 20))
                .isTrue();
        assertThat(repeated()).isZero();
        assertThat(a.accepted).isEqualTo(1);
        assertThat(a.requests).containsExactly("/5");
    }

    @Test
    void a_request_that_the_endpoint_has_acknowledged_is_not_said_again() {
        TestClient client = new TestClient(network, 80);
        new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", false);
        client.get("/5");
        client.get("/b/5");
        assertThat(network.until(() -> client.responses.size() == 2, 10)).isTrue();
        network.pass(100);
        TcpConnection waiting = waiting();
        // Takes what comes and dies of it.
        waiting.events(new TcpEvents() {
            @Override
            public void readable() {
                waiting.consume(waiting.readable());
            }
        });
        client.get("/700");
        network.pass(100);
        waiting.abort();
        network.settle();
        assertThat(client.end).contains(TcpEnd.RESET);
        assertThat(repeated()).isZero();
        assertThat(a.accepted).isEqualTo(1);
    }

    @Test
    void when_nobody_is_left_the_client_is_told() {
        TestClient client = away("nat");
        a.listener.close();
        client.get("/700");
        assertThat(network.until(() -> client.responses.size() == 3, 20)).isTrue();
        assertThat(client.responses.getLast().status()).isEqualTo(503);
    }
}
