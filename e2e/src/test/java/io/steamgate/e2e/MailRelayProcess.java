package io.steamgate.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A mail relay as a process of its own on this machine. */
final class MailRelayProcess {
    private static final Path JAR = Lab.root().resolve("mail-relay/target/quarkus-app/quarkus-run.jar");

    private final Path home;
    private final int port;
    private Optional<Process> process = Optional.empty();

    /** @param routes lines of the routes file */
    MailRelayProcess(Path home, String routes, String... settings) throws IOException {
        this.home = home;
        this.port = freePort();
        Files.createDirectories(home.resolve("config"));
        Files.writeString(home.resolve("routes"), routes + "\n");
        Files.writeString(home.resolve("config/application.properties"), """
                steamgate.mail.hostname=relay.test
                steamgate.mail.listeners.smtp.host=127.0.0.1
                steamgate.mail.listeners.smtp.port=%d
                steamgate.mail.routes=routes
                steamgate.mail.maildir.create=true
                quarkus.management.host=127.0.0.1
                quarkus.management.port=%d
                quarkus.log.level=WARN
                %s
                """.formatted(
                        port, freePort(), String.join("\n", settings)));
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    Path mailboxes() {
        return home.resolve("mail");
    }

    /** Starts it and waits until it greets; fails with its log if it ends instead. */
    void start() throws IOException {
        Path log = home.resolve("log");
        Process started = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx96m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        JAR.toString())
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        process = Optional.of(started);
        Lab.eventually(
                home.getFileName() + " greets",
                Duration.ofMinutes(1),
                () -> !started.isAlive() || SmtpClient.greets(port));
        if (!started.isAlive()) {
            throw new AssertionError("the relay ended: " + Files.readString(log));
        }
    }

    /** The most memory that it has had since its start, in KiB. */
    long peakMemory() throws IOException {
        Path status = Path.of("/proc/" + process.orElseThrow().pid() + "/status");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    /** SIGTERM: it finishes what is under way. */
    void end() {
        process.ifPresent(running -> {
            running.destroy();
            running.onExit().join();
        });
    }

    /** SIGKILL. */
    void kill() {
        process.ifPresent(running -> running.destroyForcibly().onExit().join());
    }
}
