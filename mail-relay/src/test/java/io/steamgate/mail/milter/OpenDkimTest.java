package io.steamgate.mail.milter;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.relay.RawClient;
import io.steamgate.mail.relay.RelayFixture;
import io.steamgate.mail.relay.ScriptedServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** OpenDKIM, on libmilter, as the filter: somebody else's idea of the protocol. */
@Timeout(60)
class OpenDkimTest {
    @TempDir
    Path root;

    private int port;
    private Process filter;

    @BeforeEach
    void startFilter() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path binary = Path.of("/usr/sbin/opendkim");
        assertThat(binary).as("Debian's opendkim: ./steamgate doctor says how").exists();
        Path keys = root.resolve("keys");
        Files.writeString(
                keys, "sel._domainkey.example.com " + resource("key.txt").strip() + "\n");
        Path internal = Files.writeString(root.resolve("internal"), "192.0.2.1\n");
        Path settings = root.resolve("opendkim.conf");
        Files.write(
                settings,
                List.of(
                        "Mode v",
                        "Syslog no",
                        "Socket inet:" + port + "@127.0.0.1",
                        "TestPublicKeys " + keys,
                        "InternalHosts " + internal,
                        "AuthservID filter.test",
                        "AlwaysAddARHeader yes",
                        "On-BadSignature reject"));
        filter = new ProcessBuilder(binary.toString(), "-f", "-x", settings.toString())
                .redirectErrorStream(true)
                .redirectOutput(root.resolve("opendkim.log").toFile())
                .start();
        long end = System.nanoTime() + 20_000_000_000L;
        while (!isListening()) {
            assertThat(filter.isAlive() && System.nanoTime() < end)
                    .as(Files.readString(root.resolve("opendkim.log")))
                    .isTrue();
            LockSupport.parkNanos(20_000_000);
        }
    }

    private boolean isListening() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @AfterEach
    void stopFilter() throws InterruptedException {
        filter.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = OpenDkimTest.class.getResourceAsStream("/io/steamgate/mail/inspect/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private RelayFixture relay(int limit, ScriptedServer server) throws Exception {
        return FilteredRelay.of(root, port, MilterFilter.DefaultAction.TEMPFAIL, limit, server);
    }

    private static String send(RelayFixture relay, String message) throws Exception {
        try (RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            client.ask("RCPT TO:<joe@b.test>");
            assertThat(client.ask("DATA")).startsWith("354");
            client.write(message.replace("\r\n.", "\r\n.."));
            return client.ask(".");
        }
    }

    @Test
    void aSignedMessagePassesWithTheFiltersLine() throws Exception {
        try (ScriptedServer server = FilteredRelay.server();
                RelayFixture relay = relay(100_000, server)) {
            for (String canonical : List.of("relaxed", "simple")) {
                String message = resource("signed-" + canonical + ".eml");
                assertThat(send(relay, message)).startsWith("250");
                assertThat(server.messages.take())
                        .startsWith("Authentication-Results: filter.test;")
                        .containsPattern("dkim=pass[^;]* header\\.d=example\\.com")
                        .endsWith(message.replace("\r\n.", "\r\n.."));
                assertThat(relay.inspected.take()).isEqualTo("milter-1 pass");
            }
        }
    }

    @Test
    void aChangedMessageIsRefusedByTheFilter() throws Exception {
        try (ScriptedServer server = FilteredRelay.server();
                RelayFixture relay = relay(0, server)) {
            assertThat(send(relay, resource("signed-simple.eml").replace("Bye", "Buy")))
                    .startsWith("550 5.7.");
            assertThat(relay.inspected.take()).isEqualTo("milter-1 refused");
            assertThat(relay.outcome()).isEqualTo("aborted POLICY");
            assertThat(server.messages).isEmpty();
        }
    }

    @Test
    void aLargeMessageGoesByTheFilterInPieces() throws Exception {
        try (ScriptedServer server = FilteredRelay.server();
                RelayFixture relay = relay(0, server)) {
            String message = "From: joe@x.test\r\nSubject: large\r\n\r\n" + ("x".repeat(998) + "\r\n").repeat(1000);
            assertThat(send(relay, message)).startsWith("250");
            assertThat(server.messages.take()).endsWith(message);
        }
    }
}
