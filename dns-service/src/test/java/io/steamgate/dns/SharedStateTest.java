package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.embedded.EmbeddedServer;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.member.Rhythm;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Nodes that share their answers and the list of clusters through an Infinispan server, and what is left when it goes. */
class SharedStateTest {
    @TempDir
    Path directory;

    private static ClusterState connect(EmbeddedServer server) {
        return ClusterState.connect(
                ClientSettings.of(List.of("127.0.0.1:" + server.port())),
                new Rhythm(Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofMillis(300)),
                InstantSource.system(),
                CallObserver.NONE);
    }

    private static List<String> answers(TestServer server, String name) {
        return Ask.data(Ask.udp(server.address, name, Type.A), Section.ANSWER);
    }

    private Map<String, String> settings(FakeServer upstream, int node) {
        Map<String, String> settings = new HashMap<>();
        settings.put("forward.upstreams", upstream.address());
        settings.put("cluster.domain", "neonics.test");
        settings.put("cluster.id", "here");
        settings.put("cluster.key", "clusters");
        settings.put("keys.clusters.secret", MaintainTest.SECRET);
        settings.put("cluster.address", "127.0.0.1");
        settings.put("cluster.interval", "100ms");
        settings.put("cluster.silence", "10s");
        settings.put("cluster.state", directory.resolve("node" + node).toString());
        return settings;
    }

    @Test
    void a_node_that_joins_is_warm_and_goes_on_alone_when_the_shared_state_is_away() {
        try (FakeServer upstream = new FakeServer((q, s) -> FakeServer.answers(
                        q, q.getQuestion().getName() + " 60 CNAME web.example.", "web.example. 60 A 192.0.2.1"));
                EmbeddedServer infinispan = EmbeddedServer.start("127.0.0.1", 0, directory.resolve("infinispan"));
                ClusterState first = connect(infinispan);
                ClusterState second = connect(infinispan);
                TestServer one = TestServer.sharing(settings(upstream, 1), DnsServer.Shared.in(first));
                TestServer two = TestServer.sharing(settings(upstream, 2), DnsServer.Shared.in(second))) {
            eventually(
                    "both are connected",
                    () -> first.status().answering() && second.status().answering());
            List<String> expected = List.of("CNAME web.example.", "A 192.0.2.1");
            assertThat(answers(one, "www.example.")).isEqualTo(expected);
            eventually(
                    "it is shared",
                    () -> first.dnsCache()
                            .get(new io.steamgate.state.store.DnsQuestion("www.example.", 1, 1, false, false))
                            .join()
                            .found()
                            .isPresent());
            assertThat(answers(two, "WWW.example.")).isEqualTo(expected);
            assertThat(upstream.queries).hasSize(1);
            assertThat(two.server.resolveCounters().sharedHits.sum()).isEqualTo(1);

            one.server.clusters().orElseThrow().registered("there", java.net.InetAddress.ofLiteral("127.0.0.99"));
            infinispan.close();
            assertThat(answers(one, "www.example.")).isEqualTo(expected);
            assertThat(answers(two, "other.example.")).isEqualTo(expected);
            assertThat(answers(two, "cloud.neonics.test.")).containsExactly("A 127.0.0.1");
        }
    }

    @Test
    void of_two_nodes_that_want_the_same_at_once_one_asks() {
        try (FakeServer upstream = new FakeServer((q, s) -> List.of());
                EmbeddedServer infinispan = EmbeddedServer.start("127.0.0.1", 0, directory.resolve("infinispan"));
                ClusterState first = connect(infinispan);
                ClusterState second = connect(infinispan);
                TestServer one = TestServer.sharing(settings(upstream, 1), DnsServer.Shared.in(first));
                TestServer two = TestServer.sharing(settings(upstream, 2), DnsServer.Shared.in(second))) {
            eventually(
                    "both are connected",
                    () -> first.status().answering() && second.status().answering());
            var awaited = one.server.resolveCounters().awaited;
            var awaitedToo = two.server.resolveCounters().awaited;
            // Held back until the other node has come to wait, or to ask as well.
            upstream.behave((q, s) -> {
                long end = System.nanoTime() + 40_000_000;
                long before = upstream.queries.size() - 1;
                while (awaited.sum() + awaitedToo.sum() <= before && System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                return FakeServer.answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1");
            });
            // A slow machine may keep a node from waiting long enough, so that it asks as well: in most cases it does
            // not.
            int names = 20;
            for (int i = 0; i < names; i++) {
                String name = "n" + i + ".example.";
                var other = java.util.concurrent.CompletableFuture.supplyAsync(() -> answers(two, name));
                assertThat(answers(one, name)).containsExactly("A 192.0.2.1");
                assertThat(other.join()).containsExactly("A 192.0.2.1");
            }
            assertThat(upstream.queries).hasSizeBetween(names, names + names / 2);
            assertThat(awaited.sum() + awaitedToo.sum()).isGreaterThan(names / 2);
        }
    }

    @Test
    void the_list_of_clusters_is_known_to_a_node_that_was_not_told() {
        try (EmbeddedServer infinispan = EmbeddedServer.start("127.0.0.1", 0, directory.resolve("infinispan"));
                ClusterState state = connect(infinispan)) {
            eventually("it is connected", () -> state.status().answering());
            var store = new io.steamgate.dns.shared.SharedClusters(state.clusters(), new Nothing());
            var there =
                    io.steamgate.dns.cluster.KnownCluster.heardOf("there", java.net.InetAddress.ofLiteral("192.0.2.9"));
            store.put(there);
            eventually(
                    "another node reads it",
                    () -> new io.steamgate.dns.shared.SharedClusters(state.clusters(), new Nothing())
                            .all()
                            .orElseThrow()
                            .contains(there));
        }
    }

    /** A node without files. */
    private static final class Nothing implements io.steamgate.dns.cluster.ClusterStore {
        @Override
        public java.util.Optional<List<io.steamgate.dns.cluster.KnownCluster>> all() {
            return java.util.Optional.empty();
        }

        @Override
        public void put(io.steamgate.dns.cluster.KnownCluster cluster) {}
    }
}
