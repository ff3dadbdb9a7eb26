package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Mail through the VIP, sent by swaks and curl. */
class MailTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @RegisterExtension
    static final Lab lab = Lab.only("edge,site-a,site-b,mail-a,mail-b");

    private static Outcome swaks(String client, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of("swaks", "--server", "mail.test", "--from", "me@client.test", "--timeout", "20"));
        command.addAll(List.of(arguments));
        return lab.on(client, command.toArray(String[]::new));
    }

    /** The messages with {@code text} in the mailboxes of a relay's domain. */
    private static List<String> stored(String relay, String domain, String text) {
        Path mailboxes = Lab.folder().resolve(relay).resolve("mail").resolve(domain);
        try (Stream<Path> files = Files.exists(mailboxes) ? Files.walk(mailboxes) : Stream.empty()) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().contains("/new/"))
                    .map(MailTest::read)
                    .filter(message -> message.contains(text))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_message_is_on_the_disk_of_its_domains_site_when_the_client_hears_250() {
        for (String[] place : new String[][] {{"mail-a", "a.test"}, {"mail-b", "b.test"}}) {
            String subject = "stored " + System.nanoTime();

            swaks("client", "--to", "joe@" + place[1], "--h-Subject", subject).succeeded();

            assertThat(stored(place[0], place[1], subject))
                    .singleElement()
                    .asString()
                    .contains("[192.0.2.2]");
        }
    }

    @Test
    void mail_for_elsewhere_is_refused() {
        Outcome refused = swaks("client2", "--to", "joe@elsewhere.test");

        assertThat(refused.exit()).isNotZero();
        assertThat(refused.out()).contains("554 5.7.1");
    }

    @Test
    void users_submit_with_a_password_under_tls() throws IOException {
        Path message = Files.createTempFile(Lab.folder(), "message", ".eml");
        lab.afterwards(() -> message.toFile().delete());
        for (String url : new String[] {"smtp://mail.test:587", "smtps://mail.test:465"}) {
            String subject = "submitted " + System.nanoTime();
            Files.writeString(message, "Subject: " + subject + "\r\n\r\nHello\r\n");
            String[] send = {
                "--ssl-reqd",
                url,
                "--mail-from",
                "joe@a.test",
                "--mail-rcpt",
                "joe@a.test",
                "--upload-file",
                message.toString()
            };

            assertThat(lab.curl(send).exit()).as("without a password").isNotZero();
            List<String> known = new ArrayList<>(List.of("--user", "joe:secret"));
            known.addAll(List.of(send));
            lab.curl(known.toArray(String[]::new)).succeeded();

            assertThat(stored("mail-a", "a.test", subject))
                    .singleElement()
                    .asString()
                    .contains("with ESMTPSA");
        }
    }

    @Test
    void a_large_message_arrives_as_it_was() throws IOException {
        String line = "0123456789".repeat(7) + "\r\n";
        String subject = "large " + System.nanoTime();
        String text = "Subject: " + subject + "\r\n\r\n" + line.repeat(400_000);
        Path message = Files.createTempFile(Lab.folder(), "message", ".eml");
        lab.afterwards(() -> message.toFile().delete());
        Files.writeString(message, text);

        lab.on(
                        "client",
                        LIMIT,
                        "curl",
                        "-sS",
                        "smtp://mail.test",
                        "--mail-from",
                        "me@client.test",
                        "--mail-rcpt",
                        "large@b.test",
                        "--upload-file",
                        message.toString())
                .succeeded();

        assertThat(stored("mail-b", "b.test", subject))
                .singleElement()
                .asString()
                .endsWith(text);
    }

    @Test
    void when_a_relay_is_down_the_other_one_takes_mail_for_its_domain_and_defers_the_rest() {
        lab.stopService("mail-a");
        String subject = "alone " + System.nanoTime();

        swaks("client", "--to", "joe@b.test", "--h-Subject", subject).succeeded();
        Outcome deferred = swaks("client", "--to", "joe@a.test", "--h-Subject", subject);

        assertThat(stored("mail-b", "b.test", subject)).hasSize(1);
        assertThat(deferred.out()).contains("451 4.4.1");
        assertThat(stored("mail-a", "a.test", subject)).isEmpty();
    }
}
