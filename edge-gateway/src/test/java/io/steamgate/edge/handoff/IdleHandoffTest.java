package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.tcp.ListenOptions;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the stack holds for a client is not held for ever, however quiet both ends are and whatever they answer. */
class IdleHandoffTest {
    private HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, HandoffNetwork.twoSites("nat"));

    private void answered(TestClient client, String path) {
        int before = client.responses.size();
        client.get(path);
        assertThat(network.until(() -> client.responses.size() > before, 10))
                .as("%s is answered: %s", path, client.end)
                .isTrue();
    }

    private void assertNothingIsLeft() {
        assertThat(network.gateway.following()).as("following").isZero();
        assertThat(network.gateway.followReserved()).as("follow budget").isZero();
        assertThat(network.gateway.portsInUse()).as("ports").isZero();
        assertThat(network.edge.tcp.counters().connections.get())
                .as("connections")
                .isZero();
        assertThat(network.gateway.routes().listeners())
                .allMatch(listener -> listener.activeFlows().get() == 0);
        assertThat(network.gateway.routes().services())
                .allMatch(service -> service.endpoints().stream()
                        .allMatch(endpoint -> endpoint.activeFlows().get() == 0));
    }

    private long idle() {
        return network.gateway.counters().idle().get();
    }

    @Test
    void a_relayed_connection_on_which_both_ends_fall_silent_is_reset_after_the_idle_time_out() {
        TestSite site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false, SynOffer.PLAIN);
        TestClient client = new TestClient(network, 80);
        answered(client, "/5");
        assertThat(network.gateway.counters().relayed().total()).isEqualTo(1);

        network.pass(299_000);
        assertThat(client.end).isEmpty();
        assertThat(network.gateway.following()).isEqualTo(1);

        network.pass(2_000);
        assertThat(client.end).contains(TcpEnd.RESET);
        assertThat(site.resets).isEqualTo(1);
        assertThat(idle()).isEqualTo(1);
        assertNothingIsLeft();
    }

    @Test
    void a_relayed_connection_that_is_used_now_and_then_stays() {
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false, SynOffer.PLAIN);
        TestClient client = new TestClient(network, 80);
        for (int i = 0; i < 5; i++) {
            answered(client, "/5");
            network.pass(290_000);
        }
        answered(client, "/70000");
        assertThat(idle()).isZero();
    }

    @Test
    void a_request_that_waits_behind_one_that_is_never_answered_does_not_wait_for_ever() {
        List<TcpConnection> accepted = new ArrayList<>();
        network.serve(network.siteA, HandoffNetwork.SITE_A, 80, HandoffNetwork.EVERYTHING, accepted::add);
        TestClient client = new TestClient(network, 80);
        client.get("/slow");
        client.get("/b/");
        network.pass(299_000);
        assertThat(accepted).hasSize(1);
        assertThat(network.gateway.following())
                .as("held by the stack, for its next request")
                .isEqualTo(1);
        assertThat(client.end)
                .as("an answer may take as long as a flow may be idle")
                .isEmpty();

        network.pass(IdleLimit.STALL_SECONDS * 1000);
        assertThat(client.end).contains(TcpEnd.RESET);
        assertThat(idle()).isEqualTo(1);
        assertNothingIsLeft();
    }

    @Test
    void an_endpoint_that_answers_every_probe_and_takes_nothing_is_given_up() {
        network.siteA.tcp.listen(
                HandoffNetwork.SITE_A,
                80,
                80,
                new ListenOptions() {
                    @Override
                    public SynOffer offer() {
                        return HandoffNetwork.EVERYTHING;
                    }

                    @Override
                    public int receiveLimit() {
                        return 2048;
                    }
                },
                connection -> {});
        TestClient client = new TestClient(network, 80);
        client.post("/up", TestSite.pattern(12_000));
        network.pass(119_000);
        assertThat(client.end).isEmpty();
        assertThat(network.edge.tcp.counters().windowProbes.get()).isPositive();

        network.pass(3_000);
        assertThat(client.end).contains(TcpEnd.RESET);
        assertThat(idle()).isEqualTo(1);
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nat", "proxy", "transparent"})
    void a_connection_that_a_client_does_not_come_back_to_is_closed_while_the_client_goes_on(String mode) {
        network = new HandoffNetwork(Setup.PLAIN, HandoffNetwork.twoSites(mode));
        boolean proxied = mode.equals("proxy");
        TestSite a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", proxied);
        TestSite b = new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", proxied);
        TestClient client = new TestClient(network, 80);
        answered(client, "/5");
        for (int i = 0; i < 6; i++) {
            answered(client, "/b/5");
            network.pass(60_000);
        }
        assertThat(network.edge.tcp.counters().connections.get())
                .as("the connection to a is not held any more")
                .isZero();
        assertThat(network.gateway.portsInUse()).isEqualTo(mode.equals("transparent") ? 0 : 1);

        answered(client, "/9");
        assertThat(a.accepted).isEqualTo(2);
        assertThat(b.accepted).isEqualTo(1);
        assertThat(client.responses.getLast().server()).isEqualTo("a");
    }
}
