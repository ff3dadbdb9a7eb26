package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpView;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A flood of SYNs leaves no room for handshakes: clients get in by cookies (RFC 4987 section 3.6). */
class CookieHandoffTest {
    private static final String ROUTES = """
            listeners:
              - {name: web, port: 80, protocol: http, default: a}
            services:
              a:
                address-mode: nat
                health: off
                tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                endpoints: ["198.51.100.11:80"]
            """;

    @ParameterizedTest
    @CsvSource({"7, true, true", "-1, false, false", "7, true, false", "2, false, true", "-1, false, true"})
    void a_client_gets_its_answer_by_a_cookie_while_others_flood(int scale, boolean sack, boolean timestamps) {
        HandoffNetwork network =
                new HandoffNetwork(Setup.PLAIN.edge(TcpSettings.defaults().withEmbryonicLimit(1)), ROUTES);
        TestSite site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        for (int i = 0; i < 500; i++) {
            network.wan.deliver(Wires.tcp(
                    network.wan.mac(),
                    HandoffNetwork.CLIENT + 50 + i % 100,
                    HandoffNetwork.VIP,
                    TcpSegment.of(1024 + i, 80, i * 77_777, 0, TcpView.SYN, 1000)
                            .withSyn(1460, 7, true)));
            if (i % 50 == 49) {
                network.settle();
            }
        }
        assertThat(network.edge.tcp.counters().embryonic.get()).isEqualTo(1);
        assertThat(network.edge.tcp.counters().cookiesSent.get()).isEqualTo(499);

        TestClient client = new TestClient(network, 40_000, 80, new SynOffer(1460, scale, sack, timestamps));
        client.get("/300000");
        assertThat(network.until(() -> client.responses.size() == 1, 60))
                .as("%s %s", client.end, client.connection)
                .isTrue();
        assertThat(client.responses.getFirst().body()).isEqualTo(TestSite.pattern(300_000));
        client.post("/up", TestSite.pattern(100_000));
        assertThat(network.until(() -> client.responses.size() == 2, 60)).isTrue();
        assertThat(network.edge.tcp.counters().cookiesAccepted.get()).isEqualTo(1);
        assertThat(network.gateway.counters().spliced().total()).isEqualTo(1);
        assertThat(site.accepted).isEqualTo(1);

        network.pass(10_000);
        assertThat(network.edge.tcp.counters().embryonic.get())
                .as("the flood leaves nothing")
                .isZero();
        assertThat(network.edge.stack.pool().outstanding()).isZero();
    }
}
