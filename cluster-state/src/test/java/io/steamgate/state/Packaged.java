package io.steamgate.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What the build of a module made last, executable or jar, as a process of its own. */
public final class Packaged implements AutoCloseable {
    private final Path log;
    private final int management = freePort();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;

    /**
     * Begins to start it.
     *
     * @param directory an empty one, where it runs
     * @param settings its whole configuration, but for the management port
     */
    public Packaged(Path directory, Map<String, String> settings) throws IOException {
        Map<String, String> all = new TreeMap<>(settings);
        all.put("quarkus.management.host", "127.0.0.1");
        all.put("quarkus.management.port", Integer.toString(management));
        Files.createDirectories(directory.resolve("config"));
        Files.writeString(
                directory.resolve("config/application.properties"),
                all.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
                        .collect(Collectors.joining()));
        log = directory.resolve("log");
        process = new ProcessBuilder(command())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static List<String> command() throws IOException {
        Path target = Path.of("target");
        Properties built = new Properties();
        try (InputStream in = Files.newInputStream(target.resolve("quarkus-artifact.properties"))) {
            built.load(in);
        }
        String path = target.resolve(built.getProperty("path")).toAbsolutePath().toString();
        return "native".equals(built.getProperty("type"))
                ? List.of(path)
                : List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-jar",
                        path);
    }

    /** A port of 127.0.0.1 that nobody listens on. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until what its management interface has at {@code path} has {@code text} in it. */
    public Packaged await(String path, String text) {
        assertThat(Within.within(
                        Duration.ofSeconds(60),
                        () -> !process.isAlive() || management(path).contains(text)))
                .as(() -> "'" + text + "' in " + management(path) + "\n" + log())
                .isTrue();
        assertThat(process.isAlive()).as(this::log).isTrue();
        return this;
    }

    public Packaged awaitReady() {
        // Of the whole; each check has a status too.
        return await("/q/health/ready", "{\n    \"status\": \"UP\"");
    }

    /** What its management interface has at {@code path}; empty while there is none. */
    public String management(String path) {
        try {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + management + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            // It does not listen yet.
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** Waits for the end of one that cannot start; what it said until then. */
    public List<String> lastWords() throws IOException, InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(this::log).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        return Files.readAllLines(log);
    }

    /** Everything it has said. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        http.close();
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("it did not end: " + log());
        }
    }
}
