package io.steamgate.mail;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.steamgate.mail.relay.Observer;
import io.steamgate.mail.relay.RawClient;
import io.steamgate.mail.session.AbortCause;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.start.MetricsDocument;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators see of messages: log lines as README.md has them, metrics as docs/metrics.md has them. */
@QuarkusTest
@QuarkusTestResource(MailFixture.class)
class SeenTest {
    private static final Pattern KEY = Pattern.compile(" ([a-z]+)=");

    private final Logger log = Logger.getLogger("io.steamgate.mail.log");
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line instanceof ExtLogRecord extended ? extended.getFormattedMessage() : line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        log.addHandler(handler);
    }

    @AfterEach
    void listenNoMore() {
        log.removeHandler(handler);
    }

    private static RawClient client(String listener) throws IOException {
        return new RawClient(new InetSocketAddress("127.0.0.1", MailFixture.port(listener))).hello();
    }

    private String line() throws InterruptedException {
        return String.valueOf(lines.poll(20, TimeUnit.SECONDS));
    }

    /** The README has a line of this kind, with the same keys in the same order. */
    private static void assertDocumented(String line) throws IOException {
        String kind = line.substring(0, line.indexOf(' '));
        assertThat(Files.readAllLines(Path.of("README.md")).stream()
                        .filter(documented -> documented.startsWith("    " + kind + " "))
                        .map(SeenTest::keys))
                .singleElement()
                .isEqualTo(keys(line));
    }

    private static List<String> keys(String line) {
        return KEY.matcher(line.replaceAll("\"[^\"]*\"", ""))
                .results()
                .map(key -> key.group(1))
                .toList();
    }

    /** Sends a message of 21 octets; returns what the client was told at its end. */
    private static String send(RawClient client, String recipient) throws IOException {
        client.ask("MAIL FROM:<s@x.test>");
        client.ask("RCPT TO:<" + recipient + ">");
        assertThat(client.ask("DATA")).startsWith("354");
        return client.ask("Subject: x\r\n\r\nHello\r\n.");
    }

    @Test
    void aMessageHasOneLineWithEnvelopeSizeDestinationVerdictAndTime() throws Exception {
        try (RawClient client = client("smtp")) {
            long began = System.nanoTime();
            String reply = send(client, "seen@a.test");
            double elapsed = (System.nanoTime() - began) / 1e6;
            String id = reply.substring(reply.lastIndexOf(' ') + 1);
            String line = line();
            assertThat(line)
                    .startsWith("message id=" + id + " client=127.0.0.1 helo=client.test from=<s@x.test>"
                            + " to=<seen@a.test> size=21 destination=maildir target=maildir"
                            + " verdict=\"250 2.0.0 Ok: stored as " + id + "\" time=");
            Matcher time = Pattern.compile("time=(\\d+\\.\\d{3})ms$").matcher(line);
            assertThat(time.find()).isTrue();
            assertThat(Double.parseDouble(time.group(1))).isPositive().isLessThanOrEqualTo(elapsed);
            assertDocumented(line);
            assertThat(lines).isEmpty();
        }
    }

    @Test
    void aRelayedMessageIsToldWithItsServerAndWhatItSaid() throws Exception {
        GreenMail server =
                new GreenMail(new ServerSetup(MailFixture.port("green"), "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        server.start();
        try (RawClient client = client("smtp")) {
            String reply = send(client, "seen@b.test");
            assertThat(reply).startsWith("250 ");
            assertThat(line())
                    .matches("message id=[0-9A-Z]+ client=127\\.0\\.0\\.1 helo=client\\.test from=<s@x\\.test>"
                            + " to=<seen@b\\.test> size=21 destination=green target=127\\.0\\.0\\.1:"
                            + MailFixture.port("green") + " verdict=\"" + Pattern.quote(reply)
                            + "\" time=\\d+\\.\\d{3}ms");
        } finally {
            server.stop();
        }
    }

    @Test
    void anAbortedMessageSaysWhy() throws Exception {
        try (RawClient client = client("smtp")) {
            client.ask("MAIL FROM:<s@x.test>");
            client.ask("RCPT TO:<seen@a.test>");
            client.ask("DATA");
            client.write("Subject: x\r\n");
        }
        assertThat(line()).contains(" to=<seen@a.test> ").contains(" verdict=aborted:client-lost time=");
    }

    @Test
    void aRefusedRecipientHasALine() throws Exception {
        try (RawClient client = client("smtp")) {
            client.ask("MAIL FROM:<s@x.test>");
            String reply = client.ask("RCPT TO:<seen@elsewhere.test>");
            assertThat(reply).startsWith("554 ");
            String line = line();
            assertThat(line)
                    .isEqualTo("recipient client=127.0.0.1 helo=client.test from=<s@x.test> to=<seen@elsewhere.test>"
                            + " destination=- verdict=\"" + reply + "\"");
            assertDocumented(line);
        }
    }

    @Test
    void aFailedAuthenticationHasALine() throws Exception {
        String wrong = Base64.getEncoder().encodeToString("\0joe\0wrong".getBytes(StandardCharsets.US_ASCII));
        try (RawClient plain = client("submission")) {
            assertThat(plain.ask("STARTTLS")).startsWith("220");
            try (var tls = plain.secure()) {
                tls.getOutputStream().write("EHLO client.test\r\n".getBytes(StandardCharsets.US_ASCII));
                tls.getOutputStream().write(("AUTH PLAIN " + wrong + "\r\n").getBytes(StandardCharsets.US_ASCII));
                String line = line();
                assertThat(line).isEqualTo("authentication client=127.0.0.1 mechanism=PLAIN verdict=refused");
                assertDocumented(line);
            }
        }
    }

    /** Metrics with type and labels, after everything that there is to observe was observed once. */
    private static Map<String, String> shown() throws ReflectiveOperationException {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        MailMetrics metrics = new MailMetrics(registry);
        metrics.watch(() -> 1);
        for (Method event : Observer.class.getDeclaredMethods()) {
            event.invoke(
                    metrics,
                    Arrays.stream(event.getParameterTypes()).map(SeenTest::any).toArray());
        }
        return MetricsDocument.shown(registry.scrape(), "");
    }

    private static Object any(Class<?> type) {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", 25);
        Client client = Client.unknown(address, address);
        Reply reply = Reply.of(250, "2.0.0 Ok");
        return switch (type.getSimpleName()) {
            case "String" -> "x";
            case "long" -> 1L;
            case "boolean" -> true;
            case "Command" -> new Command.Noop();
            case "Client" -> client;
            case "Reply" -> reply;
            case "AbortCause" -> AbortCause.NUL;
            case "Refusal" -> Observer.Refusal.TOO_MANY;
            case "Verdict" -> Observer.Verdict.PASSED;
            case "Message" -> new Observer.Message("id", client, "<>", List.of("<>"), 1, "x", "x", reply, 1);
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    @Test
    void everyMetricIsDescribedWithItsTypeAndLabelsAndNoOther() throws Exception {
        String document = Files.readString(Path.of("..", "docs", "metrics.md"));
        assertThat(shown()).isEqualTo(MetricsDocument.told(document, "steamgate_mail_"));
    }

    @Test
    void everyReasonAndCauseIsNamedInTheDescription() throws Exception {
        String document = Files.readString(Path.of("..", "docs", "metrics.md"));
        for (Observer.Refusal reason : Observer.Refusal.values()) {
            assertNamed(document, "connections_refused_total", MailMetrics.label(reason));
        }
        for (AbortCause cause : AbortCause.values()) {
            assertNamed(document, "aborts_total", MailMetrics.label(cause));
        }
        for (Observer.Verdict verdict : Observer.Verdict.values()) {
            assertNamed(document, "policy_total", MailMetrics.label(verdict));
        }
    }

    private static void assertNamed(String document, String metric, String value) {
        assertThat(document).containsPattern("(?m)^\\| `steamgate_mail_" + metric + "` \\|.*`" + value + "`.*\\|$");
    }
}
