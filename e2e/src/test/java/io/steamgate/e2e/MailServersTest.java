package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Debian's mail servers on both sides of the relay, in the long form of the tests: they are fetched, and root lays them over a
 * namespace's root.
 */
@Timeout(180)
class MailServersTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String CONTENT = "Subject: judged\r\n\r\n..dot\r\n..\r\nend";

    @TempDir
    Path directory;

    private final List<Process> servers = new java.util.ArrayList<>();
    private final List<MailRelayProcess> relays = new java.util.ArrayList<>();

    @AfterEach
    void end() {
        relays.forEach(MailRelayProcess::kill);
        for (Process server : servers) {
            server.descendants().forEach(ProcessHandle::destroyForcibly);
            server.destroyForcibly().onExit().join();
        }
    }

    private MailRelayProcess relay(String server, int port) throws IOException {
        assumeTrue(Lab.FULL && System.getProperty("user.name").equals("root"), "needs --full and root");
        // The servers have users of their own, who are to come this far.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        MailRelayProcess relay = new MailRelayProcess(
                directory.resolve("relay"),
                "a.test maildir\n" + server + ".test server",
                "steamgate.mail.destinations.server.servers=127.0.0.1:" + port,
                "steamgate.mail.destinations.server.protocol=" + (server.equals("dovecot") ? "lmtp" : "smtp"));
        relays.add(relay);
        relay.start();
        Path log = directory.resolve("server.log");
        servers.add(new ProcessBuilder(
                        Lab.root().resolve("e2e/src/test/sh/mail-server").toString(),
                        server,
                        Integer.toString(port),
                        Integer.toString(relay.port()),
                        directory.resolve("server").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start());
        Lab.eventually(server + " greets", LIMIT, () -> SmtpClient.greets(port));
        return relay;
    }

    private static List<String> messages(Path folder) {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().contains("/new/"))
                    .map(MailServersTest::read)
                    .filter(text -> text.contains("judged"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"exim", "opensmtpd", "dovecot"})
    void a_server_takes_what_the_relay_passes_on(String server) throws IOException {
        int port = MailRelayProcess.freePort();
        MailRelayProcess relay = relay(server, port);

        try (SmtpClient client = new SmtpClient(relay.port())) {
            client.send("s@x.test", "joe@" + server + ".test", CONTENT);
        }

        Path mailbox = directory.resolve("server/mail");
        Lab.eventually("the message is stored", LIMIT, () -> !messages(mailbox).isEmpty());
        assertThat(messages(mailbox)).singleElement().asString().endsWith("\n\n.dot\n.\nend\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"exim", "opensmtpd"})
    void the_relay_takes_what_a_server_sends(String server) throws IOException {
        int port = MailRelayProcess.freePort();
        MailRelayProcess relay = relay(server, port);

        try (SmtpClient client = new SmtpClient(port)) {
            client.send("s@x.test", "joe@a.test", CONTENT);
        }

        Lab.eventually(
                "the message is stored",
                LIMIT,
                () -> !messages(relay.mailboxes()).isEmpty());
        assertThat(messages(relay.mailboxes())).singleElement().asString().endsWith("\n\n.dot\n.\nend\n");
    }
}
