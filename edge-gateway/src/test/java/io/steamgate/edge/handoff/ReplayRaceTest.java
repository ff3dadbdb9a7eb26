package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Packets that arrive between the replay and the moment when the kernel forwards: by every order in which client, site and edge
 * may take their turns meanwhile, and within a turn of the edge. Neither end loses, doubles or mixes a byte.
 */
class ReplayRaceTest {
    /** Whose turn it is. */
    private enum Turn {
        CLIENT,
        SITES,
        EDGE,
        /** The others have theirs when the edge has decided what the kernel is to do and has not told it yet. */
        EDGE_WITH_OTHERS_WITHIN
    }

    /** From the request's arrival at the site on: answer, splice, the kernel's being told, and the first packets after. */
    private static final int TURNS = 5;

    private static final int REQUESTS = 8;

    private final HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, HandoffNetwork.twoSites("proxy"));
    private final TestSite a = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", true);
    private final TestSite b = new TestSite(network, network.siteB, HandoffNetwork.SITE_B, "b", true);
    private int sent;

    private void take(Turn turn, TestClient client, String host, String[] paths) {
        switch (turn) {
            case CLIENT -> {
                say(client, host, paths);
                turn(network.client);
            }
            case SITES -> {
                turn(network.siteA);
                turn(network.siteB);
            }
            case EDGE -> turn(network.edge);
            case EDGE_WITH_OTHERS_WITHIN -> {
                network.beforeTheKernelIsTold = () -> {
                    network.beforeTheKernelIsTold = () -> {};
                    take(Turn.CLIENT, client, host, paths);
                    take(Turn.SITES, client, host, paths);
                };
                turn(network.edge);
                network.beforeTheKernelIsTold = () -> {};
            }
        }
    }

    private void turn(SimulatedHost host) {
        host.loop.turn();
        assertThat(host.loop.lastFailure()).isEmpty();
        network.arrive();
    }

    /** The client's next request: something to fetch, or something to take. */
    private void say(TestClient client, String host, String[] paths) {
        if (sent == REQUESTS) {
            return;
        }
        String path = paths[sent % paths.length];
        if (sent % 3 == 2) {
            client.send(
                    "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n".formatted(path, host, 3000 + sent));
            client.send(TestSite.pattern(3000 + sent));
        } else {
            client.send("GET %s%d HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(path, 4000 + sent, host));
        }
        sent++;
    }

    private static byte[] expected(int request) {
        if (request % 3 != 2) {
            return TestSite.pattern(4000 + request);
        }
        return TestSite.crc(TestSite.pattern(3000 + request)).getBytes(StandardCharsets.US_ASCII);
    }

    /** One connection by one order of turns, given as a number in base four. */
    private void connection(int order, String host, String... paths) {
        int before = a.requests.size();
        sent = 0;
        TestClient client = new TestClient(network, 80);
        say(client, host, paths);
        network.steps(() -> a.requests.size() > before);
        network.arrive();
        String orderText = "";
        for (int i = 0, rest = order; i < TURNS; i++, rest /= Turn.values().length) {
            Turn turn = Turn.values()[rest % Turn.values().length];
            orderText += turn + " ";
            take(turn, client, host, paths);
        }
        while (sent < REQUESTS) {
            say(client, host, paths);
        }
        assertThat(network.until(() -> client.responses.size() == REQUESTS || client.end.isPresent(), 30))
                .as(orderText)
                .isTrue();
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(client.responses.get(i).body())
                    .as("%d, %s", i, orderText)
                    .isEqualTo(expected(i));
            assertThat(client.responses.get(i).server())
                    .as("%d, %s", i, orderText)
                    .isEqualTo(paths[i % paths.length].contains("b") ? "b" : "a");
        }
        assertThat(client.end).as(orderText).isEmpty();
        client.finish();
        assertThat(network.until(() -> network.gateway.path().open() == 0, 30))
                .as(orderText)
                .isTrue();
        network.settle();
    }

    private static int orders() {
        int orders = 1;
        for (int i = 0; i < TURNS; i++) {
            orders *= Turn.values().length;
        }
        return orders;
    }

    private long timeouts() {
        return network.client.tcp.counters().timeouts.get()
                + network.siteA.tcp.counters().timeouts.get()
                + network.siteB.tcp.counters().timeouts.get();
    }

    @Test
    void a_connection_that_is_spliced_once_loses_nothing_and_waits_for_no_timer() {
        for (int order = 0; order < orders(); order++) {
            connection(order, "one.test", "/");
            assertThat(timeouts()).as("%d", order).isZero();
        }
        assertThat(a.resets).isZero();
        network.kernel.ifPresent(kernel -> assertThat(kernel.forwarded).isGreaterThan(orders()));
    }

    @Test
    void a_connection_that_is_spliced_again_and_again_loses_nothing() {
        for (int order = 0; order < orders(); order += 7) {
            connection(order, "a.test", "/", "/b/", "/", "/");
        }
        assertThat(a.resets + b.resets).isZero();
        network.kernel.ifPresent(kernel -> assertThat(kernel.forwarded).isGreaterThan(orders() / 7));
    }
}
