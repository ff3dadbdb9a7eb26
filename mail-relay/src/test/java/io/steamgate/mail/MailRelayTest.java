package io.steamgate.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.steamgate.mail.relay.RawClient;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The service as it is started, with Jakarta Mail as its client and Greenmail as its destination. */
@QuarkusTest
@QuarkusTestResource(MailFixture.class)
class MailRelayTest {
    private static final GreenMail GREEN_MAIL =
            new GreenMail(new ServerSetup(MailFixture.port("green"), "127.0.0.1", ServerSetup.PROTOCOL_SMTP));

    @BeforeAll
    static void startDestination() {
        GREEN_MAIL.start();
    }

    @AfterAll
    static void stopDestination() {
        GREEN_MAIL.stop();
    }

    private static Properties properties(String listener, String mechanism) {
        Properties properties = new Properties();
        properties.put("mail.transport.protocol", "smtp");
        properties.put("mail.smtp.host", "127.0.0.1");
        properties.put("mail.smtp.port", Integer.toString(MailFixture.port(listener)));
        properties.put("mail.smtp.localhost", "client.test");
        properties.put("mail.smtp.ssl.trust", "*");
        properties.put("mail.smtp.ssl.checkserveridentity", "false");
        properties.put("mail.smtp.timeout", "20000");
        if (listener.equals("submissions")) {
            properties.put("mail.smtp.ssl.enable", "true");
        } else {
            properties.put("mail.smtp.starttls.enable", "true");
        }
        if (!mechanism.isEmpty()) {
            properties.put("mail.smtp.auth", "true");
            properties.put("mail.smtp.auth.mechanisms", mechanism);
        }
        return properties;
    }

    private static void send(Properties properties, String password, String to, String text) throws MessagingException {
        Session session = Session.getInstance(properties);
        MimeMessage message = new MimeMessage(session);
        message.setFrom("s@x.test");
        message.setRecipients(Message.RecipientType.TO, to);
        message.setSubject("test");
        message.setText(text, "UTF-8");
        message.saveChanges();
        try (Transport transport = session.getTransport()) {
            if (password.isEmpty()) {
                transport.connect();
            } else {
                transport.connect("joe", password);
            }
            transport.sendMessage(message, new InternetAddress[] {new InternetAddress(to)});
        }
    }

    private static String management(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + MailFixture.port("management") + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static String newest(String mailbox) throws IOException {
        try (Stream<Path> files =
                Files.list(MailFixture.root().resolve("mail").resolve(mailbox).resolve("new"))) {
            return Files.readString(files.max((a, b) -> a.compareTo(b)).orElseThrow());
        }
    }

    @Test
    void aMessageIsStoredInItsMailbox() throws Exception {
        send(properties("smtp", ""), "", "jim@a.test", ".a dot\r\nand é\r\n");
        assertThat(newest("a.test/jim"))
                .startsWith("Return-Path: <s@x.test>\r\nDelivered-To: jim@a.test\r\n"
                        + "Authentication-Results: relay.test;\r\n\tdkim=none\r\nReceived: from client.test")
                .contains("with ESMTPS (TLSv1.3 TLS_AES_256_GCM_SHA384)");
    }

    @Test
    void aMessageIsRelayedToTheServerOfItsDomain() throws Exception {
        int before = GREEN_MAIL.getReceivedMessages().length;
        send(properties("smtp", ""), "", "jim@b.test", "hello\r\n..\r\n.\r\nworld");
        assertThat(GREEN_MAIL.waitForIncomingEmail(10_000, before + 1)).isTrue();
        MimeMessage received = GREEN_MAIL.getReceivedMessages()[before];
        assertThat(received.getContent().toString()).isEqualTo("hello\r\n..\r\n.\r\nworld");
        assertThat(received.getHeader("Received"))
                .as("one by Greenmail and one by the relay")
                .hasSize(2);
    }

    @Test
    void theOctetsOfAMessageAreThoseThatWereSent() throws Exception {
        String message = "Message-ID: <octets@x.test>\r\nX-Folded: one\r\n two\r\n\tthree\r\nX-Long: " + "y".repeat(990)
                + "\r\n\r\n.dot\r\n..\r\n.\r\ncaf\u00e9 \u00ff\u0080\u0001\r\ntrailing \t \r\n"
                + "z".repeat(998) + "\r\n\r\n.\r\n";
        int before = GREEN_MAIL.getReceivedMessages().length;
        try (RawClient client = new RawClient(new InetSocketAddress("127.0.0.1", MailFixture.port("smtp")))) {
            client.hello();
            client.ask("MAIL FROM:<s@x.test>");
            client.ask("RCPT TO:<jim@b.test>");
            client.ask("DATA");
            assertThat(client.ask(message.replace("\r\n.", "\r\n..") + ".")).startsWith("250 ");
        }
        assertThat(GREEN_MAIL.waitForIncomingEmail(10_000, before + 1)).isTrue();
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        GREEN_MAIL.getReceivedMessages()[before].writeTo(octets);
        // Greenmail takes the end of the last line for a part of the mark.
        assertThat(octets.toString(StandardCharsets.ISO_8859_1) + "\r\n").endsWith("\r\n" + message);
    }

    @Test
    void strangersMayNotRelay() {
        assertThatThrownBy(() -> send(properties("smtp", ""), "", "jim@elsewhere.test", "x"))
                .hasStackTraceContaining("554 5.7.1");
        assertThatThrownBy(() -> send(properties("submission", ""), "", "jim@a.test", "x"))
                .hasMessageContaining("530 5.7.0");
    }

    @Test
    void usersMayRelayAfterTheyAreKnown() throws Exception {
        for (String mechanism : new String[] {"PLAIN", "LOGIN"}) {
            for (String listener : new String[] {"smtp", "submission", "submissions"}) {
                int before = GREEN_MAIL.getReceivedMessages().length;
                send(properties(listener, mechanism), "secret", "jim@elsewhere.test", "x");
                assertThat(GREEN_MAIL.waitForIncomingEmail(10_000, before + 1)).isTrue();
                assertThat(GREEN_MAIL.getReceivedMessages()[before].getHeader("Received")[1])
                        .contains("with ESMTPSA");
            }
        }
        assertThatThrownBy(() -> send(properties("submission", "PLAIN"), "wrong", "jim@a.test", "x"))
                .isInstanceOf(AuthenticationFailedException.class);
        assertThat(management("/q/metrics"))
                .contains("steamgate_mail_authentications_total{mechanism=\"PLAIN\",verdict=\"refused\"}");
    }

    /** RFC 7677, which Jakarta Mail does not speak. */
    @Test
    void aUserIsKnownByScramToo() throws Exception {
        for (String password : new String[] {"secret", "wrong"}) {
            try (RawClient client = new RawClient(new InetSocketAddress("127.0.0.1", MailFixture.port("smtp")))) {
                client.hello();
                client.ask("STARTTLS");
                try (javax.net.ssl.SSLSocket tls = client.secure()) {
                    BufferedReader replies =
                            new BufferedReader(new InputStreamReader(tls.getInputStream(), StandardCharsets.US_ASCII));
                    String first = "n=joe,r=rOprNGfwEbeRWgbNEkqO";
                    write(tls, "EHLO client.test");
                    while (!replies.readLine().startsWith("250 ")) {
                        // An extension.
                    }
                    write(tls, "AUTH SCRAM-SHA-256 " + base64("n,," + first));
                    String line = replies.readLine();
                    assertThat(line).startsWith("334 ");
                    String challenge =
                            new String(Base64.getDecoder().decode(line.substring(4)), StandardCharsets.US_ASCII);
                    write(tls, base64(TestVerifier.proof(password, first, challenge)));
                    if (password.equals("wrong")) {
                        assertThat(replies.readLine()).startsWith("535 5.7.8");
                    } else {
                        assertThat(replies.readLine()).startsWith("334 ");
                        write(tls, "");
                        assertThat(replies.readLine()).isEqualTo("235 2.7.0 Authentication succeeded");
                    }
                }
            }
        }
    }

    private static void write(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void whatFollowsStartTlsInTheClearIsThrownAway() throws Exception {
        try (RawClient client = new RawClient(new InetSocketAddress("127.0.0.1", MailFixture.port("smtp")))) {
            client.hello();
            assertThat(client.write("STARTTLS\r\nMAIL FROM:<evil@x.test>\r\n").reply())
                    .startsWith("220 2.0.0");
            try (javax.net.ssl.SSLSocket tls = client.secure()) {
                tls.getOutputStream().write("NOOP\r\n".getBytes());
                byte[] reply = new byte[100];
                int length = tls.getInputStream().read(reply);
                assertThat(new String(reply, 0, length)).isEqualTo("250 2.0.0 Ok\r\n");
            }
        }
    }

    @Test
    void healthAndMetricsSayWhatHappens() throws Exception {
        assertThat(management("/q/health/ready")).contains("\"UP\"");
        send(properties("smtp", ""), "", "metric@a.test", "x");
        assertThat(management("/q/metrics"))
                .contains("steamgate_mail_messages_total{destination=\"maildir\",verdict=\"accepted\"}")
                .contains("steamgate_mail_connections_total{listener=\"smtp\"}")
                .contains("steamgate_mail_destination_answer_seconds_count{destination=\"maildir\"}")
                .contains("steamgate_mail_inspections_total{check=\"dkim\",result=\"none\"}")
                .contains("steamgate_mail_commands_total{command=\"starttls\"}");
    }
}
