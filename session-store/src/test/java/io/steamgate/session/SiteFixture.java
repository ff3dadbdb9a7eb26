package io.steamgate.session;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Two sites in a directory of their own with a certificate each, and 127.0.0.2 as the trusted edge. */
public class SiteFixture implements QuarkusTestResourceLifecycleManager {
    static final String EDGE = "127.0.0.2";
    static final String PASSWORD = "changeit";
    static final byte[] LARGE = new byte[300_000];

    static {
        for (int i = 0; i < LARGE.length; i++) {
            LARGE[i] = (byte) (i * 31 + i / 251);
        }
    }

    private static final Path ROOT = root();

    private static Path root() {
        try {
            return Files.createTempDirectory("steamgate-sites").toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The directory of the sites. */
    static Path sites() {
        return Path.of(
                System.getProperty("steamgate.test.sites", ROOT.resolve("sites").toString()));
    }

    static Path keyStore() {
        return sites().resolveSibling("tls.p12");
    }

    @Override
    public Map<String, String> start() {
        try {
            Path sites = ROOT.resolve("sites");
            System.setProperty("steamgate.test.sites", sites.toString());
            file(sites, "a.test/index.html", "<h1>a</h1>\n");
            file(sites, "a.test/docs/page.txt", "0123456789");
            file(sites, "a.test/docs/index.html", "docs\n");
            file(sites, "a.test/empty.txt", "");
            file(sites, "a.test/empty/.keep", "");
            file(sites, "a.test/.secret", "secret");
            file(sites, "a.test/.well-known/security.txt", "Contact: mailto:security@a.test\n");
            file(sites, "a.test/app.js", "console.log(1)\n");
            file(sites, "a.test/app.js.gz", "gzip");
            file(sites, "a.test/app.js.br", "brotli");
            file(sites, "a.test/with space/é.html", "é\n");
            file(sites, "b.test/index.html", "<h1>b</h1>\n");
            file(ROOT, "outside.txt", "outside");
            Files.createSymbolicLink(sites.resolve("a.test/escape.txt"), Path.of("../../outside.txt"));
            Files.createSymbolicLink(sites.resolve("a.test/up"), Path.of("../.."));
            Files.createSymbolicLink(sites.resolve("a.test/inside.txt"), Path.of("docs/page.txt"));
            Files.write(sites.resolve("a.test/large.bin"), LARGE);
            file(sites, "127.0.0.1/index.html", "by address\n");
            Files.write(sites.resolve("127.0.0.1/large.bin"), LARGE);
            for (String host : List.of("a.test", "b.test")) {
                certificate(sites.resolveSibling("tls.p12"), host);
            }
            // As Main does, which does not run here.
            System.setProperty("vertx.disableURIValidation", "true");
            Map<String, String> config = new HashMap<>();
            config.put("steamgate.session.sites", sites.toString());
            config.put("steamgate.session.trusted-edges", EDGE + ",127.0.0.16/28");
            config.put("steamgate.session.node", "site-a");
            config.put("steamgate.session.lab-endpoints", "true");
            config.put("steamgate.session.default-site", "b.test");
            config.put("steamgate.session.head-timeout", "15s");
            config.put("steamgate.session.files.recheck", "0s");
            // Chosen here, because of a packaged application the tests learn no port but the first.
            for (String port : List.of("quarkus.http.ssl-port", "quarkus.management.port")) {
                String free = freePort();
                System.setProperty("steamgate.test." + port, free);
                config.put(port, free);
                config.put(port.replaceFirst("\\.(ssl-)?port$", ".test-$1port"), free);
            }
            config.put("quarkus.http.tls-configuration-name", "sites");
            config.put(
                    "quarkus.tls.sites.key-store.p12.path",
                    sites.resolveSibling("tls.p12").toString());
            config.put("quarkus.tls.sites.key-store.p12.password", PASSWORD);
            config.put("quarkus.tls.sites.key-store.sni", "true");
            return config;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    /** The port that serves TLS, or health and metrics, by its configuration key. */
    static int port(String key) {
        return Integer.getInteger("steamgate.test." + key);
    }

    private static void file(Path root, String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-02T03:04:05.678Z")));
    }

    private static void certificate(Path store, String host) throws IOException, InterruptedException {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        host,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + host,
                        "-ext",
                        "san=dns:" + host + ",ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool: " + output);
        }
    }

    @Override
    public void stop() {
        try (Stream<Path> files = Files.walk(ROOT)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
