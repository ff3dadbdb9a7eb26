package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two relays, one behind the other, the last with mailboxes; clients that send all the time, and now and then vanish; and SIGKILL
 * for one relay after the other, whatever step its conversations are at. Afterwards the mailboxes are held against what the
 * clients heard.
 */
@Timeout(1200)
class MailKillTest {
    private static final int KILLS = Lab.FULL ? 60 : 6;
    private static final int CLIENTS = 16;
    private static final Path JAR = Lab.root().resolve("mail-relay/target/quarkus-app/quarkus-run.jar");

    /** What a client knows of a message. */
    private enum Fate {
        /** Its end was never written. */
        UNFINISHED,
        /** Its end was written, and nothing was heard. */
        UNCERTAIN,
        REFUSED,
        ACKNOWLEDGED
    }

    @TempDir
    Path directory;

    private final Map<String, Fate> fates = new ConcurrentHashMap<>();
    private final Set<Process> processes = ConcurrentHashMap.newKeySet();
    private volatile boolean over;

    @AfterEach
    void end() {
        over = true;
        processes.forEach(Process::destroyForcibly);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Path relay(String name, int port, String route, String... settings) throws IOException {
        Path home = directory.resolve(name);
        Files.createDirectories(home.resolve("config"));
        Files.writeString(home.resolve("routes"), route + "\n");
        Files.writeString(home.resolve("config/application.properties"), """
                steamgate.mail.hostname=%s.test
                steamgate.mail.listeners.smtp.host=127.0.0.1
                steamgate.mail.listeners.smtp.port=%d
                steamgate.mail.routes=routes
                steamgate.mail.maildir.create=true
                quarkus.management.host=127.0.0.1
                quarkus.management.port=%d
                quarkus.log.level=WARN
                %s
                """.formatted(
                        name, port, freePort(), String.join("\n", settings)));
        return home;
    }

    private Process start(Path home, int port) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx96m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        JAR.toString())
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(home.resolve("log").toFile()))
                .start();
        processes.add(process);
        Lab.eventually(home.getFileName() + " greets", Duration.ofMinutes(1), () -> greets(port));
        return process;
    }

    private static boolean greets(int port) {
        try (Client client = new Client(port)) {
            return client.reply().startsWith("220");
        } catch (IOException e) {
            return false;
        }
    }

    /** A connection that speaks line by line. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;

        Client(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(30_000);
        }

        void write(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        }

        String reply() throws IOException {
            StringBuilder line = new StringBuilder();
            int c;
            while ((c = socket.getInputStream().read()) >= 0) {
                if (c == '\n') {
                    if (line.length() > 3 && line.charAt(3) == ' ') {
                        return line.toString();
                    }
                    line.setLength(0);
                } else {
                    line.append((char) c);
                }
            }
            throw new IOException("the connection ended");
        }

        boolean ask(String line, String expected) throws IOException {
            write(line + "\r\n");
            return reply().startsWith(expected);
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private void send(int number, int port) {
        Random random = new Random(number);
        for (int i = 0; !over; i++) {
            String id = "m" + number + "-" + i;
            try (Client client = new Client(port)) {
                client.reply();
                fates.put(id, Fate.UNFINISHED);
                boolean open = client.ask("EHLO client.test", "250")
                        && client.ask("MAIL FROM:<s@x.test>", "250")
                        && client.ask("RCPT TO:<joe@b.test>", "250")
                        && client.ask("DATA", "354");
                if (!open) {
                    continue;
                }
                client.write("Subject: " + id + "\r\n\r\n");
                int blocks = random.nextInt(20);
                for (int block = 0; block < blocks; block++) {
                    client.write(("x".repeat(70) + "\r\n").repeat(100));
                }
                if (random.nextInt(10) == 0) {
                    client.reset();
                    continue;
                }
                client.write("END " + id + "\r\n");
                fates.put(id, Fate.UNCERTAIN);
                client.write(".\r\n");
                fates.put(id, client.reply().startsWith("250") ? Fate.ACKNOWLEDGED : Fate.REFUSED);
            } catch (IOException e) {
                // Its relay was killed; what is known of the message is written down.
                LockSupport.parkNanos(20_000_000);
            }
        }
    }

    private long acknowledged() {
        return fates.values().stream().filter(Fate.ACKNOWLEDGED::equals).count();
    }

    private List<String> stored(Path mailboxes) throws IOException {
        List<String> ids = new ArrayList<>();
        try (Stream<Path> files = Files.walk(mailboxes)) {
            for (Path file : files.filter(f -> f.toString().contains("/new/")).toList()) {
                String text = Files.readString(file, StandardCharsets.US_ASCII);
                int at = text.lastIndexOf("\r\nSubject: ");
                String id = text.substring(at + 11, text.indexOf("\r\n", at + 11));
                assertThat(text).as("a whole message, and nothing behind it").endsWith("\r\nEND " + id + "\r\n");
                ids.add(id);
            }
        }
        return ids;
    }

    @Test
    void whoever_is_killed_no_message_is_partial_and_none_that_was_acknowledged_is_missing() throws Exception {
        int frontPort = freePort();
        int backPort = freePort();
        Path back = relay("back", backPort, "b.test maildir");
        Path front = relay(
                "front", frontPort, "b.test back", "steamgate.mail.destinations.back.servers=127.0.0.1:" + backPort);
        Process[] running = {start(back, backPort), start(front, frontPort)};
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            clients.add(Thread.ofVirtual().start(() -> send(number, frontPort)));
        }
        Random random = new Random(1);
        for (int kill = 0; kill < KILLS; kill++) {
            long goal = acknowledged() + 10 + random.nextInt(40);
            Lab.eventually("messages are acknowledged", Duration.ofMinutes(1), () -> acknowledged() >= goal);
            int victim = kill % 2;
            running[victim].destroyForcibly().waitFor();
            running[victim] = victim == 0 ? start(back, backPort) : start(front, frontPort);
        }
        over = true;
        for (Thread client : clients) {
            client.join();
        }

        List<String> stored = stored(back.resolve("mail"));
        assertThat(stored).as("no attempt is stored twice").doesNotHaveDuplicates();
        Set<String> there = Set.copyOf(stored);
        List<String> uncertain = new ArrayList<>();
        fates.forEach((id, fate) -> {
            switch (fate) {
                case ACKNOWLEDGED -> assertThat(there).as("acknowledged").contains(id);
                case UNFINISHED -> assertThat(there).as("never finished").doesNotContain(id);
                // A reply was lost after the message was stored: the window in which a second try makes a duplicate.
                case UNCERTAIN, REFUSED -> {
                    if (there.contains(id)) {
                        uncertain.add(id + " " + fate);
                    }
                }
            }
        });
        System.out.printf(
                "%d kills, %d conversations, %d acknowledged, %d stored; stored though nobody heard: %d%n",
                KILLS, fates.size(), acknowledged(), stored.size(), uncertain.size());
        assertThat(uncertain.size()).as("at most what was under way at a kill").isLessThanOrEqualTo(KILLS * CLIENTS);
    }
}
