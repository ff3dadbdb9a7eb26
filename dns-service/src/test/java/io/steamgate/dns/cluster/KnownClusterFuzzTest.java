package io.steamgate.dns.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** One line of another cluster's list. */
class KnownClusterFuzzTest {
    @FuzzTest
    void fuzz(byte[] octets) {
        KnownCluster.parse(new String(octets, StandardCharsets.ISO_8859_1)).ifPresent(told -> {
            KnownCluster known = KnownCluster.heardOf(told.id(), told.address())
                    .verified(java.time.Instant.EPOCH.plusSeconds(1), told.load(), java.time.Duration.ZERO);
            assertThat(known.loadTenths()).isBetween(0, 10);
            KnownCluster.Told again =
                    KnownCluster.parse(known.text(told.self())).orElseThrow();
            assertThat(again.id()).isEqualTo(told.id());
            assertThat(again.address()).isEqualTo(told.address());
            assertThat(again.self()).isEqualTo(told.self());
            assertThat(again.load() >= 0 && again.load() <= 1).isTrue();
        });
    }
}
