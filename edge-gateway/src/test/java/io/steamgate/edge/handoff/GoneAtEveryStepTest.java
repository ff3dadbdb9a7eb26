package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.ServiceState;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.wire.TcpView;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever leaves, however, and at whatever step of the handoff: in the end nothing of the connection is left. */
class GoneAtEveryStepTest {
    /** How far a connection has come. */
    enum Step {
        SYN,
        ACCEPTED,
        IN_THE_HEAD,
        CONNECTING,
        IN_THE_REPLAY,
        SPLICED,
        IN_THE_RESPONSE,
        // Of kept connections that are followed:
        HELD,
        MOVING,
        MOVED
    }

    /** How somebody leaves. */
    enum Way {
        RESET,
        SILENT,
        CLOSED
    }

    private static Stream<Arguments> from(Step first) {
        Stream.Builder<Arguments> all = Stream.builder();
        for (String mode : new String[] {"proxy", "transparent"}) {
            for (String host : new String[] {"one.test", "a.test"}) {
                for (Step step : Step.values()) {
                    for (Way way : Way.values()) {
                        if (step.compareTo(first) >= 0 && (step.compareTo(Step.HELD) < 0 || host.equals("a.test"))) {
                            all.add(Arguments.of(mode, host, step, way));
                        }
                    }
                }
            }
        }
        return all.build();
    }

    static Stream<Arguments> clients() {
        return from(Step.SYN);
    }

    static Stream<Arguments> endpoints() {
        return from(Step.CONNECTING);
    }

    private HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, HandoffNetwork.twoSites("nat"));

    @ParameterizedTest
    @MethodSource("clients")
    void nothing_is_left_of_a_client_that_leaves(String mode, String host, Step step, Way way) {
        TestClient client = reach(mode, host, step);
        switch (way) {
            case RESET -> client.connection.abort();
            case SILENT -> network.clientTap.cut = true;
            case CLOSED -> client.finish();
        }
        network.settle();
        openTaps();
        network.pass(way == Way.SILENT ? 2_000_000 : 400_000);
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void nothing_is_left_when_an_endpoint_leaves(String mode, String host, Step step, Way way) {
        TestClient client = reach(mode, host, step);
        boolean atB = step.compareTo(Step.MOVING) >= 0;
        TestSite site = atB ? b : a;
        switch (way) {
            case RESET -> {
                site.listener.close();
                site.connections.forEach(TcpConnection::abort);
            }
            case SILENT -> (atB ? network.siteTapB : network.siteTapA).cut = true;
            case CLOSED -> {
                site.listener.close();
                site.connections.forEach(TcpConnection::shutdownOutput);
            }
        }
        network.settle();
        openTaps();
        network.pass(2_000_000);
        client.connection.abort();
        network.pass(75_000);
        assertNothingIsLeft();
    }

    private TestSite a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
    private TestSite b = new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", false);
    private int timersAtRest;

    private void openTaps() {
        for (Tap tap : new Tap[] {network.clientTap, network.siteTapA, network.siteTapB}) {
            tap.arrives = packet -> true;
            tap.leaves = packet -> true;
        }
    }

    /** Takes a connection to a step and keeps it there. */
    private TestClient reach(String mode, String host, Step step) {
        network = new HandoffNetwork(Setup.PLAIN, HandoffNetwork.twoSites(mode));
        a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", mode.equals("proxy"));
        b = new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", mode.equals("proxy"));
        timersAtRest = network.edge.timers.armed();
        String get = "GET /5 HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
        String getB = "GET /b/5 HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
        if (step == Step.SYN) {
            network.clientTap.leaves = packet -> packet.segment().flags() == TcpView.SYN;
        }
        TestClient client = new TestClient(network, 80);
        network.settle();
        switch (step) {
            case SYN, ACCEPTED -> {}
            case IN_THE_HEAD -> client.send(get.substring(0, 20));
            case CONNECTING -> {
                network.siteTapA.arrives = packet -> false;
                client.send(get);
            }
            case IN_THE_REPLAY -> {
                network.siteTapA.arrives = packet -> packet.segment().payload().length == 0
                        || packet.segment().seq() % 4 == 0;
                client.send("POST /x HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 60000\r\n\r\n");
                client.send(TestSite.pattern(60_000));
            }
            case SPLICED -> client.send(get);
            case IN_THE_RESPONSE -> {
                int[] count = {0};
                network.clientTap.arrives = packet -> ++count[0] < 30;
                client.send("GET /300000 HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            }
            case HELD -> {
                client.send(get);
                network.settle();
                // The endpoint never answers the second request, so that the third is held.
                network.siteTapA.arrives = packet -> packet.segment().payload().length == 0;
                client.send(get);
                network.settle();
                client.send(getB);
            }
            case MOVING -> {
                client.send(get);
                network.settle();
                network.siteTapB.arrives = packet -> false;
                client.send(getB);
            }
            case MOVED -> {
                client.send(get);
                network.settle();
                client.send(getB);
            }
        }
        network.settle();
        assertThat(reached(client)).as("the connection has come to %s", step).isEqualTo(step);
        return client;
    }

    /** Where the connection is, as the edge's counters tell. */
    private Step reached(TestClient client) {
        Gateway gateway = network.gateway;
        if (network.edge.tcp.counters().embryonic.get() > 0) {
            return Step.SYN;
        }
        if (a.accepted + b.accepted == 0
                && network.edge.tcp.counters().connectsStarted.get() == 0) {
            return client.received.size() == 0
                            && network.edge.tcp.counters().segmentsReceived.get() < 3
                    ? Step.ACCEPTED
                    : Step.IN_THE_HEAD;
        }
        long connects = network.edge.tcp.counters().connectsStarted.get();
        if (network.edge.tcp.counters().connectsCompleted.get() < connects) {
            return connects == 1 ? Step.CONNECTING : Step.MOVING;
        }
        if (gateway.following() > 0) {
            return Step.IN_THE_REPLAY;
        }
        if (b.accepted > 0) {
            return Step.MOVED;
        }
        if (network.edge.stack.pool().outstanding() > 0) {
            return Step.HELD;
        }
        return client.responses.size() == 1 ? Step.SPLICED : Step.IN_THE_RESPONSE;
    }

    private void assertNothingIsLeft() {
        Gateway gateway = network.gateway;
        assertThat(gateway.following()).as("following").isZero();
        assertThat(gateway.followReserved()).as("follow budget").isZero();
        assertThat(gateway.path().open()).as("open flows").isZero();
        assertThat(gateway.path().lingering()).as("lingering flows").isZero();
        assertThat(gateway.portsInUse()).as("ports").isZero();
        assertThat(network.edge.tcp.counters().connections.get())
                .as("connections")
                .isZero();
        assertThat(network.edge.tcp.counters().embryonic.get()).as("embryos").isZero();
        for (ListenerState listener : gateway.routes().listeners()) {
            assertThat(listener.activeFlows().get()).as("flows of %s", listener).isZero();
        }
        for (ServiceState service : gateway.routes().services()) {
            for (EndpointState endpoint : service.endpoints()) {
                assertThat(endpoint.activeFlows().get())
                        .as("flows of %s", endpoint)
                        .isZero();
            }
        }
        assertThat(network.edge.stack.neighbors().list()).as("neighbours held").allMatch(entry -> entry.flows() == 0);
        assertThat(network.edge.stack.pool().outstanding()).as("frames").isZero();
        assertThat(network.edge.timers.armed() - network.edge.stack.neighbors().size())
                .as("timers")
                .isEqualTo(timersAtRest);
    }
}
