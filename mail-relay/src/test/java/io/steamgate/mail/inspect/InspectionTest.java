package io.steamgate.mail.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.policy.Action;
import io.steamgate.mail.relay.RawClient;
import io.steamgate.mail.relay.RelayFixture;
import io.steamgate.mail.relay.ScriptedServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that dkimpy has signed, on their way through the relay. */
@Timeout(60)
class InspectionTest {
    private static final String DMARC_REJECT = "v=DMARC1; p=reject";

    @TempDir
    Path root;

    private final Map<String, List<String>> records = new ConcurrentHashMap<>();

    InspectionTest() throws IOException {
        records.put("sel._domainkey.example.com", List.of(resource("key.txt").strip()));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = InspectionTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private List<String> txt(String name) throws IOException {
        if (name.contains("silent")) {
            throw new IOException("nobody answers");
        }
        return records.getOrDefault(name, List.of());
    }

    private RelayFixture relay(Action dkim, Action dmarc, int limit, ScriptedServer server) throws Exception {
        return new RelayFixture(
                root,
                List.of("a.test maildir", "b.test server"),
                Map.of("server", List.of(server.address())),
                List.of(),
                (workers, _) -> new Inspections(
                        limit,
                        List.of(new AuthenticityChecks("relay.test", dkim, dmarc, this::txt, workers, new Random(1)))));
    }

    private static ScriptedServer server() throws IOException {
        return new ScriptedServer(List.of("PIPELINING", "8BITMIME"), (verb, line) -> "");
    }

    private static String send(RelayFixture relay, String recipient, String message) throws Exception {
        try (RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            client.ask("RCPT TO:<" + recipient + ">");
            assertThat(client.ask("DATA")).startsWith("354");
            client.write(message.replace("\r\n.", "\r\n.."));
            return client.ask(".");
        }
    }

    private List<String> stored() throws IOException {
        List<String> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.add(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return all;
    }

    private static List<String> drained(RelayFixture relay) {
        List<String> all = new ArrayList<>();
        relay.inspected.drainTo(all);
        return all;
    }

    @Test
    void aSignedMessageGetsItsMarkInFrontAndIsOtherwiseAsItCame() throws Exception {
        records.put("_dmarc.example.com", List.of(DMARC_REJECT));
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.MARK, Action.REFUSE, 100_000, server)) {
            for (String canonical : List.of("relaxed", "simple")) {
                String message = resource("signed-" + canonical + ".eml");
                assertThat(send(relay, "joe@b.test", message)).startsWith("250");
                assertThat(server.messages.take())
                        .startsWith("Authentication-Results: relay.test;\r\n\tdkim=pass header.d=example.com;\r\n"
                                + "\tdmarc=pass header.from=mail.example.com\r\nReceived: ")
                        .endsWith(message.replace("\r\n.", "\r\n.."));
                assertThat(drained(relay)).containsExactly("dkim pass", "dmarc pass");
            }
            assertThat(send(relay, "joe@a.test", resource("signed-simple.eml"))).startsWith("250");
            assertThat(stored())
                    .singleElement()
                    .asString()
                    .contains("dkim=pass")
                    .endsWith(resource("signed-simple.eml"));
        }
    }

    @Test
    void aChangedMessageIsRefusedBeforeItsEndGoesOn() throws Exception {
        records.put("_dmarc.example.com", List.of(DMARC_REJECT));
        String changed = resource("signed-relaxed.eml").replace("Bye", "Buy");
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.MARK, Action.REFUSE, 0, server)) {
            assertThat(send(relay, "joe@b.test", changed)).startsWith("550 5.7.1 DMARC");
            assertThat(relay.outcome()).isEqualTo("aborted POLICY");
            assertThat(send(relay, "joe@a.test", changed)).startsWith("550 5.7.1 DMARC");
            assertThat(drained(relay)).containsExactly("dkim fail", "dmarc fail", "dkim fail", "dmarc fail");
            assertThat(send(relay, "joe@b.test", resource("signed-relaxed.eml")))
                    .startsWith("250");
            assertThat(server.messages.take()).contains("Bye");
            assertThat(server.messages).isEmpty();
        }
        assertThat(stored()).isEmpty();
    }

    @Test
    void signaturesOfWhichNoneIsGoodMayBeReasonEnough() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.REFUSE, Action.OFF, 0, server)) {
            String message = resource("signed-relaxed.eml");
            assertThat(send(relay, "joe@b.test", message.replace("Bye", "Buy"))).startsWith("550 5.7.20");
            assertThat(send(relay, "joe@b.test", "Subject: unsigned\r\n\r\nHello\r\n"))
                    .startsWith("250");
            assertThat(send(
                            relay,
                            "joe@b.test",
                            message.replace("d=example.com", "d=silent.com")
                                    .replace("i=@example.com", "i=@silent.com")))
                    .as("not known is not bad")
                    .startsWith("250");
            assertThat(drained(relay)).containsExactly("dkim fail", "dkim none", "dkim temperror");
        }
    }

    @Test
    void whatDnsDoesNotSayIsAskedAgainLater() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.MARK, Action.REFUSE, 0, server)) {
            assertThat(send(relay, "joe@b.test", "From: joe@silent.com\r\n\r\nHello\r\n"))
                    .startsWith("451 4.4.3");
            assertThat(send(relay, "joe@b.test", "Subject: from nobody\r\n\r\nHello\r\n"))
                    .startsWith("550 5.7.1 DMARC: From");
            assertThat(send(relay, "joe@b.test", "Subject: no body\r\nFrom: joe@example.org\r\n"))
                    .startsWith("250");
        }
    }

    @Test
    void aLargerMessagePassesUnmarkedAndIsCounted() throws Exception {
        String message = resource("signed-relaxed.eml");
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.MARK, Action.OFF, 600, server)) {
            assertThat(send(relay, "joe@b.test", message)).startsWith("250");
            assertThat(server.messages.take()).startsWith("Received: ").endsWith(message.replace("\r\n.", "\r\n.."));
            assertThat(drained(relay)).containsExactly("unmarked", "dkim pass");
        }
    }

    @Test
    void aMarkThatOthersHaveMadeInOurNameIsTakenAway() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.MARK, Action.OFF, 100_000, server)) {
            String forged =
                    "Subject: hi\r\nAuthentication-Results: (a) Relay.test 1;\r\n\tdkim=pass header.d=bank.test\r\n"
                            + "Authentication-Results: relay.test.example; dkim=fail\r\n\r\nAuthentication-Results: relay.test; body\r\n";
            assertThat(send(relay, "joe@b.test", forged)).startsWith("250");
            assertThat(server.messages.take())
                    .startsWith("Authentication-Results: relay.test;\r\n\tdkim=none\r\nReceived: ")
                    .doesNotContain("bank.test")
                    .endsWith("Subject: hi\r\nAuthentication-Results: relay.test.example; dkim=fail\r\n\r\n"
                            + "Authentication-Results: relay.test; body\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((a) b) relay.test",
                "(\\)) relay.test",
                "\"relay.test\"",
                "\"rel\\ay.test\" 1",
                "relay.test(a)1"
            })
    void aNameIsOursHoweverItIsWritten(String name) throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.MARK, Action.OFF, 100_000, server)) {
            String forged = "Subject: hi\r\nAuthentication-Results: " + name + "; dkim=pass header.d=bank.test\r\n"
                    + "Authentication-Results: relay.test1; dkim=fail\r\n\r\n";
            assertThat(send(relay, "joe@b.test", forged)).startsWith("250");
            assertThat(server.messages.take())
                    .doesNotContain("bank.test")
                    .endsWith("Subject: hi\r\nAuthentication-Results: relay.test1; dkim=fail\r\n\r\n");
        }
    }

    @Test
    void aHeaderSectionWithoutEndIsRefused() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.MARK, Action.OFF, 0, server)) {
            assertThat(send(relay, "joe@b.test", ("X: " + "x".repeat(900) + "\r\n").repeat(80) + "\r\nHello\r\n"))
                    .startsWith("554 5.6.0");
            assertThat(server.messages).isEmpty();
        }
    }

    @Test
    void aSignatureThatNobodyCanReadIsAnError() throws Exception {
        String long_ =
                "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; h=" + "from:\r\n ".repeat(5000) + "; b=;\r\n";
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.MARK, Action.OFF, 0, server)) {
            for (String signature : List.of("DKIM-Signature: \r\n", "DKIM-Signature: v=1; d=example.com\r\n", long_)) {
                assertThat(send(relay, "joe@b.test", signature + "From: joe@example.com\r\n\r\nHello\r\n"))
                        .startsWith("250");
            }
            assertThat(drained(relay)).containsExactly("dkim permerror", "dkim permerror", "dkim permerror");
        }
    }

    @Test
    void aLargeBodyIsHashedAsItGoesBy() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(Action.MARK, Action.OFF, 0, server)) {
            String message = resource("signed-relaxed.eml") + ("x".repeat(998) + "\r\n").repeat(3000);
            assertThat(send(relay, "joe@b.test", message)).startsWith("250");
            assertThat(server.messages.take()).endsWith(message.replace("\r\n.", "\r\n.."));
            assertThat(drained(relay)).containsExactly("dkim fail");
        }
    }
}
