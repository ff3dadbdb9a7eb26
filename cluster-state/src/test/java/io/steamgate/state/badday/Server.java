package io.steamgate.state.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.Within;
import io.steamgate.state.server.ServerMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server as a process, which can be killed, stopped, frozen and started again with the data it had. */
final class Server implements AutoCloseable {
    private static final int PORT = 11222;
    private static final int CLUSTER_PORT = 7800;

    private final String address;
    private final List<String> peers;
    private final Path directory;
    private final List<String> prefix;
    private final List<String> options;
    private @Nullable Process process;
    private CountDownLatch ready = new CountDownLatch(1);

    /**
     * @param peers addresses of the whole cluster
     * @param prefix of the command, as {@code ip netns exec NAME}
     */
    Server(String address, List<String> peers, Path directory, List<String> prefix, List<String> options) {
        this.address = address;
        this.peers = peers;
        this.directory = directory;
        this.prefix = prefix;
        this.options = options;
    }

    String endpoint() {
        return address + ":" + PORT;
    }

    long pid() {
        return running().pid();
    }

    private Process running() {
        Process now = process;
        if (now == null) {
            throw new IllegalStateException("not started");
        }
        return now;
    }

    /** Begins to start; {@link #awaitReady} waits for the end of that. */
    Server start() {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseCompactObjectHeaders",
                "-XX:SharedArchiveFile=" + Path.of("target", "server.jsa").toAbsolutePath(),
                "-XX:+AutoCreateSharedArchive",
                "-Xlog:cds=off",
                "-Xlog:aot=off",
                "-Djava.net.preferIPv4Stack=true",
                // One line for each, without where it was thrown: on a bad day there are tens of thousands.
                "-Djava.util.logging.SimpleFormatter.format=%1$tT.%1$tL %4$s %5$s%n",
                "-Dtest.parent=" + ProcessHandle.current().pid(),
                "-Dtest.address=" + address,
                "-Dtest.port=" + PORT,
                "-Dtest.cluster.port=" + CLUSTER_PORT,
                "-Dtest.cluster.hosts="
                        + String.join(
                                ",",
                                peers.stream()
                                        .map(peer -> peer + "[" + CLUSTER_PORT + "]")
                                        .toList()),
                "-Dtest.directory=" + directory));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ServerMain.class.getName()));
        try {
            Files.createDirectories(directory);
            Process started =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process = started;
            ready = new CountDownLatch(1);
            CountDownLatch signal = ready;
            Thread.ofVirtual().start(() -> {
                try (BufferedReader lines = started.inputReader(StandardCharsets.UTF_8);
                        var writer =
                                Files.newBufferedWriter(log(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        writer.write(line);
                        writer.newLine();
                        writer.flush();
                        if (line.equals("ready")) {
                            signal.countDown();
                        }
                    }
                } catch (IOException e) {
                    // Its end.
                    return;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    Server awaitReady() throws InterruptedException {
        assertThat(ready.await(180, TimeUnit.SECONDS))
                .as("server %s is ready; its log is %s.log", address, directory)
                .isTrue();
        return this;
    }

    /**
     * Waits until the log says something for another time: for longer than a rebalance that a dead server has left unfinished
     * holds everything up, see docs/failures.md.
     */
    private void awaitLogged(String text, long times) {
        assertThat(Within.within(Duration.ofSeconds(150), () -> logged(text) >= times))
                .as("%s for time %d in the log of %s", text, times, address)
                .isTrue();
    }

    /** How often the log says something. */
    private long logged(String text) {
        try (Stream<String> lines = Files.lines(log())) {
            return lines.filter(text::equals).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log() {
        return directory.resolveSibling(directory.getFileName() + ".log");
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        running().destroyForcibly().waitFor();
    }

    /** As an operator does after a majority was lost: what this server has is declared to be all there is. */
    void makeAvailable() throws IOException {
        say("available", "made available");
    }

    /** Whether entries are copied when servers come and go: of the whole cluster, as an operator says it. */
    void rebalance(boolean enabled) throws IOException {
        say("rebalance " + (enabled ? "enable" : "disable"), "heard");
    }

    /** Waits until every cache is with so many servers and at rest. */
    void awaitSettled(int members) throws IOException {
        say("settle " + members, "settled");
    }

    private void say(String command, String answer) throws IOException {
        long before = logged(answer);
        var commands = running().outputWriter(StandardCharsets.UTF_8);
        commands.write(command);
        commands.newLine();
        commands.flush();
        awaitLogged(answer, before + 1);
    }

    /** SIGTERM, and waits until it has handed over what it has. */
    void stop() throws InterruptedException {
        running().destroy();
        assertThat(running().waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    @Override
    public void close() throws InterruptedException {
        if (process != null) {
            kill();
        }
    }
}
