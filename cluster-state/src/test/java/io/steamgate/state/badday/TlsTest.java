package io.steamgate.state.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.Within;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.hotrod.ClientSettings.Credentials;
import io.steamgate.state.hotrod.ClientSettings.Security;
import io.steamgate.state.store.Session;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
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

    private static Trio one;
    private static Path right;
    private static Path other;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        right = keys("right");
        other = keys("other");
        one = new Trio("tls", 1, "-Dtest.password=secret", "-Dtest.keystore=" + right);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        one.close();
    }

    /** A key and a certificate that signs itself, for 127.0.0.1. */
    private static Path keys(String name) throws IOException, InterruptedException {
        Path file = directory.resolve(name + ".p12");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of("-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name));
        command.addAll(List.of("-ext", "san=ip:127.0.0.1,dns:state.test", "-validity", "2", "-storetype", "PKCS12"));
        command.addAll(List.of("-storepass", "secret", "-keystore", file.toString()));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        return file;
    }

    /** Trusts what is in a key store, and nothing else. */
    private static SSLContext trusting(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "secret".toCharArray());
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        String alias = keys.aliases().nextElement();
        trusted.setCertificateEntry(alias, keys.getCertificate(alias));
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private static ClusterState connect(Optional<SSLContext> tls, Optional<String> serverName, String password) {
        return Trio.connect(one.settings(
                new Security(tls, serverName, Optional.of(new Credentials("steamgate", password, "SCRAM-SHA-512")))));
    }

    private static void saysSoAndAnswersAtOnce(ClusterState state, String problem) {
        assertThat(Within.within(
                        Duration.ofSeconds(20),
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
        try (ClusterState state = connect(Optional.of(trusting(right)), Optional.of("state.test"), "secret")) {
            Watch.untilAnswering(state);
            assertThat(state.sessions().put(SESSION, HOUR).join()).isEqualTo(Ack.DONE);
            assertThat(state.sessions().get("kept").join().found().orElseThrow().value())
                    .isEqualTo(SESSION);
        }
    }

    @Test
    void a_certificate_that_nobody_trusts_is_a_problem_that_health_names() throws Exception {
        try (ClusterState state = connect(Optional.of(trusting(other)), Optional.of("state.test"), "secret")) {
            saysSoAndAnswersAtOnce(state, "valid certification path");
        }
    }

    @Test
    void the_trust_that_java_comes_with_does_not_do() throws Exception {
        try (ClusterState state = connect(Optional.of(SSLContext.getDefault()), Optional.of("state.test"), "secret")) {
            saysSoAndAnswersAtOnce(state, "valid certification path");
        }
    }

    @Test
    void a_certificate_for_another_name_is_a_problem_that_health_names() throws Exception {
        try (ClusterState state = connect(Optional.of(trusting(right)), Optional.of("another.test"), "secret")) {
            saysSoAndAnswersAtOnce(state, "another.test");
        }
    }

    @Test
    void a_wrong_password_is_one_by_tls_too() throws Exception {
        try (ClusterState state = connect(Optional.of(trusting(right)), Optional.of("state.test"), "wrong")) {
            saysSoAndAnswersAtOnce(state, "Invalid credentials");
        }
    }

    @Test
    void who_speaks_in_the_clear_gets_no_answer() {
        try (ClusterState state = connect(Optional.empty(), Optional.empty(), "secret")) {
            assertThat(Within.within(
                            Duration.ofSeconds(20),
                            () -> state.status().problem().isPresent()
                                    && !state.status().problem().get().equals("not connected yet")))
                    .as(() -> state.status().toString())
                    .isTrue();
            assertThat(state.status().answering()).isFalse();
        }
    }
}
