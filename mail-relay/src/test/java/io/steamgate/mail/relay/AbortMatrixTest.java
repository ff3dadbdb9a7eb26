package io.steamgate.mail.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody is lost at every step: never a partial message, never an acknowledged one missing. */
@Timeout(60)
class AbortMatrixTest {
    private static final List<String> EXTENSIONS = List.of("PIPELINING", "8BITMIME");

    @TempDir
    Path root;

    private RelayFixture relay(ScriptedServer... servers) throws Exception {
        return new RelayFixture(
                root,
                List.of("a.test maildir", "b.test server"),
                Map.of("server", Stream.of(servers).map(ScriptedServer::address).toList()));
    }

    private static ScriptedServer server(String verb, String answer) throws IOException {
        return new ScriptedServer(EXTENSIONS, (heard, line) -> heard.equals(verb) ? answer : ScriptedServer.USUAL);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    /** The disk has a thread of its own: what was begun goes soon after the client has its answer. */
    private void assertNoFileIsLeft() throws IOException {
        long end = System.nanoTime() + 5_000_000_000L;
        while (!files().isEmpty() && System.nanoTime() - end < 0) {
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
        assertThat(files()).isEmpty();
    }

    private static String envelope(String domain) {
        return "MAIL FROM:<s@x.test>\r\nRCPT TO:<joe@" + domain + ">\r\nDATA\r\n";
    }

    /** Says everything up to the content, and reads the three replies. */
    private static RawClient inContent(RelayFixture relay, String domain) throws IOException {
        RawClient client = relay.client().hello().write(envelope(domain));
        assertThat(client.reply()).startsWith("250");
        assertThat(client.reply()).startsWith("250");
        assertThat(client.reply()).startsWith("354");
        return client;
    }

    @ParameterizedTest
    @ValueSource(strings = {"Subject: x\r\n", "Subject: x\r\n\r\nHello\r\n.", "Hello\r\n.\r", "Hello\r"})
    void aClientThatIsLostInContentLeavesNothing(String written) throws Exception {
        try (ScriptedServer server = server("", "");
                RelayFixture relay = relay(server)) {
            for (boolean politely : new boolean[] {true, false}) {
                for (String domain : List.of("a.test", "b.test")) {
                    RawClient client = inContent(relay, domain).write(written);
                    if (politely) {
                        client.close();
                    } else {
                        client.reset();
                    }
                    assertThat(relay.outcome()).isEqualTo("aborted CLIENT_LOST");
                }
                assertThat(server.end()).startsWith("rst:").doesNotContain("\r\n.");
                assertThat(server.messages).isEmpty();
            }
            // The disk's part is done after the client's end is noticed.
            relay.shutDown(2000);
        }
        assertNoFileIsLeft();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "EHLO x\r\n", "MAIL FROM:<s@x.test>\r\n", "MAIL FROM:<s@x.test>\r\nRCPT TO:<joe@b.test>\r\n"
            })
    void aClientThatIsLostBeforeContentLeavesTheServerInPeace(String written) throws Exception {
        try (ScriptedServer server = server("", "");
                RelayFixture relay = relay(server)) {
            try (RawClient client = relay.client().hello().write(written)) {
                if (written.contains("RCPT")) {
                    client.reply();
                    client.reply();
                }
            }
            // The next message, maybe on the same connection of the server, comes through whole.
            try (RawClient next = inContent(relay, "b.test")) {
                assertThat(next.ask("Hello\r\n.")).startsWith("250");
            }
            assertThat(server.messages.take()).endsWith("Hello\r\n");
            assertThat(server.messages).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "CONNECT, 451 4.4.1",
        "EHLO, 451 4.4.1",
        "MAIL, 451 4.4.1",
        "RCPT, 451 4.4.1",
    })
    void aServerThatIsLostBeforeARecipientIsAcceptedIsFollowedByTheNext(String verb, String alone) throws Exception {
        for (String how : List.of(ScriptedServer.RESET, ScriptedServer.CLOSE)) {
            try (ScriptedServer broken = server(verb, how);
                    ScriptedServer good = server("", "");
                    RelayFixture relay = relay(broken, good);
                    RelayFixture lonely = relay(broken)) {
                try (RawClient client = inContent(relay, "b.test")) {
                    assertThat(client.ask("Hello\r\n.")).startsWith("250");
                }
                assertThat(good.messages.take()).endsWith("Hello\r\n");
                try (RawClient client = lonely.client().hello()) {
                    client.ask("MAIL FROM:<s@x.test>");
                    assertThat(client.ask("RCPT TO:<joe@b.test>")).startsWith("451 4.4");
                    assertThat(alone).startsWith("451 4.4");
                }
            }
        }
    }

    @Test
    void aServerThatIsLostAtDataIsNotReplaced() throws Exception {
        for (String how : List.of(ScriptedServer.RESET, ScriptedServer.CLOSE)) {
            try (ScriptedServer broken = server("DATA", how);
                    ScriptedServer good = server("", "");
                    RelayFixture relay = relay(broken, good);
                    RawClient client = relay.client().hello().write(envelope("b.test"))) {
                client.reply();
                client.reply();
                assertThat(client.reply()).startsWith("451 4.4.2");
                assertThat(good.messages).isEmpty();
            }
        }
    }

    @Test
    void aServerThatIsLostInContentIsA451AfterTheMessage() throws Exception {
        for (String how : List.of(ScriptedServer.RESET, ScriptedServer.CLOSE)) {
            try (ScriptedServer broken = server("CONTENT", how);
                    RelayFixture relay = relay(broken);
                    RawClient client = inContent(relay, "b.test")) {
                client.write("Subject: x\r\n");
                assertThat(relay.outcome()).isEqualTo("aborted DESTINATION_LOST");
                assertThat(client.ask(RelayFixture.text(200_000) + "\r\n.")).startsWith("451 4.4.2");
                assertThat(client.ask("NOOP")).startsWith("250");
            }
        }
    }

    @Test
    void aServerThatRefusesInContentIsHeard() throws Exception {
        try (ScriptedServer full = server("CONTENT", "552 5.2.2 no more room");
                RelayFixture relay = relay(full);
                RawClient client = inContent(relay, "b.test")) {
            client.write("Subject: x\r\n");
            assertThat(relay.outcome()).isEqualTo("aborted DESTINATION_REFUSED");
            assertThat(client.ask("Hello\r\n.")).isEqualTo("552 5.2.2 no more room");
        }
    }

    @Test
    void aServerThatIsLostBeforeItsFinalReplyIsA451() throws Exception {
        for (String how : List.of(ScriptedServer.RESET, ScriptedServer.CLOSE, "421 4.3.2 bye")) {
            try (ScriptedServer broken = server("END", how);
                    RelayFixture relay = relay(broken);
                    RawClient client = inContent(relay, "b.test")) {
                assertThat(client.ask("Hello\r\n.")).startsWith("451 4.");
                assertThat(relay.outcome()).startsWith("451");
                // It has the message all the same: this is the window in which a second try makes a duplicate.
                assertThat(broken.messages.take()).endsWith("Hello\r\n");
            }
        }
    }

    @Test
    void aFinalRefusalIsPassedOn() throws Exception {
        try (ScriptedServer server = server("END", "554 5.7.1 spam");
                RelayFixture relay = relay(server);
                RawClient client = inContent(relay, "b.test")) {
            assertThat(client.ask("Hello\r\n.")).isEqualTo("554 5.7.1 spam");
        }
    }

    @ParameterizedTest
    @CsvSource({"CONNECT, 5", "EHLO, 5", "MAIL, 5", "RCPT, 5", "DATA, 2", "END, 10"})
    void aServerThatFallsSilentIsGivenUpInTime(String verb, int minutes) throws Exception {
        try (ScriptedServer server = server(verb, ScriptedServer.SILENCE);
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            client.write("RCPT TO:<joe@b.test>\r\n");
            if (verb.equals("DATA") || verb.equals("END")) {
                assertThat(client.reply()).startsWith("250");
                client.write("DATA\r\n");
                if (verb.equals("END")) {
                    assertThat(client.reply()).startsWith("354");
                    client.write("Hello\r\n.\r\n");
                    server.messages.take();
                } else {
                    await(server, "DATA");
                }
            } else {
                await(server, verb);
            }
            relay.tick(Duration.ofMinutes(minutes).minusSeconds(1));
            relay.tick(Duration.ofSeconds(2));
            assertThat(client.reply()).startsWith("451 4.4.2");
            assertThat(server.end()).startsWith("rst");
        }
    }

    private static void await(ScriptedServer server, String verb) throws InterruptedException {
        while (!server.commands.take().startsWith(verb)) {
            // An earlier one.
        }
    }

    @Test
    void aClientThatFallsSilentIsToldAndItsMessageAborted() throws Exception {
        try (ScriptedServer server = server("", "");
                RelayFixture relay = relay(server);
                RawClient client = inContent(relay, "b.test")) {
            client.write("Subject: x\r\n");
            client.write("Hello\r\n");
            while (server.ends.isEmpty()) {
                relay.tick(Duration.ofMinutes(2));
                if (!relay.outcomes.isEmpty()) {
                    break;
                }
            }
            assertThat(client.reply()).startsWith("421 4.4.2");
            assertThat(client.reply()).isEmpty();
            assertThat(relay.outcome()).isEqualTo("aborted CLIENT_TIMEOUT");
            assertThat(server.end()).startsWith("rst");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'Hello\nworld\r\n', 554 5.6.0, BARE_LF",
        "'Hello\rworld\r\n', 554 5.6.0, BARE_CR",
        "'Hello\r\n.\nMAIL FROM:<admin@a.test>\r\n', 554 5.6.0, BARE_LF",
        "'Hello\n.\r\nMAIL FROM:<admin@a.test>\r\n', 554 5.6.0, BARE_LF",
    })
    void aViolationAbortsAndIsAnsweredAfterTheMessage(String content, String reply, String cause) throws Exception {
        try (ScriptedServer server = server("", "");
                RelayFixture relay = relay(server)) {
            for (String domain : List.of("b.test", "a.test")) {
                try (RawClient client = inContent(relay, domain)) {
                    client.write("Subject: x\r\n\r\n");
                    assertThat(client.ask(content + ".")).startsWith(reply);
                    assertThat(relay.outcome()).isEqualTo("aborted " + cause);
                    assertThat(client.ask("NOOP"))
                            .as("nothing of the message was a command")
                            .startsWith("250 2.0.0");
                }
            }
            assertThat(server.end()).startsWith("rst:").doesNotContain("admin");
            relay.shutDown(2000);
        }
        assertNoFileIsLeft();
    }

    @Test
    void chunksWithoutALastOneAreNoMessage() throws Exception {
        try (ScriptedServer server = server("", "");
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            client.ask("RCPT TO:<joe@b.test>");
            assertThat(client.ask("BDAT 7\r\nHello")).startsWith("250 2.0.0 7");
            assertThat(client.ask("RSET")).startsWith("250");
            assertThat(relay.outcome()).isEqualTo("aborted CHUNKS_GIVEN_UP");
            assertThat(server.end()).startsWith("rst:").endsWith("Hello\r\n");
            assertThat(server.messages).isEmpty();
        }
    }

    @Test
    void theServiceEndsAfterTheMessageThatIsUnderWay() throws Exception {
        try (ScriptedServer server = server("", "");
                RelayFixture relay = relay(server);
                RawClient idle = relay.client().hello();
                RawClient busy = inContent(relay, "b.test")) {
            Thread ending = Thread.ofVirtual().start(() -> {
                try {
                    relay.shutDown(20_000);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            assertThat(idle.reply()).startsWith("421 4.3.2");
            assertThat(busy.ask("Hello\r\n.")).startsWith("250");
            assertThat(busy.reply()).startsWith("421 4.3.2");
            assertThat(ending.join(Duration.ofSeconds(20))).isTrue();
            assertThat(server.messages.take()).endsWith("Hello\r\n");
        }
    }
}
