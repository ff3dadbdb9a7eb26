package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client or a server stands still at one step of a conversation, and then the relay, the client or the server is killed
 * (SIGKILL). What was killed is started again, the client tries again unless it had heard 250, and in the end what is stored is
 * held against what was heard. Steps of the client are seen from the client, steps of the server from the server.
 */
@Timeout(3600)
class MailKilledAtEveryStepTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Conversations at a time. */
    private static final int AT_ONCE = 12;
    /** Conversations that one kill of the relay cuts, because its start is what takes time. */
    private static final int CUT_BY_ONE_KILL = Lab.FULL ? 10 : 25;

    /** Conversations whose servers are there at the same time. */
    private static final int BATCH = 40;

    private static final List<Step> STEPS = Stream.concat(
                    steps("client", "connect banner ehlo mail rcpt data first-byte middle last end replied quit"),
                    steps(
                            "server",
                            "connect banner ehlo mail rcpt data go-ahead first-line middle end stored replied quit"))
            .toList();

    private static Stream<Step> steps(String actor, String names) {
        return Stream.of(names.split(" ", -1)).map(name -> new Step(actor, name));
    }

    private enum Victim {
        RELAY,
        CLIENT,
        SERVER
    }

    private enum Destination {
        SMTP,
        LMTP,
        MAILDIR
    }

    private enum Transfer {
        DATA,
        PIPELINED,
        CHUNKS
    }

    /** Where who stands still. */
    private record Step(String actor, String name) {
        boolean isServers() {
            return actor.equals("server");
        }
    }

    private record Killing(
            int number, Victim victim, Step step, Destination destination, Transfer transfer, int lines) {
        /** An address for each server, so that one port that nothing else has serves all. */
        String address() {
            return "127.1.%d.%d:".formatted(number / 250, number % 250 + 1);
        }

        /** Whether the server may have a message at this step, or get it after the kill, of which the client has not heard. */
        boolean isInWindow() {
            if (!step.isServers()) {
                return step.name().equals("end");
            }
            return victim != Victim.SERVER || List.of("stored", "replied").contains(step.name());
        }

        String domain() {
            return "k" + number + ".test";
        }

        @Override
        public String toString() {
            return "%s killed at the %s's %s, %s, %s, %d lines (%s)"
                    .formatted(victim, step.actor(), step.name(), destination, transfer, lines, domain());
        }
    }

    /** What came of a killing. */
    private record Result(Killing killing, boolean heard, boolean inWindow, int tries, int copies) {}

    @TempDir
    Path directory;

    private final List<Conversation> conversations = new ArrayList<>();
    private final int serverPort = MailRelayProcess.freePort();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private Optional<MailRelayProcess> relay = Optional.empty();

    MailKilledAtEveryStepTest() throws IOException {
        // For the port.
    }

    @AfterEach
    void end() {
        threads.shutdownNow();
        relay.ifPresent(MailRelayProcess::kill);
        conversations.forEach(Conversation::close);
    }

    /** A message, its client and its server, around one killing. */
    private final class Conversation {
        final Killing killing;
        final Path message;
        final byte[] content;
        private final Path home;
        private final List<Command> commands = new ArrayList<>();
        private final List<String> said = new ArrayList<>();
        private int tries = 1;
        private Optional<Command> client = Optional.empty();
        private Optional<Command> server = Optional.empty();

        Conversation(Killing killing) throws IOException {
            this.killing = killing;
            this.home = Files.createDirectories(directory.resolve(killing.domain()));
            this.message = home.resolve("message");
            String text = "Subject: " + killing.domain() + "\r\n\r\n"
                    + (".dot\r\n..\r\n\u00e9\u00ff\u0080" + "x".repeat(60) + "\r\n").repeat(killing.lines())
                    + ".\r\n\r\nEND\r\n";
            this.content = text.getBytes(StandardCharsets.ISO_8859_1);
            Files.write(message, content);
        }

        private Command python(String program, List<String> arguments) {
            List<String> command = new ArrayList<>(List.of(
                    "python3",
                    "-I",
                    "-S",
                    Lab.root().resolve("e2e/src/test/python").resolve(program).toString()));
            command.addAll(arguments);
            Command started = Command.start(new ProcessBuilder(command));
            commands.add(started);
            return started;
        }

        private Command startClient(String step) {
            return python(
                    "mail_client.py",
                    List.of(
                            Integer.toString(relay.orElseThrow().port()),
                            "joe@" + killing.domain(),
                            message.toString(),
                            killing.transfer().name().toLowerCase(java.util.Locale.ROOT),
                            step));
        }

        private void startServer(String step) {
            if (killing.destination() != Destination.MAILDIR) {
                Command started = python(
                        "mail_server.py",
                        List.of(
                                killing.address() + serverPort,
                                killing.destination().name().toLowerCase(java.util.Locale.ROOT),
                                home.resolve("stored").toString(),
                                Integer.toString(content.length),
                                step));
                assertThat(started.line(LIMIT)).isEqualTo("ready");
                server = Optional.of(started);
            }
        }

        /** Goes as far as the step. */
        void proceed() {
            String step = killing.step().name();
            startServer(killing.step().isServers() ? step : "none");
            client = Optional.of(startClient(killing.step().isServers() ? "none" : step));
            Command observed = (killing.step().isServers() ? server : client).orElseThrow();
            String line = observed.line(LIMIT);
            while (!line.equals("at " + step)) {
                said.add(line);
                assertThat(line).as(killing + ": before the step").isIn("ending", "heard 250");
                line = observed.line(LIMIT);
            }
        }

        /** Kills client or server. */
        void kill() {
            if (killing.victim() == Victim.CLIENT) {
                said.addAll(client.orElseThrow().kill().lines().toList());
            } else {
                server.orElseThrow().kill();
            }
        }

        /** Lets those go on who live, until a client has heard 250 and its message is there. */
        void goOn() {
            if (killing.victim() == Victim.SERVER) {
                startServer("none");
            } else if (killing.step().isServers()) {
                server.orElseThrow().send("go");
            }
            if (killing.victim() != Victim.CLIENT) {
                if (!killing.step().isServers()) {
                    client.orElseThrow().send("go");
                }
                said.addAll(client.orElseThrow().await(LIMIT).out().lines().toList());
            }
            boolean heard = isHeard();
            if (heard) {
                assertThat(copies()).as(killing + ": acknowledged").isPositive();
            }
            while (!heard) {
                tries++;
                assertThat(tries).as(killing + ": tries").isLessThan(20);
                String out = startClient("none").await(LIMIT).out();
                heard = out.contains("heard 250");
                // A refused try has stored nothing, and says so.
                assertThat(out).as(killing + ": second try").containsAnyOf("heard 250", "refused 451 4.4");
            }
            assertThat(copies()).as(killing + ": acknowledged").isPositive();
        }

        private boolean isHeard() {
            return said.contains("heard 250");
        }

        /** The server finishes what the relay still has open there. */
        void finish() {
            server.ifPresent(running -> {
                running.send("end");
                running.await(LIMIT);
            });
        }

        private List<Path> files(String folder) {
            Path store = killing.destination() == Destination.MAILDIR
                    ? relay.orElseThrow().mailboxes().resolve(killing.domain()).resolve("joe")
                    : home.resolve("stored");
            try (Stream<Path> files =
                    Files.exists(store.resolve(folder)) ? Files.list(store.resolve(folder)) : Stream.empty()) {
                return files.toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Messages that are visible; each must be whole, byte for byte. */
        int copies() {
            List<Path> visible = files("new");
            for (Path file : visible) {
                try {
                    byte[] stored = Files.readAllBytes(file);
                    int head = stored.length - content.length;
                    assertThat(head).as(killing + ": partial").isPositive();
                    assertThat(Arrays.copyOfRange(stored, head, stored.length))
                            .as(killing + ": partial, or changed")
                            .isEqualTo(content);
                    assertThat(new String(stored, 0, head, StandardCharsets.US_ASCII))
                            .as(killing + ": head")
                            .matches("(?s)(Return-Path: [^\r]*\r\nDelivered-To: [^\r]*\r\n)?"
                                    + "Received: [^\r]*\r\n(\t[^\r]*\r\n)*");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return visible.size();
        }

        /** What is stored at the very end, when nobody has anything open. */
        Result result() {
            int copies = copies();
            boolean inWindow = said.contains("ending") && !isHeard() && killing.isInWindow();
            if (!inWindow) {
                assertThat(copies).as(killing + ": copies").isEqualTo(1);
            } else if (killing.step().name().equals("stored")) {
                assertThat(copies).as(killing + ": stored, then tried again").isEqualTo(2);
            } else {
                assertThat(copies).as(killing + ": copies").isBetween(1, 2);
            }
            if (killing.victim() != Victim.RELAY) {
                assertThat(files("tmp")).as(killing + ": left in tmp").isEmpty();
            }
            return new Result(killing, isHeard(), inWindow, tries, copies);
        }

        void close() {
            commands.forEach(Command::close);
        }
    }

    /** Every victim at every step, with destinations and transfers in turn; with {@code --full} with all of them, small and large in turn. */
    private static List<Killing> killings() {
        List<Killing> all = new ArrayList<>();
        for (int v = 0; v < Victim.values().length; v++) {
            for (int s = 0; s < STEPS.size(); s++) {
                Victim victim = Victim.values()[v];
                Step step = STEPS.get(s);
                List<Destination> destinations = destinations(victim, step);
                if (Lab.FULL) {
                    for (Destination destination : destinations) {
                        for (Transfer transfer : Transfer.values()) {
                            int lines = all.size() % 2 == 0 ? 30 : 3000;
                            all.add(new Killing(all.size(), victim, step, destination, transfer, lines));
                        }
                    }
                } else if (!destinations.isEmpty()) {
                    // Each step meets each transfer, by one victim or another, and each destination does.
                    Destination destination = destinations.get((s + v) % destinations.size());
                    Transfer transfer = Transfer.values()[(s / 3 + v) % Transfer.values().length];
                    all.add(new Killing(all.size(), victim, step, destination, transfer, 30));
                }
            }
        }
        return all;
    }

    /** Those with which the victim can be killed at the step. */
    private static List<Destination> destinations(Victim victim, Step step) {
        if (victim == Victim.CLIENT && step.isServers() && step.name().equals("quit")) {
            // Where the relay says QUIT to the server, the client has gone.
            return List.of();
        }
        return step.isServers() || victim == Victim.SERVER
                ? List.of(Destination.SMTP, Destination.LMTP)
                : List.of(Destination.values());
    }

    private interface Part {
        void run(Conversation conversation) throws Exception;
    }

    private void all(List<Conversation> some, int atOnce, Part part) throws InterruptedException, ExecutionException {
        Semaphore permits = new Semaphore(atOnce);
        List<Future<?>> parts = new ArrayList<>();
        for (Conversation conversation : some) {
            parts.add(threads.submit(() -> {
                permits.acquire();
                try {
                    part.run(conversation);
                } finally {
                    permits.release();
                }
                return null;
            }));
        }
        for (Future<?> future : parts) {
            future.get();
        }
    }

    private List<Conversation> with(boolean relayIsVictim) {
        return conversations.stream()
                .filter(conversation -> (conversation.killing.victim() == Victim.RELAY) == relayIsVictim)
                .toList();
    }

    private static List<List<Conversation>> batches(List<Conversation> all, int size) {
        return IntStream.iterate(0, from -> from < all.size(), from -> from + size)
                .mapToObj(from -> all.subList(from, Math.min(all.size(), from + size)))
                .toList();
    }

    private MailRelayProcess relay() throws IOException {
        List<String> settings = new ArrayList<>(List.of("steamgate.mail.pool.idle=300ms"));
        List<String> routes = new ArrayList<>();
        for (Conversation conversation : conversations) {
            Killing killing = conversation.killing;
            if (killing.destination() == Destination.MAILDIR) {
                routes.add(killing.domain() + " maildir");
            } else {
                String name = "d" + killing.number();
                routes.add(killing.domain() + " " + name);
                settings.add(
                        "steamgate.mail.destinations.%s.servers=%s%d".formatted(name, killing.address(), serverPort));
                settings.add("steamgate.mail.destinations.%s.protocol=%s"
                        .formatted(name, killing.destination().name().toLowerCase(java.util.Locale.ROOT)));
            }
        }
        return new MailRelayProcess(
                directory.resolve("relay"), String.join("\n", routes), settings.toArray(String[]::new));
    }

    @Test
    void nothing_is_partial_nothing_acknowledged_is_missing_and_duplicates_are_of_the_window() throws Exception {
        for (Killing killing : killings()) {
            conversations.add(new Conversation(killing));
        }
        MailRelayProcess running = relay();
        relay = Optional.of(running);
        running.start();

        for (List<Conversation> batch : batches(with(false), BATCH)) {
            all(batch, AT_ONCE, conversation -> {
                conversation.proceed();
                conversation.kill();
                conversation.goOn();
            });
            all(batch, batch.size(), Conversation::finish);
        }
        List<List<Conversation>> cut = batches(with(true), CUT_BY_ONE_KILL);
        for (List<Conversation> batch : cut) {
            all(batch, batch.size(), Conversation::proceed);
            running.kill();
            running.start();
            all(batch, AT_ONCE, Conversation::goOn);
            all(batch, batch.size(), Conversation::finish);
        }
        running.end();

        List<Result> results = conversations.stream().map(Conversation::result).toList();
        String table = table(results, cut.size());
        Files.writeString(Lab.root().resolve("e2e/target/mail-kills.md"), table);
        System.out.print(table);
    }

    private static String table(List<Result> results, int kills) {
        StringBuilder table = new StringBuilder();
        table.append("%d conversations, %d of them cut by %d kills of the relay; none partial, none missing; "
                .formatted(
                        results.size(),
                        results.stream()
                                .filter(r -> r.killing().victim() == Victim.RELAY)
                                .count(),
                        kills));
        table.append("in the window for duplicates %d, stored twice %d%n%n"
                .formatted(
                        results.stream().filter(Result::inWindow).count(),
                        results.stream().filter(r -> r.copies() == 2).count()));
        table.append(
                "| stands still at | relay killed | client killed | server killed |%n|---|---|---|---|%n".formatted());
        for (Step step : STEPS) {
            table.append("| %s: %s |".formatted(step.actor(), step.name()));
            for (Victim victim : Victim.values()) {
                List<Result> some = results.stream()
                        .filter(r -> r.killing().victim() == victim
                                && r.killing().step().equals(step))
                        .toList();
                table.append(some.isEmpty() ? " – |" : " " + cell(some) + " |");
            }
            table.append(System.lineSeparator());
        }
        return table.toString();
    }

    /** Conversations; those in which the client had heard 250; those in the window for duplicates; those stored twice. */
    private static String cell(List<Result> some) {
        return Stream.of(
                        Integer.toString(some.size()),
                        some.stream().filter(Result::heard).count() + " heard",
                        some.stream().filter(Result::inWindow).count() + " open",
                        some.stream().filter(r -> r.copies() == 2).count() + " twice")
                .filter(text -> !text.startsWith("0 "))
                .collect(Collectors.joining(", "));
    }
}
