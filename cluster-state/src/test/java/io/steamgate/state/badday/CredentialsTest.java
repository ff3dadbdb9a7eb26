package io.steamgate.state.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.Within;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.hotrod.ClientSettings.Credentials;
import io.steamgate.state.hotrod.ClientSettings.Security;
import io.steamgate.state.member.Rhythm;
import io.steamgate.state.store.Cluster;
import io.steamgate.state.store.Piece;
import io.steamgate.state.store.Session;
import io.steamgate.state.store.Validity;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
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

    private static ClientSettings settings(String user, String password) {
        return one.settings(new Security(
                Optional.empty(), Optional.empty(), Optional.of(new Credentials(user, password, "SCRAM-SHA-512"))));
    }

    private static ClusterState connect(String user, String password) {
        return Trio.connect(settings(user, password));
    }

    @Test
    void wrong_credentials_are_a_problem_that_health_names_and_no_call_waits() {
        try (ClusterState state = connect("steamgate", "wrong")) {
            assertThat(Within.within(
                            Duration.ofSeconds(20),
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

    @Test
    void what_is_kept_near_is_kept_near_and_up_to_date_again_when_its_server_is_back()
            throws IOException, InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        try (ClusterState here = ClusterState.connect(
                        settings("steamgate", "secret"),
                        Rhythm.DEFAULT,
                        InstantSource.system(),
                        (cache, operation, outcome, nanos) -> calls.addAndGet(cache.equals("pieces") ? 1 : 0));
                ClusterState elsewhere = connect("steamgate", "secret")) {
            Watch.untilAnswering(here);
            Watch.untilAnswering(elsewhere);
            assertThat(elsewhere.pieces().put("near", piece("1")).join()).isEqualTo(Ack.DONE);
            assertThat(here.pieces().get("near").join()).isEqualTo(new Reply.Found<>(piece("1")));
            one.get(0).kill();
            assertThat(Within.within(
                            Duration.ofSeconds(5),
                            () -> !here.status().answering()
                                    && !elsewhere.status().answering()))
                    .isTrue();
            assertThat(here.pieces().get("near").join().answered())
                    .as("what nobody says is outdated may be outdated")
                    .isFalse();
            one.repair();
            Watch.untilAnswering(here);
            Watch.untilAnswering(elsewhere);
            for (String value : List.of("2", "3")) {
                assertThat(Within.within(
                                Duration.ofSeconds(5),
                                () -> elsewhere
                                        .pieces()
                                        .put("near", piece(value))
                                        .join()
                                        .done()))
                        .isTrue();
                assertThat(Within.within(
                                Duration.ofSeconds(5),
                                () -> here.pieces().get("near").join().equals(new Reply.Found<>(piece(value)))))
                        .as("told of " + value)
                        .isTrue();
                assertThat(Within.within(Duration.ofSeconds(5), () -> {
                            int before = calls.get();
                            return here.pieces().get("near").join().answered() && calls.get() == before;
                        }))
                        .as("kept near")
                        .isTrue();
            }
        }
    }

    private static Piece piece(String value) {
        return new Piece(value, Validity.PERSISTENT);
    }

    private static final Piece FORGOTTEN = new Piece("1", Validity.PERSISTENT);
}
