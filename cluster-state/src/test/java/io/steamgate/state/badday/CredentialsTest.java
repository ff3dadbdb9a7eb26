package io.steamgate.state.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.Within;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.hotrod.ClientSettings.Credentials;
import io.steamgate.state.hotrod.ClientSettings.Security;
import io.steamgate.state.store.Cluster;
import io.steamgate.state.store.Piece;
import io.steamgate.state.store.Session;
import io.steamgate.state.store.Validity;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One server that asks for a password, and that dies. */
class CredentialsTest {
    private static final Lifespan HOUR = Lifespan.of(Duration.ofHours(1));
    private static final Session SESSION = new Session("kept", "node", Optional.empty(), Map.of());

    private static Trio one;

    @BeforeAll
    static void start() throws InterruptedException {
        one = new Trio("one", 1, "-Dtest.password=secret");
    }

    @AfterAll
    static void stop() throws InterruptedException {
        one.close();
    }

    private static ClusterState connect(String user, String password) {
        return Trio.connect(one.settings()
                .with(new Security(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new Credentials(user, password, "SCRAM-SHA-512")))));
    }

    @Test
    void wrong_credentials_are_a_problem_that_health_names_and_no_call_waits() {
        try (ClusterState state = connect("steamgate", "wrong")) {
            assertThat(Within.within(
                            Duration.ofSeconds(10),
                            () -> state.status().problem().orElse("").contains("Invalid credentials")))
                    .as(() -> state.status().toString())
                    .isTrue();
            assertThat(state.status().answering()).isFalse();
            long startedAt = System.nanoTime();
            assertThat(state.sessions().put(SESSION, HOUR).join()).isEqualTo(new Ack.Unavailable(Reason.DISCONNECTED));
            assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofMillis(100));
        }
    }

    @Test
    void a_server_that_is_killed_and_started_again_has_what_is_persistent_and_has_forgotten_the_rest()
            throws IOException, InterruptedException {
        try (ClusterState state = connect("steamgate", "secret")) {
            Watch.untilAnswering(state);
            Cluster cluster = new Cluster("home", "203.0.113.7", Instant.EPOCH, 0);
            assertThat(state.sessions().put(SESSION, HOUR).join()).isEqualTo(Ack.DONE);
            assertThat(state.clusters().put(cluster).join()).isEqualTo(Ack.DONE);
            assertThat(state.pieces().put("piece", FORGOTTEN).join()).isEqualTo(Ack.DONE);
            one.get(0).kill();
            assertThat(Within.within(
                            Duration.ofSeconds(5), () -> !state.status().answering()))
                    .isTrue();
            long startedAt = System.nanoTime();
            assertThat(state.sessions().get("kept").join().answered()).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofMillis(900));
            one.repair();
            Watch.untilAnswering(state);
            assertThat(state.sessions().get("kept").join().found().orElseThrow().value())
                    .isEqualTo(SESSION);
            assertThat(state.clusters().get("home").join().found().orElseThrow().value())
                    .isEqualTo(cluster);
            assertThat(state.pieces().get("piece").join()).isEqualTo(new Reply.Absent<>());
        }
    }

    private static final Piece FORGOTTEN = new Piece("1", Validity.PERSISTENT);
}
