package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many messages, counted one by one, and a large one; Postfix's smtp-source sends and its smtp-sink receives. */
@Timeout(600)
class MailAmountTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final int MESSAGES = Lab.FULL ? 10_000 : 1_000;

    @TempDir
    Path directory;

    private final List<Command> commands = new ArrayList<>();
    private Optional<MailRelayProcess> running = Optional.empty();

    @AfterEach
    void end() {
        running.ifPresent(MailRelayProcess::kill);
        commands.forEach(Command::close);
    }

    private MailRelayProcess relay(int sink) throws IOException {
        MailRelayProcess relay = new MailRelayProcess(
                directory.resolve("relay"),
                "sink.test sink\na.test maildir",
                "steamgate.mail.destinations.sink.servers=127.0.0.1:" + sink,
                "steamgate.mail.maildir.catch-all=all",
                "steamgate.mail.limits.message-size=3000000000");
        running = Optional.of(relay);
        relay.start();
        return relay;
    }

    /** One of Postfix's programs, from its unpacked package. */
    private Command postfix(String program, String... arguments) {
        Path files = Path.of(Command.start(new ProcessBuilder(
                        Lab.root().resolve("e2e/src/test/sh/mail-server").toString(), "files", "postfix"))
                .await(LIMIT)
                .succeeded()
                .out()
                .strip());
        List<String> command = new ArrayList<>(
                List.of(files.resolve("usr/sbin").resolve(program).toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment()
                .put("LD_LIBRARY_PATH", files.resolve("usr/lib/postfix").toString());
        Command started = Command.start(builder);
        commands.add(started);
        return started;
    }

    private void sink(int port, String... options) throws IOException {
        List<String> arguments = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            arguments.addAll(List.of("-u", "nobody"));
        }
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("127.0.0.1:" + port, "256"));
        postfix("smtp-sink", arguments.toArray(String[]::new));
        Lab.eventually("the sink greets", LIMIT, () -> SmtpClient.greets(port));
    }

    /** Sends messages to {@code 1joe}, {@code 2joe} and so on. */
    private void send(MailRelayProcess relay, String domain) {
        postfix(
                        "smtp-source",
                        "-s",
                        "20",
                        "-m",
                        Integer.toString(MESSAGES),
                        "-l",
                        "2000",
                        "-N",
                        "-M",
                        "client.test",
                        "-f",
                        "s@x.test",
                        "-t",
                        "joe@" + domain,
                        "127.0.0.1:" + relay.port())
                .await(LIMIT)
                .succeeded();
    }

    /** The numbers in front of the recipients' names, as they stand in each of the files. */
    private static List<Integer> numbers(Path folder, Pattern recipient) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Matcher matcher = recipient.matcher(Files.readString(file, StandardCharsets.US_ASCII));
                assertThat(matcher.find()).as(file.toString()).isTrue();
                numbers.add(Integer.parseInt(matcher.group(1)));
            }
        }
        numbers.sort(Integer::compare);
        return numbers;
    }

    private static List<Integer> eachOnce(int first) {
        return IntStream.range(first, first + MESSAGES).boxed().toList();
    }

    @Test
    void each_of_many_messages_is_once_at_the_sink() throws IOException {
        Path dump = Files.createDirectory(directory.resolve("dump"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(dump, PosixFilePermissions.fromString("rwxrwxrwx"));
        int port = MailRelayProcess.freePort();
        sink(port, "-d", dump + "/");

        send(relay(port), "sink.test");

        List<Integer> numbers = numbers(dump, Pattern.compile("(?m)^X-Rcpt-Args: <(\\d+)joe@sink\\.test>"));
        assertThat(numbers).isEqualTo(eachOnce(numbers.getFirst()));
    }

    @Test
    void each_of_many_messages_is_once_in_a_mailbox() throws IOException {
        MailRelayProcess relay = relay(MailRelayProcess.freePort());

        send(relay, "a.test");

        Path mailbox = relay.mailboxes().resolve("a.test/all");
        List<Integer> numbers =
                numbers(mailbox.resolve("new"), Pattern.compile("(?m)^Delivered-To: (\\d+)joe@a\\.test\r\n"));
        assertThat(numbers).isEqualTo(eachOnce(numbers.getFirst()));
        assertThat(mailbox.resolve("tmp")).isEmptyDirectory();
    }

    /** A block of lines that is repeated. */
    private static final byte[] BLOCK =
            ("0123456789abcdef".repeat(4) + "\r\n").repeat(1000).getBytes(StandardCharsets.US_ASCII);

    private static void sendBlocks(int port, String recipient, long blocks) throws IOException {
        try (SmtpClient client = new SmtpClient(port)) {
            client.sendBlocks("s@x.test", recipient, BLOCK, blocks);
        }
    }

    @Test
    void the_memory_for_a_message_of_two_gibibytes_is_that_of_a_small_one() throws IOException {
        assumeTrue(Lab.FULL, "--full");
        int port = MailRelayProcess.freePort();
        sink(port);
        MailRelayProcess relay = relay(port);
        long blocks = (1L << 31) / BLOCK.length + 1;
        // What is there is a heap that has been used.
        for (String recipient : List.of("joe@sink.test", "joe@a.test")) {
            sendBlocks(relay.port(), recipient, 1000);
        }
        long before = relay.peakMemory();

        sendBlocks(relay.port(), "joe@sink.test", blocks);
        long passedOn = relay.peakMemory();
        sendBlocks(relay.port(), "huge@a.test", blocks);
        long stored = relay.peakMemory();

        Path largest = largest(relay.mailboxes().resolve("a.test/all/new"));
        long head = Files.size(largest) - blocks * BLOCK.length;
        assertThat(head).isBetween(100L, 1000L);
        try (InputStream content = new BufferedInputStream(Files.newInputStream(largest), 1 << 20)) {
            content.skipNBytes(head);
            for (long block = 0; block < blocks; block++) {
                assertThat(Arrays.equals(content.readNBytes(BLOCK.length), BLOCK))
                        .as("block " + block)
                        .isTrue();
            }
        }
        System.out.printf(
                "%d octets; peak memory %d KiB before, %d KiB more when passed on, %d KiB more when stored%n",
                blocks * BLOCK.length, before, passedOn - before, stored - before);
        assertThat(stored - before).as("KiB").isLessThan(16 * 1024);
    }

    private static Path largest(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.max((a, b) ->
                            Long.compare(a.toFile().length(), b.toFile().length()))
                    .orElseThrow();
        }
    }
}
