package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.Health;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import java.util.ArrayList;
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
                endpoints: ["198.51.100.11:80", {address: 203.0.113.12, port: 80, backup: true}]
            """;
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

    private HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, HTTP);

    private RawEnd connect() {
        return new RawEnd(network.connect(80, TcpEvents.NONE));
    }

    /** A site that keeps every connection it gets. */
    private List<RawEnd> serve(SimulatedHost host, int address, SynOffer accepts) {
        List<RawEnd> accepted = new ArrayList<>();
        network.serve(host, address, 80, accepts, connection -> accepted.add(new RawEnd(connection)));
        return accepted;
    }

    private EndpointState endpoint(int index) {
        return network.gateway.routes().service("a").orElseThrow().endpoints().get(index);
    }

    private ListenerState listener() {
        return network.gateway.routes().listeners().iterator().next();
    }

    @Test
    void a_request_is_handed_off_and_answered() {
        List<RawEnd> site = serve(network.siteA, HandoffNetwork.SITE_A, HandoffNetwork.EVERYTHING);
        RawEnd client = connect();
        network.pass(10);
        client.send(REQUEST);
        network.pass(10);

        assertThat(site).hasSize(1);
        assertThat(site.getFirst().text()).isEqualTo(REQUEST);
        site.getFirst().send("HTTP/1.1 204 No Content\r\n\r\n");
        network.pass(100);
        assertThat(client.text()).isEqualTo("HTTP/1.1 204 No Content\r\n\r\n");
        assertThat(network.gateway.counters().spliced().total()).isEqualTo(1);
        assertThat(listener().activeFlows().get()).isEqualTo(1);
        assertThat(endpoint(0).activeFlows().get()).isEqualTo(1);

        client.connection.shutdownOutput();
        site.getFirst().connection.shutdownOutput();
        network.pass(100);
        assertThat(network.ends).containsExactly(FlowEnd.CLOSED);
        assertNothingLeft();
    }

    /** Anybody can open connections and reset them before the endpoint answers: that says nothing of the endpoint. */
    @Test
    void a_client_that_leaves_while_its_endpoint_is_silent_is_no_failure_of_the_endpoint() {
        for (int i = 0; i < 5; i++) {
            RawEnd client = connect();
            network.client.loop.turn();
            turnWithoutSite();
            client.send(REQUEST);
            turnWithoutSite();
            client.connection.abort();
            turnWithoutSite();
        }

        assertThat(endpoint(0).totalFlows().get()).isEqualTo(5);
        assertThat(endpoint(0).connectFailures().get()).isZero();
        assertThat(endpoint(1).totalFlows().get()).isZero();
        assertThat(endpoint(0).health()).isEqualTo(Health.UNKNOWN);
        assertNothingLeft();
    }

    /** Packets to the client without payload, from its handshake on. */
    private List<Integer> acknowledgements() {
        List<Integer> seen = new ArrayList<>();
        network.clientTap.arrives = packet -> {
            if (packet.segment().payload().length == 0) {
                seen.add(packet.segment().flags());
            }
            return true;
        };
        return seen;
    }

    /** The endpoint acknowledges the request at once, as Linux does, and does not answer yet. */
    private void splice(List<RawEnd> site) {
        network.settle();
        site.getFirst().connection.acknowledgeNow();
        network.settle();
        assertThat(network.gateway.counters().spliced().total()).isEqualTo(1);
    }

    @Test
    void an_answer_acknowledges_the_request_and_nothing_else_does() {
        List<RawEnd> site = serve(network.siteA, HandoffNetwork.SITE_A, HandoffNetwork.EVERYTHING);
        RawEnd client = connect();
        network.pass(10);
        List<Integer> seen = acknowledgements();
        client.send(REQUEST);
        splice(site);
        site.getFirst().send("HTTP/1.1 204 No Content\r\n\r\n");
        network.pass(10);

        assertThat(client.text()).isEqualTo("HTTP/1.1 204 No Content\r\n\r\n");
        assertThat(client.connection.allAcknowledged()).isTrue();
        assertThat(seen).isEmpty();
        network.pass(100);
        assertThat(seen).isEmpty();
    }

    @Test
    void a_request_whose_answer_takes_its_time_is_acknowledged_soon() {
        List<RawEnd> site = serve(network.siteA, HandoffNetwork.SITE_A, HandoffNetwork.EVERYTHING);
        RawEnd client = connect();
        network.pass(10);
        List<Integer> seen = acknowledgements();
        client.send(REQUEST);
        splice(site);
        network.pass(30);

        assertThat(client.connection.allAcknowledged()).isTrue();
        assertThat(seen).hasSize(1);
        client.send(REQUEST);
        network.pass(100);
        assertThat(site.getFirst().text()).isEqualTo(REQUEST + REQUEST);
    }

    @Test
    void an_endpoint_that_refuses_is_replaced_and_the_client_sees_nothing_of_it() {
        List<RawEnd> backup = serve(network.siteB, HandoffNetwork.SITE_B, HandoffNetwork.EVERYTHING);
        RawEnd client = connect();
        network.pass(10);
        client.send(REQUEST);
        network.pass(10);

        assertThat(backup.getFirst().text()).isEqualTo(REQUEST);
        backup.getFirst().send("HTTP/1.1 204 No Content\r\n\r\n");
        network.pass(100);
        assertThat(client.text()).isEqualTo("HTTP/1.1 204 No Content\r\n\r\n");
        assertThat(endpoint(0).connectFailures().get()).isEqualTo(1);
        assertThat(endpoint(0).activeFlows().get()).isZero();
        assertThat(endpoint(1).activeFlows().get()).isEqualTo(1);
    }

    @Test
    void a_relayed_connection_that_the_endpoint_ends_first_leaves_nothing() {
        List<RawEnd> site = serve(network.siteA, HandoffNetwork.SITE_A, SynOffer.PLAIN);
        RawEnd client = connect();
        network.pass(10);
        client.send(REQUEST);
        network.pass(10);
        site.getFirst().send("HTTP/1.0 200 OK\r\n\r\nbye");
        site.getFirst().connection.shutdownOutput();
        network.pass(100);
        assertThat(client.text()).endsWith("bye");
        assertThat(client.connection.endOfStream()).isTrue();
        client.connection.shutdownOutput();
        network.pass(1_000);

        assertThat(client.closed).contains(TcpEnd.FINISHED);
        assertThat(site.getFirst().closed).contains(TcpEnd.FINISHED);
        assertThat(network.gateway.counters().spliced().total()).isZero();
        assertNothingLeft();
    }

    @Test
    void a_relayed_connection_that_the_client_ends_first_leaves_nothing() {
        List<RawEnd> site = serve(network.siteA, HandoffNetwork.SITE_A, SynOffer.PLAIN);
        RawEnd client = connect();
        network.pass(10);
        client.send(REQUEST);
        client.connection.shutdownOutput();
        network.pass(10);
        site.getFirst().send("HTTP/1.0 200 OK\r\n\r\nbye");
        network.pass(10);
        site.getFirst().connection.shutdownOutput();
        network.pass(1_000);

        assertThat(client.text()).endsWith("bye");
        assertThat(client.closed).contains(TcpEnd.FINISHED);
        assertThat(site.getFirst().closed).contains(TcpEnd.FINISHED);
        assertNothingLeft();
    }

    @Test
    void no_more_connections_are_taken_than_the_listener_allows() {
        serve(network.siteA, HandoffNetwork.SITE_A, HandoffNetwork.EVERYTHING);
        RawEnd[] clients = new RawEnd[6];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = connect();
        }
        network.pass(100);

        assertThat(clients).filteredOn(c -> c.closed.isEmpty() && c.connected).hasSize(3);
        assertThat(listener().activeFlows().get()).isEqualTo(3);
    }

    @Test
    void health_checks_of_an_endpoint_that_never_hangs_up_do_not_pile_up() {
        network = new HandoffNetwork(Setup.PLAIN, HTTP.replace("health: off", "health: {interval: 1s}"));
        List<RawEnd> site = serve(network.siteA, HandoffNetwork.SITE_A, HandoffNetwork.EVERYTHING);
        network.pass(60_000);

        assertThat(site.size()).isBetween(50, 70);
        assertThat(endpoint(0).health()).isEqualTo(Health.HEALTHY);
        assertThat(network.edge.tcp.counters().connections.get()).isLessThanOrEqualTo(1);
        assertThat(network.gateway.portsInUse()).isLessThanOrEqualTo(1);
    }

    private void turnWithoutSite() {
        for (int i = 0; i < 20; i++) {
            network.client.loop.turn();
            network.edge.loop.turn();
        }
    }

    private void assertNothingLeft() {
        assertThat(network.edge.tcp.counters().connections.get())
                .as("connections")
                .isZero();
        assertThat(network.gateway.following()).as("following").isZero();
        assertThat(network.gateway.followReserved()).as("follow budget").isZero();
        assertThat(listener().activeFlows().get()).as("flows of the listener").isZero();
        assertThat(endpoint(0).activeFlows().get()).as("flows of the endpoint").isZero();
        assertThat(endpoint(1).activeFlows().get()).as("flows of the backup").isZero();
    }
}
