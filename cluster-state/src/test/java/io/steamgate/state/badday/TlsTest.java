package io.steamgate.state.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.Within;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.embedded.Access;
import io.steamgate.state.embedded.EmbeddedServer;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.hotrod.ClientSettings.Credentials;
import io.steamgate.state.hotrod.ClientSettings.Security;
import io.steamgate.state.store.Session;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is spoken to by TLS, and with a password, only. */
class TlsTest {
    private static final Lifespan HOUR = Lifespan.of(Duration.ofHours(1));
    private static final Session SESSION = new Session("kept", "node", Optional.empty(), Map.of());

    @TempDir
    static Path directory;

    private static SecuredServer server;
    private static Path other;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        other = SecuredServer.keys(directory, "other");
        server = new SecuredServer(directory);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        server.close();
    }

    private static void saysSoAndAnswersAtOnce(ClusterState state, String problem) {
        assertThat(Within.within(
                        Duration.ofSeconds(30),
                        () -> state.status().problem().orElse("").contains(problem)))
                .as(() -> state.status().toString())
                .isTrue();
        assertThat(state.status().problem().orElse("").lines()).hasSize(1);
        assertThat(state.status().answering()).isFalse();
        long startedAt = System.nanoTime();
        assertThat(state.sessions().put(SESSION, HOUR).join()).isEqualTo(new Ack.Unavailable(Reason.DISCONNECTED));
        assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofMillis(100));
    }

    @Test
    void who_trusts_the_certificate_and_knows_the_password_is_served() throws Exception {
        try (ClusterState state = server.client()) {
            assertThat(state.sessions().put(SESSION, HOUR).join()).isEqualTo(Ack.DONE);
            assertThat(state.sessions().get("kept").join().found().orElseThrow().value())
                    .isEqualTo(SESSION);
        }
    }

    @Test
    void an_embedded_server_has_the_key_that_it_is_given() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(other)) {
            store.load(in, "secret".toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, "secret".toCharArray());
        SSLContext own = SSLContext.getInstance("TLS");
        own.init(keys.getKeyManagers(), null, null);
        Access access = new Access(Optional.of(own), Optional.of(new Access.User("steamgate", "secret")));
        try (EmbeddedServer embedded = EmbeddedServer.start("127.0.0.1", 0, directory.resolve("embedded"), access);
                ClusterState trusting = at(embedded, SecuredServer.trusting(other));
                ClusterState mistaken = at(embedded, server.trusting())) {
            assertThat(Within.within(
                            Duration.ofSeconds(30), () -> trusting.status().answering()))
                    .as(() -> trusting.status().toString())
                    .isTrue();
            assertThat(trusting.sessions().put(SESSION, HOUR).join()).isEqualTo(Ack.DONE);
            saysSoAndAnswersAtOnce(mistaken, "valid certification path");
        }
    }

    private static ClusterState at(EmbeddedServer embedded, SSLContext trust) {
        Duration patience = Duration.ofSeconds(5);
        return Trio.connect(new ClientSettings(
                List.of("127.0.0.1:" + embedded.port()),
                new Security(
                        Optional.of(trust),
                        Optional.of("state.test"),
                        Optional.of(new Credentials("steamgate", "secret", "SCRAM-SHA-512"))),
                patience.multipliedBy(2),
                patience.multipliedBy(2),
                Map.of(),
                patience,
                patience,
                Duration.ofSeconds(1),
                Map.of(),
                100));
    }

    @Test
    void a_certificate_that_nobody_trusts_is_a_problem_that_health_names() throws Exception {
        try (ClusterState state =
                server.connect(Optional.of(SecuredServer.trusting(other)), Optional.of("state.test"), "secret")) {
            saysSoAndAnswersAtOnce(state, "valid certification path");
        }
    }

    @Test
    void the_trust_that_java_comes_with_does_not_do() throws Exception {
        try (ClusterState state =
                server.connect(Optional.of(SSLContext.getDefault()), Optional.of("state.test"), "secret")) {
            saysSoAndAnswersAtOnce(state, "valid certification path");
        }
    }

    @Test
    void a_certificate_for_another_name_is_a_problem_that_health_names() throws Exception {
        try (ClusterState state =
                server.connect(Optional.of(server.trusting()), Optional.of("another.test"), "secret")) {
            saysSoAndAnswersAtOnce(state, "another.test");
        }
    }

    @Test
    void a_wrong_password_is_one_by_tls_too() throws Exception {
        try (ClusterState state = server.connect(Optional.of(server.trusting()), Optional.of("state.test"), "wrong")) {
            saysSoAndAnswersAtOnce(state, "Invalid credentials");
        }
    }

    @Test
    void who_speaks_in_the_clear_gets_no_answer() {
        try (ClusterState state = server.connect(Optional.empty(), Optional.empty(), "secret")) {
            assertThat(Within.within(
                            Duration.ofSeconds(30),
                            () -> state.status().problem().isPresent()
                                    && !state.status().problem().get().equals("not connected yet")))
                    .as(() -> state.status().toString())
                    .isTrue();
            assertThat(state.status().answering()).isFalse();
        }
    }
}
