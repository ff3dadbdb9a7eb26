package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
    private final List<MailRelayProcess> relays = new ArrayList<>();
    private volatile boolean over;

    @AfterEach
    void end() {
        over = true;
        relays.forEach(MailRelayProcess::kill);
    }

    private void send(int number, int port) {
        Random random = new Random(number);
        for (int i = 0; !over; i++) {
            String id = "m" + number + "-" + i;
            try (SmtpClient client = new SmtpClient(port)) {
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
        MailRelayProcess back = new MailRelayProcess(directory.resolve("back"), "b.test maildir");
        MailRelayProcess front = new MailRelayProcess(
                directory.resolve("front"),
                "b.test back",
                "steamgate.mail.destinations.back.servers=127.0.0.1:" + back.port());
        relays.addAll(List.of(back, front));
        back.start();
        front.start();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            clients.add(Thread.ofVirtual().start(() -> send(number, front.port())));
        }
        Random random = new Random(1);
        for (int kill = 0; kill < KILLS; kill++) {
            long goal = acknowledged() + 10 + random.nextInt(40);
            Lab.eventually("messages are acknowledged", Duration.ofMinutes(1), () -> acknowledged() >= goal);
            MailRelayProcess victim = relays.get(kill % 2);
            victim.kill();
            victim.start();
        }
        over = true;
        for (Thread client : clients) {
            client.join();
        }

        List<String> stored = stored(back.mailboxes());
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
