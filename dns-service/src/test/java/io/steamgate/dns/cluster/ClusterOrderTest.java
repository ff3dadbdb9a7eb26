package io.steamgate.dns.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.dns.ManualTime;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.zone.Zones;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.TSIG;

/** In which order clusters are told to clients. */
class ClusterOrderTest {
    private static final ClusterNames NAMES = ClusterNames.of("neonics.test", "cloud", "steam");

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final Zones zones = new Zones();
    private double ownLoad = 0.5;

    private KnownCluster cluster(int number, double load, int millis) {
        return new KnownCluster(
                "c" + number,
                InetAddress.ofLiteral("127.0.3." + number),
                time.instant(),
                load,
                Duration.ofMillis(millis));
    }

    /** Of which others nobody answers; they are known from the store. */
    private Clusters clusters(List<KnownCluster> others) throws IOException {
        ClusterStore store = new ClusterStore() {
            @Override
            public Optional<List<KnownCluster>> all() {
                return Optional.of(others);
            }

            @Override
            public void put(KnownCluster cluster) {}
        };
        Clusters.Settings settings = new Clusters.Settings(
                "own",
                NAMES,
                new TSIG(TSIG.HMAC_SHA256, "clusters.", "MDEyMzQ1Njc4OWFiY2RlZg=="),
                List.of(),
                1,
                Duration.ofSeconds(20),
                new ClusterZones.Ttls(Duration.ofSeconds(30), Duration.ofHours(1), Duration.ofDays(1)),
                false,
                Optional.of(InetAddress.ofLiteral("127.0.3.100")),
                List.of());
        return new Clusters(settings, zones, store, new StateFiles(directory), time, () -> ownLoad);
    }

    private List<String> told(byte[] name) {
        return zones.find(name).orElseThrow().records().stream()
                .filter(rr -> rr.type() == Dns.A && Names.same(rr.owner(), name))
                .map(ClusterOrderTest::address)
                .toList();
    }

    private static String address(Rr rr) {
        try {
            return InetAddress.getByAddress(rr.rdata()).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void the_least_loaded_comes_first_and_among_equals_the_nearest() throws IOException {
        Clusters clusters = clusters(List.of(
                cluster(1, 0.9, 1),
                cluster(2, 0.2, 100),
                cluster(3, 0.2, 10),
                // In tenths, which is what counts, no more than the two before.
                cluster(4, 0.24, 5)));
        clusters.turn();
        assertThat(clusters.live().stream().map(KnownCluster::id)).containsExactly("c4", "c3", "c2", "own", "c1");
        List<String> order = List.of("127.0.3.4", "127.0.3.3", "127.0.3.2", "127.0.3.100", "127.0.3.1");
        assertThat(told(NAMES.cloud())).containsExactlyElementsOf(order);
        assertThat(told(NAMES.steam())).containsExactlyElementsOf(order);

        ownLoad = 0.1;
        clusters.turn();
        assertThat(told(NAMES.cloud())).first().isEqualTo("127.0.3.100");
    }

    @Test
    void one_that_is_silent_for_too_long_is_told_no_more() throws IOException {
        Clusters clusters = clusters(List.of(cluster(1, 0.1, 1)));
        clusters.turn();
        time.pass(Duration.ofSeconds(19));
        clusters.turn();
        assertThat(told(NAMES.cloud())).containsExactly("127.0.3.1", "127.0.3.100");
        time.pass(Duration.ofSeconds(1));
        clusters.turn();
        assertThat(told(NAMES.cloud())).containsExactly("127.0.3.100");
    }
}
