package io.steamgate.mail.milter;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.relay.RawClient;
import io.steamgate.mail.relay.RelayFixture;
import io.steamgate.mail.relay.ScriptedServer;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a filter does instead of an answer: the outcome is the configured one, the cause is counted, and nothing waits for ever. */
@Timeout(60)
class MilterFailureTest {
    @TempDir
    Path root;

    /** A filter that answers "continue" to everything, until its script has another answer. */
    private static final class Filter implements AutoCloseable {
        interface Script {
            /** @return whether the usual answer follows */
            boolean heard(char command, Socket filter) throws IOException;
        }

        private final ServerSocket listening = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        private final Script script;
        private final int protocol;
        private final Thread thread;
        final BlockingQueue<Character> heard = new LinkedBlockingQueue<>();

        Filter(int protocol, Script script) throws IOException {
            this.protocol = protocol;
            this.script = script;
            thread = Thread.ofVirtual().start(this::serve);
        }

        private void serve() {
            while (!listening.isClosed()) {
                try (Socket socket = listening.accept()) {
                    socket.setTcpNoDelay(true);
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    while (true) {
                        byte[] packet = in.readNBytes(in.readInt());
                        char command = (char) packet[0];
                        heard.add(command);
                        if (!script.heard(command, socket)) {
                            continue;
                        }
                        switch (command) {
                            case 'O' ->
                                say(
                                        socket,
                                        'O',
                                        ByteBuffer.allocate(12)
                                                .putInt(6)
                                                .putInt(0x11)
                                                .putInt(protocol)
                                                .array());
                            case 'D', 'Q' -> {}
                            default -> say(socket, 'c', new byte[0]);
                        }
                    }
                } catch (IOException e) {
                    // This connection is over.
                }
            }
        }

        /** Waits until a command was heard. */
        void awaits(char command) throws InterruptedException {
            while (heard.take() != command) {
                // Another one.
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
            thread.interrupt();
        }
    }

    private static void say(Socket filter, char command, byte[] data) throws IOException {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(filter.getOutputStream()));
        out.writeInt(data.length + 1);
        out.writeByte(command);
        out.write(data);
        out.flush();
    }

    private RelayFixture relay(Filter filter, MilterFilter.DefaultAction otherwise, ScriptedServer server)
            throws Exception {
        return FilteredRelay.of(root, filter.listening.getLocalPort(), otherwise, 100_000, server);
    }

    private static RawClient begun(RelayFixture relay) throws IOException {
        RawClient client = relay.client().hello();
        client.ask("MAIL FROM:<s@x.test>");
        client.ask("RCPT TO:<joe@b.test>");
        assertThat(client.ask("DATA")).startsWith("354");
        return client.write("Subject: a\r\n\r\nHello\r\n");
    }

    /** What the script says when the filter has heard this. */
    private static boolean misbehaves(String how, char at, char command, Socket filter) throws IOException {
        if (command != at) {
            return true;
        }
        switch (how) {
            case "garbage" ->
                filter.getOutputStream().write("HTTP/1.1 400 Bad\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            case "unknown" -> say(filter, '?', new byte[0]);
            case "empty" -> filter.getOutputStream().write(new byte[4]);
            case "large" ->
                filter.getOutputStream()
                        .write(ByteBuffer.allocate(5)
                                .putInt(64 * 1024 + 1)
                                .put((byte) 'h')
                                .array());
            case "closes" -> throw new IOException("closed");
            case "resets" -> {
                filter.setSoLinger(true, 0);
                throw new IOException("reset");
            }
            case "changes" -> {
                byte[] change = "X\0y\0".getBytes(StandardCharsets.US_ASCII);
                for (int i = 0; i < 1001; i++) {
                    say(filter, 'h', change);
                }
            }
            default -> throw new IllegalArgumentException(how);
        }
        return false;
    }

    @ParameterizedTest
    @CsvSource({
        "garbage, O, oversized",
        "unknown, O, malformed",
        "unknown, H, malformed",
        "empty, M, malformed",
        "large, E, oversized",
        "closes, O, lost",
        "closes, R, lost",
        "closes, B, lost",
        "resets, E, lost",
        "changes, B, malformed",
        "changes, E, too-many-changes"
    })
    void whatAFilterDoesNotSayIsDecidedByTheConfiguration(String how, char at, String cause) throws Exception {
        for (MilterFilter.DefaultAction otherwise : MilterFilter.DefaultAction.values()) {
            try (Filter filter = new Filter(0, (command, socket) -> misbehaves(how, at, command, socket));
                    ScriptedServer server = FilteredRelay.server();
                    RelayFixture relay = relay(filter, otherwise, server);
                    RawClient client = begun(relay)) {
                assertDecided(otherwise, cause, client.ask("."), server, relay);
            }
        }
    }

    private static void assertDecided(
            MilterFilter.DefaultAction otherwise, String cause, String reply, ScriptedServer server, RelayFixture relay)
            throws InterruptedException {
        assertThat(relay.inspected.take()).isEqualTo("milter-1 " + cause);
        switch (otherwise) {
            case ACCEPT -> {
                assertThat(reply).startsWith("250");
                assertThat(server.messages.take()).endsWith("Hello\r\n");
            }
            case TEMPFAIL -> assertThat(reply).startsWith("451 4.7.1");
            case REJECT -> assertThat(reply).startsWith("550 5.7.1");
        }
        assertThat(server.messages).isEmpty();
    }

    @Test
    void aFilterThatIsNotThereIsCounted() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        for (MilterFilter.DefaultAction otherwise : MilterFilter.DefaultAction.values()) {
            try (ScriptedServer server = FilteredRelay.server();
                    RelayFixture relay = FilteredRelay.of(root, port, otherwise, 100_000, server);
                    RawClient client = begun(relay)) {
                assertDecided(otherwise, "unreachable", client.ask("."), server, relay);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"O, 10", "C, 20", "R, 20", "T, 20", "L, 40", "B, 40", "E, 40"})
    void eachAnswerHasItsTime(char silentAt, int seconds) throws Exception {
        try (Filter filter = new Filter(0, (command, _) -> command != silentAt);
                ScriptedServer server = FilteredRelay.server();
                RelayFixture relay = relay(filter, MilterFilter.DefaultAction.TEMPFAIL, server);
                RawClient client = begun(relay)) {
            client.write(".\r\n");
            filter.awaits(silentAt);
            // And the relay has done what comes with the question.
            relay.tick(Duration.ZERO);
            relay.tick(Duration.ofSeconds(seconds).minusMillis(1));
            assertThat(relay.inspected).isEmpty();
            relay.tick(Duration.ofMillis(1));
            assertDecided(MilterFilter.DefaultAction.TEMPFAIL, "timeout", client.reply(), server, relay);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatIsLostWhileItsMessageIsJudgedLeavesNothing(boolean politely) throws Exception {
        try (Filter filter = new Filter(0, (command, _) -> command != 'E');
                ScriptedServer server = FilteredRelay.server();
                RelayFixture relay = relay(filter, MilterFilter.DefaultAction.ACCEPT, server)) {
            RawClient client = begun(relay);
            client.write(".\r\n");
            filter.awaits('E');
            if (politely) {
                client.close();
            } else {
                client.reset();
            }
            assertThat(relay.outcome()).isEqualTo("aborted CLIENT_LOST");
            assertThat(server.end()).startsWith("rst:").doesNotContain("\r\n.");
            assertThat(server.messages).isEmpty();
        }
    }

    @Test
    void aClientThatAlreadySaysMoreWhileItsMessageIsJudgedIsAnsweredInTurn() throws Exception {
        CompletableFuture<Socket> asked = new CompletableFuture<>();
        try (Filter filter = new Filter(0, (command, socket) -> command != 'E' || !asked.complete(socket));
                ScriptedServer server = FilteredRelay.server();
                RelayFixture relay = relay(filter, MilterFilter.DefaultAction.ACCEPT, server);
                RawClient client = begun(relay)) {
            client.write(".\r\n");
            Socket socket = asked.get();
            client.write("NOOP\r\nQUIT\r\n");
            relay.tick(Duration.ZERO);
            say(socket, 'c', new byte[0]);
            assertThat(client.reply()).startsWith("250 2.0.0");
            assertThat(client.reply()).startsWith("250");
            assertThat(client.reply()).startsWith("221");
            assertThat(server.messages.take()).endsWith("Hello\r\n");
        }
    }

    @Test
    void beingInProgressMakesNoTimeLonger() throws Exception {
        CompletableFuture<Socket> asked = new CompletableFuture<>();
        try (Filter filter = new Filter(0, (command, socket) -> command != 'E' || !asked.complete(socket));
                ScriptedServer server = FilteredRelay.server();
                RelayFixture relay = relay(filter, MilterFilter.DefaultAction.TEMPFAIL, server);
                RawClient client = begun(relay)) {
            client.write(".\r\n");
            Socket socket = asked.get();
            relay.tick(Duration.ZERO);
            relay.tick(Duration.ofSeconds(39));
            for (int i = 0; i < 1000; i++) {
                say(socket, 'p', new byte[0]);
            }
            // An event loop reads before it does its tasks: by the second one it has heard them.
            relay.tick(Duration.ZERO);
            relay.tick(Duration.ZERO);
            assertThat(relay.inspected).isEmpty();
            relay.tick(Duration.ofSeconds(1));
            assertDecided(MilterFilter.DefaultAction.TEMPFAIL, "timeout", client.reply(), server, relay);
        }
    }

    /** Whether the relay has closed its side, although this one does not read: what is written comes back as a reset. */
    private static boolean isLeft(Socket filter, RelayFixture relay) throws Exception {
        for (int i = 0; i < 1000; i++) {
            try {
                say(filter, 'p', new byte[0]);
            } catch (IOException e) {
                return true;
            }
            relay.tick(Duration.ZERO);
        }
        return false;
    }

    /** It wants the body, says that it will not answer to its pieces, and does not read them. */
    @Test
    void aFilterThatDoesNotReadHoldsTheClientBack() throws Exception {
        CompletableFuture<Socket> filterSide = new CompletableFuture<>();
        try (Filter filter = new Filter(0x80000, (command, socket) -> {
                    if (command == 'B') {
                        filterSide.complete(socket);
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                    }
                    return true;
                });
                ScriptedServer server = FilteredRelay.server();
                RelayFixture relay = relay(filter, MilterFilter.DefaultAction.TEMPFAIL, server);
                RawClient client = begun(relay)) {
            String block = "x".repeat(998) + "\r\n";
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < 50_000; i++) {
                        client.write(block);
                    }
                    client.write(".\r\n");
                } catch (IOException e) {
                    // The end of the test.
                }
            });
            filter.awaits('B');
            assertThat(writer.join(Duration.ofMillis(1500))).as("held back").isFalse();
            assertThat(relay.held()).as("octets that are held").isLessThan(300_000);
            relay.tick(Duration.ofSeconds(40));
            writer.join();
            assertThat(relay.inspected.take()).isEqualTo("unmarked");
            assertDecided(MilterFilter.DefaultAction.TEMPFAIL, "timeout", client.reply(), server, relay);
            assertThat(isLeft(filterSide.join(), relay))
                    .as("the connection is not kept")
                    .isTrue();
        }
    }
}
