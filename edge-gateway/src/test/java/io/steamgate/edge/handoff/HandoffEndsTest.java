package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.MemoryLab.End;
import io.steamgate.edge.route.Health;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpEnd;
import java.util.List;
import org.junit.jupiter.api.Test;

/** However a connection ends before or after its splice, nothing of it is left behind and nobody else is blamed. */
class HandoffEndsTest {
    private static final String HTTP = """
            listeners:
              - {name: web, port: 80, protocol: http, default: a, max-flows: 3}
            services:
              a:
                address-mode: nat
                health: off
                tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                endpoints: ["198.51.100.11:80", {address: 198.51.100.12, port: 80, backup: true}]
            """;
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

    @Test
    void a_request_is_handed_off_and_answered() {
        MemoryLab lab = new MemoryLab(HTTP);
        List<End> site = lab.serve(MemoryLab.SITE_A, 80);
        End client = lab.connect(80);
        lab.pass(10);
        client.send(REQUEST);
        lab.pass(10);

        assertThat(site).hasSize(1);
        assertThat(site.getFirst().text()).isEqualTo(REQUEST);
        site.getFirst().send("HTTP/1.1 204 No Content\r\n\r\n");
        lab.pass(100);
        assertThat(client.text()).isEqualTo("HTTP/1.1 204 No Content\r\n\r\n");
        assertThat(lab.spliced).isEqualTo(1);
        assertThat(lab.listener().activeFlows().get()).isEqualTo(1);
        assertThat(lab.endpoint("a", 0).activeFlows().get()).isEqualTo(1);

        client.connection.shutdownOutput();
        site.getFirst().connection.shutdownOutput();
        lab.pass(100);
        assertThat(lab.ended).containsExactly(FlowEnd.CLOSED);
        assertNothingLeft(lab);
    }

    /** Anybody can open connections and reset them before the endpoint answers: that says nothing of the endpoint. */
    @Test
    void a_client_that_leaves_while_its_endpoint_is_silent_is_no_failure_of_the_endpoint() {
        MemoryLab lab = new MemoryLab(HTTP);
        for (int i = 0; i < 5; i++) {
            End client = lab.connect(80);
            lab.client.loop.turn();
            turnWithoutSite(lab);
            client.send(REQUEST);
            turnWithoutSite(lab);
            client.connection.abort();
            turnWithoutSite(lab);
        }

        assertThat(lab.endpoint("a", 0).totalFlows().get()).isEqualTo(5);
        assertThat(lab.endpoint("a", 0).connectFailures().get()).isZero();
        assertThat(lab.endpoint("a", 1).totalFlows().get()).isZero();
        assertThat(lab.endpoint("a", 0).health()).isEqualTo(Health.UNKNOWN);
        assertNothingLeft(lab);
    }

    @Test
    void an_endpoint_that_refuses_is_replaced_and_the_client_sees_nothing_of_it() {
        MemoryLab lab = new MemoryLab(HTTP);
        List<End> backup = lab.serve(MemoryLab.SITE_B, 80);
        End client = lab.connect(80);
        lab.pass(10);
        client.send(REQUEST);
        lab.pass(10);

        assertThat(backup.getFirst().text()).isEqualTo(REQUEST);
        backup.getFirst().send("HTTP/1.1 204 No Content\r\n\r\n");
        lab.pass(100);
        assertThat(client.text()).isEqualTo("HTTP/1.1 204 No Content\r\n\r\n");
        assertThat(lab.endpoint("a", 0).connectFailures().get()).isEqualTo(1);
        assertThat(lab.endpoint("a", 0).activeFlows().get()).isZero();
        assertThat(lab.endpoint("a", 1).activeFlows().get()).isEqualTo(1);
    }

    @Test
    void a_relayed_connection_that_the_endpoint_ends_first_leaves_nothing() {
        MemoryLab lab = new MemoryLab(HTTP);
        List<End> site = lab.serve(MemoryLab.SITE_A, 80, SynOffer.PLAIN);
        End client = lab.connect(80);
        lab.pass(10);
        client.send(REQUEST);
        lab.pass(10);
        site.getFirst().send("HTTP/1.0 200 OK\r\n\r\nbye");
        site.getFirst().connection.shutdownOutput();
        lab.pass(100);
        assertThat(client.text()).endsWith("bye");
        assertThat(client.connection.endOfStream()).isTrue();
        client.connection.shutdownOutput();
        lab.pass(1_000);

        assertThat(client.closed).contains(TcpEnd.FINISHED);
        assertThat(site.getFirst().closed).contains(TcpEnd.FINISHED);
        assertThat(lab.spliced).isZero();
        assertNothingLeft(lab);
    }

    @Test
    void a_relayed_connection_that_the_client_ends_first_leaves_nothing() {
        MemoryLab lab = new MemoryLab(HTTP);
        List<End> site = lab.serve(MemoryLab.SITE_A, 80, SynOffer.PLAIN);
        End client = lab.connect(80);
        lab.pass(10);
        client.send(REQUEST);
        client.connection.shutdownOutput();
        lab.pass(10);
        site.getFirst().send("HTTP/1.0 200 OK\r\n\r\nbye");
        lab.pass(10);
        site.getFirst().connection.shutdownOutput();
        lab.pass(1_000);

        assertThat(client.text()).endsWith("bye");
        assertThat(client.closed).contains(TcpEnd.FINISHED);
        assertThat(site.getFirst().closed).contains(TcpEnd.FINISHED);
        assertNothingLeft(lab);
    }

    @Test
    void no_more_connections_are_taken_than_the_listener_allows() {
        MemoryLab lab = new MemoryLab(HTTP);
        lab.serve(MemoryLab.SITE_A, 80);
        End[] clients = new End[6];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = lab.connect(80);
        }
        lab.pass(100);

        assertThat(clients).filteredOn(c -> c.closed.isEmpty() && c.connected).hasSize(3);
        assertThat(lab.listener().activeFlows().get()).isEqualTo(3);
    }

    @Test
    void health_checks_of_an_endpoint_that_never_hangs_up_do_not_pile_up() {
        MemoryLab lab = new MemoryLab(HTTP.replace("health: off", "health: {interval: 1s}"));
        List<End> site = lab.serve(MemoryLab.SITE_A, 80);
        lab.pass(60_000);

        assertThat(site.size()).isBetween(50, 70);
        assertThat(lab.endpoint("a", 0).health()).isEqualTo(Health.HEALTHY);
        assertThat(lab.edge.tcp.counters().connections.get()).isLessThanOrEqualTo(1);
        assertThat(lab.gateway.portsInUse()).isLessThanOrEqualTo(1);
    }

    private static void turnWithoutSite(MemoryLab lab) {
        for (int i = 0; i < 20; i++) {
            lab.client.loop.turn();
            lab.edge.loop.turn();
        }
    }

    private static void assertNothingLeft(MemoryLab lab) {
        assertThat(lab.edge.tcp.counters().connections.get()).as("connections").isZero();
        assertThat(lab.gateway.following()).as("following").isZero();
        assertThat(lab.gateway.followReserved()).as("follow budget").isZero();
        assertThat(lab.listener().activeFlows().get())
                .as("flows of the listener")
                .isZero();
        assertThat(lab.endpoint("a", 0).activeFlows().get())
                .as("flows of the endpoint")
                .isZero();
        assertThat(lab.endpoint("a", 1).activeFlows().get())
                .as("flows of the backup")
                .isZero();
    }
}
