package io.steamgate.state.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.Within;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.hotrod.ClientSettings.Credentials;
import io.steamgate.state.hotrod.ClientSettings.Security;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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

/** An Infinispan server as a process that is spoken to by TLS, and with a password, only. Services are tested with it too. */
public final class SecuredServer implements AutoCloseable {
    private static final String USER = "steamgate";
    private static final String PASSWORD = "secret";
    private static final String NAME = "state.test";

    /** What is tested with it is not time, and the machine may be busy. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Path keys;
    private final Path certificate;
    private final Trio one;

    /** @param directory for its key and its certificate */
    public SecuredServer(Path directory) throws IOException, InterruptedException {
        keys = keys(directory, "state");
        certificate = directory.resolve("state.pem");
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "state",
                "-keystore",
                keys.toString(),
                "-file",
                certificate.toString());
        one = new Trio("secured", 1, "-Dtest.password=" + PASSWORD, "-Dtest.keystore=" + keys);
    }

    /** A key and a certificate that signs itself, for 127.0.0.1 and {@code state.test}. */
    static Path keys(Path directory, String name) throws IOException, InterruptedException {
        Path file = directory.resolve(name + ".p12");
        List<String> command = new ArrayList<>(List.of("-genkeypair", "-alias", name, "-keyalg", "EC"));
        command.addAll(List.of("-dname", "CN=" + name, "-ext", "san=ip:127.0.0.1,dns:" + NAME, "-validity", "2"));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", file.toString()));
        keytool(command.toArray(String[]::new));
        return file;
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
    }

    /** Trusts what is in a key store, and nothing else. */
    static SSLContext trusting(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
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

    /** Trusts this server. */
    SSLContext trusting() throws IOException, GeneralSecurityException {
        return trusting(keys);
    }

    /** What a service is configured with to be served. */
    public Map<String, String> settings() {
        return Map.of(
                "steamgate.state.servers",
                String.join(",", one.settings().servers()),
                "steamgate.state.username",
                USER,
                "steamgate.state.password",
                PASSWORD,
                "steamgate.state.tls",
                "state",
                "steamgate.state.tls-server-name",
                NAME,
                "quarkus.tls.state.trust-store.pem.certs",
                certificate.toString(),
                "steamgate.state.attempt",
                PATIENCE.toSeconds() + "s",
                "steamgate.state.connect",
                PATIENCE.toSeconds() + "s",
                "steamgate.state.budget",
                PATIENCE.multipliedBy(2).toSeconds() + "s");
    }

    /** Another client than the service, connected. */
    public ClusterState client() throws IOException, GeneralSecurityException {
        ClusterState state = connect(Optional.of(trusting()), Optional.of(NAME), PASSWORD);
        assertThat(Within.within(Duration.ofSeconds(20), () -> state.status().answering()))
                .as(() -> state.status().toString())
                .isTrue();
        return state;
    }

    ClusterState connect(Optional<SSLContext> tls, Optional<String> serverName, String password) {
        ClientSettings usual = one.settings();
        return Trio.connect(new ClientSettings(
                usual.servers(),
                new Security(tls, serverName, Optional.of(new Credentials(USER, password, "SCRAM-SHA-512"))),
                PATIENCE.multipliedBy(2),
                PATIENCE.multipliedBy(2),
                Map.of(),
                PATIENCE,
                PATIENCE,
                usual.pulse(),
                Map.of(),
                usual.room()));
    }

    @Override
    public void close() throws InterruptedException {
        one.close();
    }
}
