package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import java.util.ArrayList;
import java.util.List;

/** A site behind an edge that splices, and clients whose flows are watched. */
abstract class SplicedSite {
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

    HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, ROUTES);
    TestSite site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);

    /** Begins anew. */
    final void start(Setup setup, String mode) {
        network = new HandoffNetwork(setup, ROUTES.replace("nat", mode));
        site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
    }

    /** A client whose first request is answered, over its splice. */
    final TestClient spliced() {
        TestClient client = new TestClient(network, 80);
        client.get("/5");
        assertThat(network.until(() -> client.responses.size() == 1, 10)).isTrue();
        return client;
    }

    final void answers(TestClient client) {
        int before = client.responses.size();
        client.get("/700");
        assertThat(network.until(() -> client.responses.size() > before, 60))
                .as("a request is answered: %s", client.end)
                .isTrue();
        assertThat(client.responses.getLast().body()).isEqualTo(TestSite.pattern(700));
    }

    final List<Flow> flows() {
        List<Flow> flows = new ArrayList<>();
        network.gateway.path().forEach(flows::add);
        return flows;
    }

    final Flow flow() {
        assertThat(flows()).hasSize(1);
        return flows().getFirst();
    }
}
