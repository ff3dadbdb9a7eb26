package io.steamgate.mail;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.relay.RawClient;
import io.steamgate.mail.relay.ScriptedServer;
import io.steamgate.state.Packaged;
import io.steamgate.state.badday.SecuredServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged relay, jar or native executable, and what it asks others: DNS, servers it finds there, shared state. */
@Timeout(180)
class ExecutableIT {
    @TempDir
    Path directory;

    private Packaged relay(int port, Map<String, String> settings) throws IOException {
        Path own = Files.createTempDirectory(directory, "relay");
        Path routes = Files.writeString(own.resolve("routes"), "a.test maildir\n* mx\n");
        Map<String, String> all = new HashMap<>(Map.of(
                "steamgate.mail.hostname", "relay.test",
                "steamgate.mail.listeners.smtp.host", "127.0.0.1",
                "steamgate.mail.listeners.smtp.port", Integer.toString(port),
                "steamgate.mail.routes", routes.toString(),
                "steamgate.mail.maildir.path", directory + "/mail/{domain}/{local}",
                "steamgate.mail.maildir.create", "true",
                "steamgate.mail.destinations.mx.tls", "opportunistic"));
        all.putAll(settings);
        return new Packaged(own, all);
    }

    private static RawClient client(int port) throws IOException {
        return new RawClient(new InetSocketAddress("127.0.0.1", port)).hello();
    }

    private static String send(int port, String sender, String recipient, String message) throws IOException {
        try (RawClient client = client(port)) {
            client.ask("MAIL FROM:<" + sender + ">");
            String answer = client.ask("RCPT TO:<" + recipient + ">");
            if (!answer.startsWith("250")) {
                return answer;
            }
            assertThat(client.ask("DATA")).startsWith("354");
            client.write(message.replace("\r\n.", "\r\n.."));
            return client.ask(".");
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ExecutableIT.class.getResourceAsStream("inspect/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void whoMaySendIsFoundOutBySpfDkimAndDmarc() throws Exception {
        String key = resource("key.txt").strip();
        int port = Packaged.freePort();
        try (DnsFixture dns = new DnsFixture(
                        "sel._domainkey.example.com TXT \"%s\" \"%s\""
                                .formatted(key.substring(0, 200), key.substring(200)),
                        "_dmarc.example.com TXT \"v=DMARC1; p=reject\"",
                        "good.test TXT \"v=spf1 include:other.test exists:%{i}.list.test -all\"",
                        "other.test TXT \"v=spf1 ip6:2001:db8::/32 a:host.test mx ptr -all\"",
                        "127.0.0.1.list.test A 192.0.2.1",
                        "bad.test TXT \"v=spf1 ip4:192.0.2.0/24 redirect=other.test\"");
                Packaged relay = relay(
                        port,
                        Map.of(
                                "steamgate.mail.dns-servers",
                                        "127.0.0.1:" + dns.address().getPort(),
                                "steamgate.mail.policy.spf", "refuse",
                                "steamgate.mail.policy.dkim", "mark",
                                "steamgate.mail.policy.dmarc", "refuse",
                                "steamgate.mail.policy.inspect-limit", "100000"))) {
            relay.awaitReady();
            String signed = resource("signed-relaxed.eml");
            assertThat(send(port, "s@good.test", "joe@a.test", signed)).startsWith("250");
            try (Stream<Path> files = Files.list(directory.resolve("mail/a.test/joe/new"))) {
                assertThat(files.toList())
                        .singleElement()
                        .satisfies(file -> assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                                .contains(
                                        "dkim=pass header.d=example.com;\r\n\tdmarc=pass header.from=mail.example.com\r\n",
                                        "Received-SPF: pass receiver=relay.test; client-ip=127.0.0.1;"));
            }
            assertThat(send(port, "s@good.test", "joe@a.test", signed.replace("Bye", "Buy")))
                    .startsWith("550 5.7.1 DMARC");
            assertThat(send(port, "s@bad.test", "joe@a.test", signed)).startsWith("550 5.7.23 SPF");
            assertThat(relay.management("/q/metrics"))
                    .contains(
                            "steamgate_mail_inspections_total{check=\"dkim\",result=\"pass\"} 1.0",
                            "steamgate_mail_inspections_total{check=\"dmarc\",result=\"fail\"} 1.0");
        }
    }

    @Test
    void aDomainsServerIsFoundByDnsWhateverItsLetters() throws Exception {
        int port = Packaged.freePort();
        try (ScriptedServer server =
                        new ScriptedServer(List.of("PIPELINING", "8BITMIME", "SMTPUTF8"), (verb, line) -> "");
                DnsFixture dns = new DnsFixture(
                        "c.test MX 10 mail.c.test.",
                        "mail.c.test A 127.0.0.1",
                        "xn--bcher-kva.test MX 10 mail.c.test.");
                Packaged relay = relay(
                        port,
                        Map.of(
                                "steamgate.mail.relay-clients",
                                "127.0.0.0/8",
                                "steamgate.mail.dns-servers",
                                "127.0.0.1:" + dns.address().getPort(),
                                "steamgate.mail.destinations.mx.port",
                                Integer.toString(server.address().getPort())))) {
            relay.awaitReady();
            assertThat(send(port, "s@x.test", "joe@c.test", "Subject: hi\r\n\r\nHello\r\n"))
                    .startsWith("250");
            assertThat(server.messages.take()).startsWith("Received: ").endsWith("Subject: hi\r\n\r\nHello\r\n");
            try (RawClient client = client(port)) {
                client.ask("MAIL FROM:<s@x.test> SMTPUTF8");
                String octets =
                        new String("joe@bücher.test".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
                assertThat(client.ask("RCPT TO:<" + octets + ">")).startsWith("250");
            }
        }
    }

    @Test
    void relaysCountTheirClientsTogetherThroughAServerThatAsksForTlsAndAPassword() throws Exception {
        int first = Packaged.freePort();
        int second = Packaged.freePort();
        try (SecuredServer infinispan = new SecuredServer(directory)) {
            Map<String, String> settings = new HashMap<>(infinispan.settings());
            settings.put("steamgate.mail.policy.rate-recipients", "2");
            settings.put("steamgate.mail.policy.rate-window", "1h");
            try (Packaged one = relay(first, settings);
                    Packaged two = relay(second, settings)) {
                one.await("/q/health/ready", "\"available\": true");
                two.await("/q/health/ready", "\"available\": true");
                assertThat(send(first, "s@x.test", "joe@a.test", "Hello\r\n")).startsWith("250");
                assertThat(send(second, "s@x.test", "joe@a.test", "Hello\r\n")).startsWith("250");
                assertThat(send(first, "s@x.test", "joe@a.test", "Hello\r\n"))
                        .as("the third of two")
                        .startsWith("450 4.7.1 Too much");
                assertThat(send(second, "s@x.test", "joe@a.test", "Hello\r\n")).startsWith("450 4.7.1 Too much");
            }
        }
    }

    @Test
    void anEmbeddedServerIsRefusedInOneLine() throws Exception {
        try (Packaged relay = relay(Packaged.freePort(), Map.of("steamgate.state.embedded", "true"))) {
            assertThat(relay.lastWords())
                    .singleElement()
                    .asString()
                    .endsWith(
                            "steamgate.state.embedded is true, but a native executable has no embedded server; run the jar,"
                                    + " or set steamgate.state.servers");
        }
    }

    @Test
    void whatAnOperatorGotWrongEndsItWithOneLine() throws Exception {
        try (Packaged relay = relay(Packaged.freePort(), Map.of("steamgate.mail.workers", "0"))) {
            assertThat(relay.lastWords())
                    .noneMatch(line -> line.startsWith("\tat "))
                    .last()
                    .asString()
                    .endsWith("steamgate.mail.workers: must be more than zero");
        }
    }
}
