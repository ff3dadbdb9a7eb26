package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Numbers that a splice must translate right: window scales of every size, and counters that wrap. */
class NumbersTest {
    private static final String ROUTES = """
            listeners:
              - {name: web, port: 80, protocol: http, default: a}
            services:
              a:
                address-mode: nat
                health: off
                tcp-options: {mss: 1460, SCALE, sack: true, timestamps: true}
                endpoints: ["198.51.100.11:80"]
            """;
    private static final int MIB = 1 << 20;

    /** A MiB up, a MiB down, an orderly end. */
    private static void transfers(HandoffNetwork network, TestClient client) {
        byte[] body = TestSite.pattern(MIB);
        client.post("/up", body);
        assertThat(network.until(() -> client.responses.size() == 1, 120))
                .as("up: %s %s", client.end, client.connection)
                .isTrue();
        client.get("/" + MIB);
        assertThat(network.until(() -> client.responses.size() == 2, 120))
                .as("down: %s %s", client.end, client.connection)
                .isTrue();
        client.finish();
        assertThat(network.until(() -> client.end.isPresent(), 60)).isTrue();
        assertThat(new String(client.responses.getFirst().body(), StandardCharsets.US_ASCII))
                .isEqualTo(TestSite.crc(body));
        assertThat(client.responses.getLast().body()).isEqualTo(TestSite.pattern(MIB));
        assertThat(client.end).contains(TcpEnd.FINISHED);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, -1, -1",
        "-1, -1, 2",
        "-1, -1, 8",
        "0, 0, -1",
        "0, 0, 2",
        "0, 0, 8",
        "3, 3, -1",
        "3, 3, 2",
        "3, 3, 8",
        "10, 10, -1",
        "10, 10, 2",
        "10, 10, 8",
        "14, 14, -1",
        "14, 14, 2",
        "14, 14, 8",
        // What was promised to the client is not what this endpoint has.
        "10, 3, 7",
        "3, 10, 7",
        "14, 0, 2",
        "0, 14, 7"
    })
    void a_mebibyte_each_way_arrives_whole_whatever_the_window_scales(int promised, int siteScale, int clientScale) {
        String assumed = promised < 0 ? "" : "window-scale: " + promised + ",";
        HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, ROUTES.replace("SCALE,", assumed));
        TestSite site = new TestSite(
                network, network.siteA, HandoffNetwork.SITE_A, "a", false, new SynOffer(1460, siteScale, true, true));
        TestClient client = new TestClient(network, 40_000, 80, new SynOffer(1460, clientScale, true, true));
        transfers(network, client);
        assertThat(site.accepted).isEqualTo(1);
        assertThat(network.gateway.counters().spliced().total()).isEqualTo(1);
        assertThat(network.gateway.counters().relayed().total()).isZero();
        assertThat(network.siteA.tcp.counters().outOfWindow.get()
                        + network.client.tcp.counters().outOfWindow.get())
                .as("nobody sends beyond a window")
                .isZero();
    }

    /** Whose number wraps in the middle of a transfer. */
    enum Wraps {
        CLIENT_SEQ(4000),
        EDGE_TO_CLIENT_SEQ(4000),
        EDGE_TO_SITE_SEQ(4000),
        SITE_SEQ(4000),
        CLIENT_TIMESTAMP(1_000_000),
        EDGE_TO_CLIENT_TIMESTAMP(1_000_000),
        EDGE_TO_SITE_TIMESTAMP(1_000_000),
        SITE_TIMESTAMP(1_000_000);

        /** Nanoseconds after which the number grows by one. */
        final int tick;

        Wraps(int tick) {
            this.tick = tick;
        }
    }

    @ParameterizedTest
    @EnumSource
    void numbers_may_wrap_in_the_middle_of_a_transfer(Wraps what) {
        boolean timestamp = what.name().endsWith("TIMESTAMP");
        long start = Setup.PLAIN.clock();
        int first =
                numbers(new HandoffNetwork(Setup.PLAIN, ROUTES.replace("SCALE,", "window-scale: 7,")))[what.ordinal()];
        // Sequence numbers wrap after some bytes; timestamps after as many milliseconds.
        int before = timestamp ? 3 : 100_000;
        long later = start + ((-first - before) & 0xFFFF_FFFFL) * what.tick;
        HandoffNetwork network =
                new HandoffNetwork(Setup.PLAIN.clock(later), ROUTES.replace("SCALE,", "window-scale: 7,"));
        int begin = numbers(network)[what.ordinal()];
        assertThat(begin).as("a number that is about to wrap").isBetween(-before - 2, -1);
        network.pass(2);

        TestClient client = new TestClient(network, 40_000, 80, HandoffNetwork.EVERYTHING);
        if (timestamp) {
            client.get("/1");
            assertThat(network.until(() -> client.responses.size() == 1, 10)).isTrue();
            client.responses.clear();
            network.pass(50);
        }
        transfers(network, client);
        assertThat(network.gateway.counters().spliced().total()).isEqualTo(2);
        assertThat(network.siteA.tcp.counters().pawsRejected.get()).isZero();
        assertThat(network.client.tcp.counters().pawsRejected.get()).isZero();
    }

    /** The numbers that a connection from port 40000 begins with, in the order of {@link Wraps}. */
    private static int[] numbers(HandoffNetwork network) {
        List<TcpSegment> toSite = new ArrayList<>();
        List<TcpSegment> fromSite = new ArrayList<>();
        List<TcpSegment> toClient = new ArrayList<>();
        List<TcpSegment> fromClient = new ArrayList<>();
        network.siteTapA.arrives = packet -> toSite.add(packet.segment());
        network.siteTapA.leaves = packet -> fromSite.add(packet.segment());
        network.clientTap.arrives = packet -> toClient.add(packet.segment());
        network.clientTap.leaves = packet -> fromClient.add(packet.segment());
        TestSite site = new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        TestClient client = new TestClient(network, 40_000, 80, HandoffNetwork.EVERYTHING);
        client.get("/1");
        network.settle();
        assertThat(client.responses).hasSize(1);
        int[] numbers = new int[8];
        List<List<TcpSegment>> ways = List.of(fromClient, toClient, toSite, fromSite);
        for (int i = 0; i < 4; i++) {
            TcpSegment syn = ways.get(i).getFirst();
            assertThat(syn.has(TcpView.SYN)).isTrue();
            numbers[i] = syn.seq();
            numbers[4 + i] = syn.timestamps().orElseThrow().value();
        }
        client.connection.abort();
        network.settle();
        site.requests.clear();
        network.siteTapA.arrives = packet -> true;
        network.siteTapA.leaves = packet -> true;
        network.clientTap.arrives = packet -> true;
        network.clientTap.leaves = packet -> true;
        return numbers;
    }

    /** The edge's own clock is what both ends see after a splice: it must not go back while a flow lives. */
    @Test
    void no_end_ever_sees_a_timestamp_that_goes_back() {
        HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, ROUTES.replace("SCALE,", "window-scale: 7,"));
        new TestSite(network, network.siteA, HandoffNetwork.SITE_A, "a", false);
        int[] last = new int[2];
        boolean[] seen = new boolean[2];
        network.clientTap.arrives = packet -> grows(packet.segment(), last, seen, 0);
        network.siteTapA.arrives = packet -> grows(packet.segment(), last, seen, 1);
        TestClient client = new TestClient(network, 80);
        for (int i = 1; i < 20; i++) {
            int count = i;
            client.get("/3000");
            assertThat(network.until(() -> client.responses.size() == count, 10))
                    .isTrue();
            network.pass(37 * i);
        }
        assertThat(seen).containsExactly(true, true);
    }

    private static boolean grows(TcpSegment segment, int[] last, boolean[] seen, int end) {
        int value = segment.timestamps().orElseThrow().value();
        if (seen[end]) {
            assertThat(value - last[end]).isNotNegative();
        }
        seen[end] = true;
        last[end] = value;
        return true;
    }
}
