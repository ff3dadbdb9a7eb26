package io.steamgate.mail.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.inspect.Inspections;
import io.steamgate.mail.relay.RawClient;
import io.steamgate.mail.relay.RelayFixture;
import io.steamgate.state.ClusterState;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.embedded.EmbeddedServer;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.member.Rhythm;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two relays that share what they know of their clients through an Infinispan server, and what is left when it goes. */
@Timeout(60)
class TalliedStateTest {
    @TempDir
    Path root;

    private final AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);

    private static ClusterState connect(EmbeddedServer server) {
        ClusterState state = ClusterState.connect(
                ClientSettings.of(List.of("127.0.0.1:" + server.port())),
                new Rhythm(Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofMillis(300)),
                InstantSource.system(),
                CallObserver.NONE);
        long end = System.nanoTime() + 20_000_000_000L;
        while (!state.status().answering()) {
            assertThat(System.nanoTime()).as("connected").isLessThan(end);
            LockSupport.parkNanos(20_000_000);
        }
        return state;
    }

    private RelayFixture relay(ClusterState state, String name) throws Exception {
        SharedState shared = new TalliedState(state.tallies(), new LocalState(InstantSource.system(), 100));
        InstantSource clock = () -> Instant.now().plus(later.get());
        return new RelayFixture(
                root.resolve(name),
                List.of("a.test maildir"),
                Map.of(),
                List.of(),
                (_, _) -> new Inspections(0, List.of()),
                List.of(
                        new RateLimit(shared, 3, Duration.ofHours(1)),
                        new Greylist(shared, clock, Duration.ofMinutes(5), Duration.ofDays(1))),
                List.of());
    }

    private static String ask(RelayFixture relay, String recipient) throws Exception {
        try (RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            return client.ask("RCPT TO:<" + recipient + "@a.test>");
        }
    }

    @Test
    void whatOneRelayKnowsOfAClientTheOtherKnowsToo() throws Exception {
        try (EmbeddedServer infinispan = EmbeddedServer.start("127.0.0.1", 0, root.resolve("infinispan"));
                ClusterState first = connect(infinispan);
                ClusterState second = connect(infinispan);
                RelayFixture one = relay(first, "one");
                RelayFixture two = relay(second, "two")) {
            assertThat(ask(one, "joe")).as("never seen").startsWith("451 4.7.1 Greylisted");
            later.set(Duration.ofMinutes(6));
            assertThat(ask(two, "joe")).as("seen by the other").startsWith("250");
            assertThat(ask(two, "joe")).startsWith("250");
            assertThat(ask(one, "joe")).as("the fourth of three").startsWith("450 4.7.1 Too much");
            assertThat(one.inspected).isEmpty();

            infinispan.close();
            assertThat(ask(one, "jim"))
                    .as("the third that this relay itself has seen, and nobody is taken for new")
                    .startsWith("250");
            assertThat(one.inspected).containsExactly("greylist unknown");
            assertThat(ask(one, "jim")).as("the fourth").startsWith("450 4.7.1 Too much");
        }
    }
}
