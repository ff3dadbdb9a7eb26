package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Mail programs by others on both sides of the relay, and one message whose bytes are compared at the end of each way. Debian's
 * servers are fetched and laid over a namespace's root, which needs root.
 */
@Timeout(300)
class MailStrangersTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** With fetching. */
    private static final Duration START = Duration.ofMinutes(4);

    private static final List<String> SERVERS = List.of("exim", "opensmtpd", "postfix", "dovecot");
    private static final boolean IS_ROOT = System.getProperty("user.name").equals("root");

    /** The user joe, whose password is secret. */
    private static final String USER =
            "joe:{SCRAM-SHA-256}4096,c2FsdC1vZi1qb2U=,Wn7i6AmztjSsbjQ0kweBDYE2GPQGkTxJqZgsyf8wkV8=,BSxLzQD9WAfPuclfAnpX3QdqPcvOXc4FZP1/Op2tWAc=";

    @TempDir
    static Path directory;

    private static final Map<String, Integer> PORTS = new TreeMap<>();
    private static final List<Process> processes = new ArrayList<>();
    private static final List<MailRelayProcess> relays = new ArrayList<>();
    private static int messages;

    @BeforeAll
    static void start() throws IOException {
        // The servers have users of their own, who are to come this far.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Command.start(new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-days",
                        "30",
                        "-subj",
                        "/CN=relay.test",
                        "-addext",
                        "subjectAltName=DNS:relay.test,IP:127.0.0.1",
                        "-keyout",
                        directory.resolve("key.pem").toString(),
                        "-out",
                        directory.resolve("cert.pem").toString()))
                .await(LIMIT)
                .succeeded();
        Files.writeString(directory.resolve("passwords"), USER + "\n");
        List<String> routes = new ArrayList<>(List.of("a.test maildir", ".a.test maildir"));
        List<String> settings = new ArrayList<>(List.of(
                "steamgate.mail.listeners.smtp.tls=starttls",
                "steamgate.mail.listeners.smtp.tls-configuration-name=mail",
                "steamgate.mail.listeners.smtp.auth=offered",
                "steamgate.mail.password-file=" + directory.resolve("passwords"),
                "quarkus.tls.mail.key-store.pem.0.cert=" + directory.resolve("cert.pem"),
                "quarkus.tls.mail.key-store.pem.0.key=" + directory.resolve("key.pem"),
                "quarkus.tls.peers.trust-store.pem.certs=" + directory.resolve("cert.pem")));
        for (String server : SERVERS) {
            PORTS.put(server, MailRelayProcess.freePort());
            for (String kind : List.of("clear", "secure")) {
                String destination = "steamgate.mail.destinations." + server + "-" + kind + ".";
                routes.add((kind.equals("secure") ? "secure." : "") + server + ".test " + server + "-" + kind);
                settings.add(destination + "servers=127.0.0.1:" + port(server));
                settings.add(destination + "protocol=" + (server.equals("dovecot") ? "lmtp" : "smtp"));
                if (kind.equals("secure")) {
                    settings.add(destination + "tls=required");
                    settings.add(destination + "tls-configuration-name=peers");
                } else {
                    settings.add(destination + "tls=off");
                }
            }
        }
        MailRelayProcess relay = new MailRelayProcess(
                directory.resolve("relay"), String.join("\n", routes), settings.toArray(String[]::new));
        relays.add(relay);
        for (String server : IS_ROOT ? SERVERS : List.<String>of()) {
            Path home = Files.createDirectory(directory.resolve(server));
            Files.copy(directory.resolve("cert.pem"), home.resolve("certificate"));
            Files.copy(directory.resolve("key.pem"), home.resolve("key"));
            processes.add(new ProcessBuilder(
                            Lab.root().resolve("e2e/src/test/sh/mail-server").toString(),
                            server,
                            Integer.toString(port(server)),
                            Integer.toString(relay.port()),
                            home.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve(server + ".log").toFile())
                    .start());
        }
        relay.start();
        for (int i = 0; i < processes.size(); i++) {
            Process process = processes.get(i);
            String server = SERVERS.get(i);
            Lab.eventually(server + " greets", START, () -> !process.isAlive() || SmtpClient.greets(port(server)));
            assertThat(process.isAlive())
                    .as(() -> read(directory.resolve(server + ".log")))
                    .isTrue();
        }
    }

    private static int port(String server) {
        return Objects.requireNonNull(PORTS.get(server));
    }

    @AfterAll
    static void end() {
        relays.forEach(MailRelayProcess::kill);
        // What they have started ends with them: each is the first process of a namespace.
        processes.forEach(process -> process.destroyForcibly().onExit().join());
        PORTS.forEach(
                (server, port) -> Lab.eventually(server + " has ended too", LIMIT, () -> !SmtpClient.greets(port)));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A message with all that is easily damaged; {@code name} is in its Message-ID. Lines end with CRLF. */
    private static String message(String name) {
        return "Date: Sat, 28 Nov 2026 10:00:00 +0000\r\n"
                + "From: Sender <s@x.test>\r\nTo: Joe <joe@a.test>\r\nMessage-ID: <" + name + "@x.test>\r\n"
                + "Subject: judged\r\n"
                + "X-Folded: one" + "\r\n two\r\n\tthree".repeat(50) + "\r\n"
                + "X-Long: " + "y".repeat(990) + "\r\n"
                + "\r\n"
                + ".dot\r\n..\r\n...\r\n.\r\n. \r\n"
                + "caf\u00e9 \u00c3\u00a9 \u00ff\u0080\u0001\u007f\r\n"
                + "trailing blanks \t \r\n"
                + "From the start of a line\r\n"
                + "z".repeat(998) + "\r\n"
                + "12345678 ".repeat(100_000).replaceAll("(.{70})", "$1\r\n") + "\r\n"
                + "\r\n\r\n.\r\n..end\r\n";
    }

    private static String newName() {
        messages++;
        return "m" + messages;
    }

    /** The one stored message of that name, with lines that end with CRLF. */
    private static String stored(Path folder, String name) {
        List<String> found = new ArrayList<>();
        Lab.eventually("the message is stored in " + folder, LIMIT, () -> {
            try (Stream<Path> files = Files.exists(folder) ? Files.walk(folder) : Stream.empty()) {
                found.clear();
                files.filter(file -> file.toString().contains("/new/"))
                        .map(MailStrangersTest::read)
                        .filter(text -> text.contains("<" + name + "@x.test>"))
                        .forEach(found::add);
            } catch (IOException | UncheckedIOException e) {
                // A server renames files meanwhile.
                return false;
            }
            return !found.isEmpty();
        });
        assertThat(found).hasSize(1);
        return found.getFirst().replace("\r\n", "\n").replace("\n", "\r\n");
    }

    /** Its bytes, behind a head of trace fields only. */
    private static String headOf(String stored, String name) {
        String message = message(name);
        int begin = stored.indexOf(message.substring(0, 30));
        String rest = stored.substring(Math.max(0, begin));
        int differs = Arrays.mismatch(
                message.getBytes(StandardCharsets.ISO_8859_1), rest.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(differs)
                .as(() -> "the first octet that differs; there is: "
                        + rest.substring(Math.max(0, differs - 40), Math.min(rest.length(), differs + 40)))
                .isEqualTo(-1);
        String head = stored.substring(0, begin);
        assertThat(head).matches("((Return-Path|Delivered-To|X-Original-To|Received): [^\r]*\r\n([ \t][^\r]*\r\n)*)+");
        return head;
    }

    private static void assumeServers() {
        assumeTrue(IS_ROOT, "other mail servers are run by root");
    }

    private static MailRelayProcess relay() {
        return relays.getFirst();
    }

    @ParameterizedTest
    @CsvSource({
        "exim, '', data",
        "exim, secure., chunks",
        // Without TLS: Debian 12's cannot serve it (OpenSMTPD issue 1171).
        "opensmtpd, '', chunks",
        "postfix, '', data",
        "postfix, secure., chunks",
        "dovecot, '', data",
        "dovecot, secure., chunks",
    })
    void a_server_stores_what_the_relay_passes_on(String server, String kind, String transfer) throws IOException {
        assumeServers();
        String name = newName();

        try (SmtpClient client = new SmtpClient(relay().port())) {
            client.send("s@x.test", "joe@" + kind + server + ".test", message(name), transfer.equals("chunks"));
        }

        String head = headOf(stored(directory.resolve(server).resolve("mail"), name), name);
        assertThat(head).contains("by relay.test with ESMTP");
        assertThat(head.contains("TLS")).as(head).isEqualTo(!kind.isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "exim, ''",
        "exim, secure.",
        "opensmtpd, ''",
        "opensmtpd, secure.",
        "postfix, ''",
        "postfix, secure.",
    })
    void the_relay_stores_what_a_server_sends(String server, String kind) throws IOException {
        assumeServers();
        String name = newName();

        try (SmtpClient client = new SmtpClient(port(server))) {
            client.send("s@x.test", "joe@" + kind + "a.test", message(name), false);
        }

        String head = headOf(stored(relay().mailboxes(), name), name);
        assertThat(head)
                .contains("by relay.test with ESMTP" + (kind.isEmpty() ? "\r\n" : "S (TLSv1.3 "))
                .contains("from " + server + ".test ([127.0.0.1])");
    }

    @Test
    void exim_sends_commands_together_and_content_in_chunks() throws IOException {
        assumeServers();
        String name = newName();

        try (SmtpClient client = new SmtpClient(port("exim"))) {
            client.send("s@x.test", name + "@a.test", message(name), false);
        }

        Pattern delivered = Pattern.compile("=> " + name + "@a\\.test .* L K C=\"250 ");
        Path log = directory.resolve("exim/spool/mainlog");
        Lab.eventually(
                "Exim logs the delivery with L for pipelining and K for chunks",
                LIMIT,
                () -> delivered.matcher(read(log)).find());
    }

    private static Outcome run(Path input, List<String> command) {
        return Command.start(new ProcessBuilder(command).redirectInput(input.toFile()))
                .await(LIMIT);
    }

    /** The message as a file with lines that end with LF, as programs of Unix want it. */
    private static Path file(String name) throws IOException {
        return Files.writeString(
                directory.resolve(name), message(name).replace("\r\n", "\n"), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource({"'', ESMTP", "--pipeline, ESMTP", "--tls, ESMTPS", "--tls --auth PLAIN -au joe -ap secret, ESMTPSA"})
    void the_relay_stores_what_swaks_sends(String options, String protocol) throws IOException {
        String name = newName();
        // Swaks adds the last line's end.
        Path message = Files.writeString(
                directory.resolve(name),
                message(name).replace("\r\n", "\n").replaceAll("\n$", ""),
                StandardCharsets.ISO_8859_1);
        List<String> command = new ArrayList<>(List.of(
                "swaks",
                "--server",
                "127.0.0.1:" + relay().port(),
                "--from",
                "s@x.test",
                "--to",
                "joe@a.test",
                "--data",
                "@" + message));
        command.addAll(
                Stream.of(options.split(" ", -1)).filter(o -> !o.isEmpty()).toList());

        run(message, command).succeeded();

        assertThat(headOf(stored(relay().mailboxes(), name), name)).containsPattern("with " + protocol + "[ \r]");
    }

    @ParameterizedTest
    @CsvSource({"off, off, ESMTP", "on, off, ESMTPS", "on, scram-sha-256, ESMTPSA", "on, plain, ESMTPSA"})
    void the_relay_stores_what_msmtp_sends(String tls, String mechanism, String protocol) throws IOException {
        String name = newName();

        run(
                        file(name),
                        List.of(
                                "msmtp",
                                "--host=127.0.0.1",
                                "--port=" + relay().port(),
                                "--tls=" + tls,
                                "--tls-trust-file=" + directory.resolve("cert.pem"),
                                "--auth=" + mechanism,
                                "--user=joe",
                                "--passwordeval=echo secret",
                                "--from=s@x.test",
                                "joe@a.test"))
                .succeeded();

        assertThat(headOf(stored(relay().mailboxes(), name), name)).containsPattern("with " + protocol + "[ \r]");
    }

    @Test
    void msmtp_is_told_that_its_password_is_wrong() throws IOException {
        Outcome refused = run(
                file(newName()),
                List.of(
                        "msmtp",
                        "--host=127.0.0.1",
                        "--port=" + relay().port(),
                        "--tls=on",
                        "--tls-trust-file=" + directory.resolve("cert.pem"),
                        "--auth=scram-sha-256",
                        "--user=joe",
                        "--passwordeval=echo wrong",
                        "--from=s@x.test",
                        "joe@a.test"));

        assertThat(refused.exit()).isNotZero();
        assertThat(refused.err()).contains("535 5.7.8");
    }
}
