package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Postfix is told whose mail it gets, by its own XCLIENT and by PROXY headers, and writes it into the message. */
@Timeout(180)
class MailIntroductionTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void postfix_takes_each_message_for_that_of_its_client() throws IOException {
        assumeTrue(Lab.FULL && System.getProperty("user.name").equals("root"), "needs --full and root");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        int port = MailRelayProcess.freePort();
        int proxy = MailRelayProcess.freePort();
        Process postfix = null;
        try (DatagramSocket dns = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> knowNoName(dns));
            MailRelayProcess relay = new MailRelayProcess(
                    directory.resolve("relay"),
                    "xclient.test xclient\nproxy.test proxy",
                    "steamgate.mail.xclient-clients=127.0.0.1",
                    "steamgate.mail.dns-servers=127.0.0.1:" + dns.getLocalPort(),
                    "steamgate.mail.event-loops=1",
                    "steamgate.mail.destinations.xclient.servers=127.0.0.1:" + port,
                    "steamgate.mail.destinations.xclient.introduction=xclient",
                    "steamgate.mail.destinations.proxy.servers=127.0.0.1:" + proxy,
                    "steamgate.mail.destinations.proxy.introduction=proxy");
            try {
                relay.start();
                postfix = new ProcessBuilder(
                                Lab.root()
                                        .resolve("e2e/src/test/sh/mail-server")
                                        .toString(),
                                "postfix",
                                Integer.toString(port),
                                Integer.toString(relay.port()),
                                directory.resolve("server").toString(),
                                Integer.toString(proxy))
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("server.log").toFile())
                        .start();
                Lab.eventually("Postfix greets", LIMIT, () -> SmtpClient.greets(port));

                send(relay, "ADDR=192.0.2.1 LOGIN=amy", "one.test", "joe@xclient.test", "first", "again");
                send(relay, "ADDR=IPV6:2001:db8::2", "two.test", "joe@xclient.test", "second");
                send(relay, "ADDR=192.0.2.3 PORT=4660", "three.test", "joe@proxy.test", "third");
                send(relay, "ADDR=192.0.2.4", "four.test", "joe@proxy.test", "fourth");

                Path mailbox = directory.resolve("server/mail");
                Lab.eventually(
                        "five messages are stored",
                        LIMIT,
                        () -> messages(mailbox).size() == 5);
                assertThat(messages(mailbox))
                        .anyMatch(
                                text -> text.contains("Subject: first")
                                        && text.contains(
                                                "Received: from one.test (unknown [192.0.2.1])\n\t(Authenticated sender: amy)\n\tby postfix.test"))
                        .as("nothing is left of the first client")
                        .anyMatch(text -> text.contains("Subject: second")
                                && text.contains(
                                        "Received: from two.test (unknown [IPv6:2001:db8::2])\n\tby postfix.test"))
                        .anyMatch(text -> text.contains("Subject: third")
                                && text.contains("Received: from relay.test (unknown [192.0.2.3])\n\tby postfix.test"))
                        .anyMatch(text -> text.contains("Subject: fourth")
                                && text.contains("Received: from relay.test (unknown [192.0.2.4])\n\tby postfix.test"));
                assertThat(Files.readString(directory.resolve("server.log"))
                                .lines()
                                .filter(line -> line.contains(" connect from localhost")
                                        || line.contains(" connect from unknown[127.")))
                        .as("the test's own, one for each client: Postfix lets nobody introduce a connection twice")
                        .hasSize(3);
            } finally {
                relay.kill();
            }
        } finally {
            if (postfix != null) {
                postfix.descendants().forEach(ProcessHandle::destroyForcibly);
                postfix.destroyForcibly().onExit().join();
            }
        }
    }

    private static void send(MailRelayProcess relay, String who, String helo, String recipient, String... subjects)
            throws IOException {
        try (SmtpClient client = new SmtpClient(relay.port())) {
            client.reply();
            assertThat(client.ask("XCLIENT " + who, "220")).isTrue();
            assertThat(client.ask("EHLO " + helo, "250")).isTrue();
            for (String subject : subjects) {
                assertThat(client.ask("MAIL FROM:<s@x.test>", "250")).isTrue();
                client.write("RCPT TO:<" + recipient + ">\r\n");
                assertThat(client.reply()).startsWith("250");
                assertThat(client.ask("DATA", "354")).isTrue();
                assertThat(client.ask("Subject: " + subject + "\r\n\r\nHello\r\n.", "250"))
                        .isTrue();
            }
        }
    }

    /** A DNS server in which there is nothing. */
    private static void knowNoName(DatagramSocket dns) {
        byte[] octets = new byte[1500];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(octets, octets.length);
                dns.receive(packet);
                octets[2] |= (byte) 0x80;
                octets[3] = (byte) (octets[3] & 0xF0 | 3);
                dns.send(packet);
            }
        } catch (IOException e) {
            // Closed: the test is over.
        }
    }

    private static List<String> messages(Path folder) {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().contains("/new/"))
                    .map(MailIntroductionTest::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
