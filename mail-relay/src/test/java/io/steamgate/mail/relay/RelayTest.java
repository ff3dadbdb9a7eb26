package io.steamgate.mail.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages on their way, over real sockets. */
@Timeout(60)
class RelayTest {
    private static final List<String> ALL = List.of("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 1500000");

    @TempDir
    Path root;

    private static ScriptedServer server(List<String> extensions) throws IOException {
        return new ScriptedServer(extensions, (verb, line) -> line.contains("nobody") ? "550 5.1.1 who?" : "");
    }

    private RelayFixture relay(Map<String, List<InetSocketAddress>> servers, List<String> edges) throws Exception {
        return new RelayFixture(
                root,
                List.of("a.test maildir", "b.test server", "c.test lmtp", "d.test other", ".b.test server"),
                servers,
                edges);
    }

    private RelayFixture relay(ScriptedServer server) throws Exception {
        return relay(Map.of("server", List.of(server.address()), "lmtp", List.of(server.address())), List.of());
    }

    /** As far as the content. */
    private static void begin(RawClient client, String recipient) throws IOException {
        client.write("MAIL FROM:<s@x.test>\r\nRCPT TO:<" + recipient + ">\r\nDATA\r\n");
        assertThat(client.reply()).startsWith("250");
        assertThat(client.reply()).startsWith("250");
        assertThat(client.reply()).startsWith("354");
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void aMessageGoesOnAsItCameWithATraceLine() throws Exception {
        try (ScriptedServer server = server(ALL);
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            client.write(
                    "MAIL FROM:<s@x.test> SIZE=100 BODY=8BITMIME RET=HDRS\r\nRCPT TO:<joe@b.test> NOTIFY=NEVER\r\nDATA\r\n");
            client.reply();
            client.reply();
            assertThat(client.reply()).startsWith("354");
            assertThat(client.ask("Subject: é\r\n\r\n..dot\r\n.")).startsWith("250");
            assertThat(server.messages.take())
                    .matches(
                            "(?s)Received: from client\\.test \\(\\[127\\.0\\.0\\.1\\]\\)\r\n\tby relay\\.test with ESMTP\r\n"
                                    + "\tid [0-9A-Z]{12} for <joe@b\\.test>;\r\n\t\\w{3}, \\d+ \\w{3} \\d{4} [0-9:]{8} \\+0000\r\n"
                                    + "Subject: é\r\n\r\n\\.\\.dot\r\n");
            assertThat(server.commands)
                    .contains(
                            "MAIL FROM:<s@x.test> SIZE=100 BODY=8BITMIME RET=HDRS",
                            "RCPT TO:<joe@b.test> NOTIFY=NEVER");
        }
    }

    @Test
    void recipientsThatLiveElsewhereComeInAnotherTransaction() throws Exception {
        try (ScriptedServer server = server(ALL);
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            assertThat(client.ask("RCPT TO:<nobody@b.test>")).isEqualTo("550 5.1.1 who?");
            assertThat(client.ask("RCPT TO:<joe@a.test>")).startsWith("250");
            assertThat(client.ask("RCPT TO:<joe@b.test>")).startsWith("452 4.5.3");
            assertThat(client.ask("RCPT TO:<jim@a.test>")).startsWith("250");
            assertThat(client.ask("RCPT TO:<joe@nowhere.test>")).startsWith("554 5.7.1");
            client.ask("DATA");
            assertThat(client.ask("Hello\r\n.")).startsWith("250");
            assertThat(files()).hasSize(2);
            client.ask("MAIL FROM:<s@x.test>");
            assertThat(client.ask("RCPT TO:<joe@b.test>")).startsWith("250");
            assertThat(client.ask("RCPT TO:<joe@sub.b.test>")).startsWith("250");
            client.ask("DATA");
            assertThat(client.ask("Hello\r\n.")).startsWith("250");
            assertThat(server.messages.take()).endsWith("Hello\r\n").doesNotContain(" for <");
        }
    }

    @Test
    void anLmtpServerTakesOneRecipientAtATime() throws Exception {
        try (ScriptedServer server = server(ALL);
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            assertThat(client.ask("RCPT TO:<joe@c.test>")).startsWith("250");
            assertThat(client.ask("RCPT TO:<jim@c.test>")).startsWith("452 4.5.3");
            assertThat(server.commands).contains("LHLO relay.test");
        }
    }

    @Test
    void whatTheDestinationLacksIsRefusedAtRcpt() throws Exception {
        try (ScriptedServer server = server(List.of("SIZE 1000"));
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test> BODY=8BITMIME");
            assertThat(client.ask("RCPT TO:<joe@b.test>")).startsWith("554 5.6.3");
            client.ask("RSET");
            client.ask("MAIL FROM:<s@x.test> SMTPUTF8");
            assertThat(client.ask("RCPT TO:<joe@b.test>")).startsWith("553 5.6.7");
            client.ask("RSET");
            client.ask("MAIL FROM:<s@x.test> SIZE=1001");
            assertThat(client.ask("RCPT TO:<joe@b.test>")).startsWith("552 5.3.4");
        }
    }

    @Test
    void chunksBecomeDottedData() throws Exception {
        try (ScriptedServer server = server(ALL);
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            client.write("MAIL FROM:<s@x.test>\r\nRCPT TO:<joe@b.test>\r\nBDAT 10\r\nHello\r\n.\r\nBDAT 3 LAST\r\nend");
            for (int i = 0; i < 4; i++) {
                assertThat(client.reply()).startsWith("250");
            }
            assertThat(server.messages.take()).endsWith("\r\nHello\r\n..\r\nend\r\n");
            client.write("MAIL FROM:<s@x.test>\r\nRCPT TO:<joe@a.test>\r\nBDAT 10 LAST\r\nHello\r\n.\r\n");
            for (int i = 0; i < 3; i++) {
                assertThat(client.reply()).startsWith("250");
            }
            assertThat(Files.readString(files().getFirst())).endsWith("\r\nHello\r\n.\r\n");
        }
    }

    @Test
    void theLastChunkIsAnsweredHoweverManyOfItsLinesBeginWithADot() throws Exception {
        try (ScriptedServer server = server(ALL);
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            for (int dots = 0; dots < 40; dots++) {
                String lines = ".\r\n".repeat(dots) + "end\r\n";
                client.write(
                        "MAIL FROM:<s@x.test>\r\nRCPT TO:<joe@b.test>\r\nBDAT " + lines.length() + " LAST\r\n" + lines);
                for (int i = 0; i < 3; i++) {
                    assertThat(client.reply()).as(dots + " dots").startsWith("250");
                }
                assertThat(server.messages.take()).endsWith("\r\n" + "..\r\n".repeat(dots) + "end\r\n");
            }
        }
    }

    @Test
    void aConnectionOfTheServerServesSeveralMessages() throws Exception {
        try (ScriptedServer server = server(ALL);
                RelayFixture relay = relay(server)) {
            for (int i = 0; i < 3; i++) {
                try (RawClient client = relay.client().hello()) {
                    begin(client, "joe@b.test");
                    assertThat(client.ask("Hello\r\n.")).startsWith("250");
                }
            }
            // Each event loop keeps its own.
            assertThat(server.commands.stream()
                            .filter(line -> line.equals("CONNECT"))
                            .count())
                    .isBetween(1L, 2L);
            relay.tick(Duration.ofSeconds(1));
            assertThat(server.ends).isEmpty();
            relay.tick(Duration.ofSeconds(6));
            assertThat(server.end()).startsWith("quit");
        }
    }

    @Test
    void aKeptConnectionThatWasClosedMeanwhileIsMadeAnew() throws Exception {
        // The first connection ends when it is asked for a second message.
        int[] mails = {0};
        try (ScriptedServer server = new ScriptedServer(
                        ALL, (verb, line) -> verb.equals("MAIL") && ++mails[0] == 2 ? ScriptedServer.RESET : "");
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            for (int i = 0; i < 2; i++) {
                begin(client, "joe@b.test");
                assertThat(client.ask("Hello\r\n.")).startsWith("250");
            }
            assertThat(server.messages).hasSize(2);
        }
    }

    /** A server that does not read holds its client back: what is in between is bounded. */
    @Test
    void backPressureReachesTheClient() throws Exception {
        try (ServerSocket listening = new ServerSocket()) {
            listening.setReceiveBufferSize(16 * 1024);
            listening.bind(new InetSocketAddress("127.0.0.1", 0));
            Thread server = Thread.ofVirtual().start(() -> slow(listening));
            InetSocketAddress address = (InetSocketAddress) listening.getLocalSocketAddress();
            try (RelayFixture relay = relay(Map.of("server", List.of(address)), List.of());
                    RawClient client = relay.client().hello()) {
                begin(client, "joe@b.test");
                String block = RelayFixture.text(8000);
                long[] written = {0};
                Thread writer = Thread.ofPlatform().start(() -> {
                    try {
                        // Far below the limit on messages, and far above all buffers together.
                        while (written[0] < 100_000_000) {
                            client.write(block);
                            written[0] += block.length();
                        }
                    } catch (IOException e) {
                        // The end of the test.
                    }
                });
                assertThat(writer.join(Duration.ofMillis(1500))).as("held back").isFalse();
                relay.tick(Duration.ofMinutes(3).minusSeconds(1));
                assertThat(relay.outcomes).as("a server may be slow").isEmpty();
                relay.tick(Duration.ofSeconds(2));
                assertThat(relay.outcome()).isEqualTo("aborted DESTINATION_TIMEOUT");
                client.reset();
                writer.join();
            } finally {
                server.interrupt();
            }
            server.join();
        }
    }

    @Test
    void aLargeMessageReachesAServerThatReadsSlowlierThanItsClientWrites() throws Exception {
        try (ScriptedServer server = server(ALL);
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            begin(client, "joe@b.test");
            String text = RelayFixture.text(1_000_000) + "\r\n" + "..\r\n".repeat(10_000);
            client.write(text);
            assertThat(client.ask(".")).startsWith("250");
            assertThat(server.messages.take()).endsWith(text);
        }
    }

    private static void slow(ServerSocket listening) {
        try (Socket socket = listening.accept()) {
            var in = socket.getInputStream();
            for (String reply : List.of("220 a", "250 b", "250 c", "250 d", "354 e")) {
                socket.getOutputStream().write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
                while (!reply.startsWith("354") && in.read() != '\n') {
                    // To the end of the command.
                }
            }
            // Says and reads no more, until the test interrupts it.
            new CountDownLatch(1).await();
        } catch (IOException | InterruptedException e) {
            // The end of the test.
        }
    }

    @Test
    void anEdgeSaysWhoTheClientIs() throws Exception {
        byte[] header = RawClient.proxyHeader(
                new InetSocketAddress("192.0.2.77", 12345), new InetSocketAddress("192.0.2.10", 25));
        try (RelayFixture relay = relay(Map.of(), List.of("127.0.0.1"))) {
            try (RawClient client = relay.client()) {
                client.write(header);
                assertThat(client.reply()).startsWith("220");
                client.ask("EHLO client.test");
                begin(client, "joe@a.test");
                client.ask("Hello\r\n.");
                assertThat(relay.outcome()).isEqualTo("250 from 192.0.2.77");
                assertThat(Files.readString(files().getFirst())).contains("client.test ([192.0.2.77])");
            }
            // The edge's own check of its endpoint's health.
            try (RawClient client = relay.client()) {
                byte[] local = header.clone();
                local[12] = 0x20;
                client.write(local);
                assertThat(client.reply()).startsWith("220");
            }
            try (RawClient client = relay.client()) {
                assertThat(client.write("EHLO client.test and more\r\n").reply())
                        .isEmpty();
                assertThat(relay.outcome()).isEqualTo("connection refused BAD_PROXY_HEADER");
            }
            try (RawClient client = relay.client()) {
                assertThat(client.write("PROXY TCP4 192.0.2.77 192.0.2.10 12345 25\r\n")
                                .reply())
                        .isEmpty();
                assertThat(relay.outcome()).isEqualTo("connection refused BAD_PROXY_HEADER");
            }
        }
    }

    @Test
    void aClientThatIsNoEdgeCannotSpeakForAnother() throws Exception {
        try (RelayFixture relay = relay(Map.of(), List.of("192.0.2.1"));
                RawClient client = relay.client()) {
            client.reply();
            client.write(new byte[] {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A});
            assertThat(client.reply()).startsWith("500");
            assertThat(client.reply()).startsWith("500");
            assertThat(client.reply()).startsWith("521");
            assertThat(client.reply()).isEmpty();
        }
    }

    @Test
    void connectionsOfOneClientAreBounded() throws Exception {
        try (RelayFixture relay = relay(Map.of(), List.of())) {
            RawClient[] clients = new RawClient[50];
            for (int i = 0; i < clients.length; i++) {
                clients[i] = relay.client();
                assertThat(clients[i].reply()).startsWith("220");
            }
            try (RawClient oneMore = relay.client()) {
                assertThat(oneMore.reply()).startsWith("421 4.7.0");
                assertThat(relay.outcome()).isEqualTo("connection refused TOO_MANY_OF_CLIENT");
            }
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void connectionsOfOneNetworkOfIpv6AreBoundedTogether() throws Exception {
        InetSocketAddress local = new InetSocketAddress(InetAddress.ofLiteral("2001:db8:ffff::10"), 25);
        try (RelayFixture relay = relay(Map.of(), List.of("127.0.0.1"))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 1; i <= 52; i++) {
                String address = i <= 51 ? "2001:db8::" + i + ":1" : "2001:db8:0:1::1";
                RawClient client = relay.client();
                clients.add(client);
                client.write(RawClient.proxyHeader(new InetSocketAddress(InetAddress.ofLiteral(address), 1), local));
                assertThat(client.reply()).as(address).startsWith(i == 51 ? "421 4.7.0" : "220");
            }
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void whereTlsFailsAMessageGoesInTheClearIfThatIsAllowed() throws Exception {
        for (String answer : new String[] {ScriptedServer.CLOSE, ScriptedServer.RESET, "500 what is TLS?"}) {
            try (ScriptedServer server = new ScriptedServer(
                            List.of("STARTTLS"), (verb, line) -> verb.equals("HANDSHAKE") ? answer : "");
                    RelayFixture relay = new RelayFixture(
                            root,
                            List.of("b.test opportunistic", "c.test required"),
                            Map.of(
                                    "opportunistic", List.of(server.address()),
                                    "required", List.of(server.address())),
                            List.of());
                    RawClient client = relay.client().hello()) {
                client.ask("MAIL FROM:<s@x.test>");
                assertThat(client.ask("RCPT TO:<joe@c.test>")).startsWith("451 4.7.5");
                assertThat(client.ask("RCPT TO:<joe@b.test>")).startsWith("250");
                client.ask("DATA");
                assertThat(client.ask("Hello\r\n.")).startsWith("250");
                assertThat(server.messages.take()).endsWith("Hello\r\n");
                assertThat(relay.inspected).containsExactly("unprotected opportunistic");
            }
        }
    }
}
