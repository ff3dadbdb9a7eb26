package io.steamgate.mail.maildir;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.steamgate.mail.destination.Delivery;
import io.steamgate.mail.destination.Order;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Mailbox;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReversePath;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.GatheringByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaildirDestinationTest implements Delivery.Events {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");

    private final EventLoop loop = new DefaultEventLoop();
    private Instant now = NOW;

    @TempDir
    Path root;

    @AfterEach
    void end() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @Override
    public void writable() {}

    @Override
    public void refused(Reply reply, boolean lost) {
        throw new AssertionError(reply);
    }

    private MaildirDestination destination(boolean create, Optional<String> catchAll, long bytes, long messages) {
        // Disk tasks run where they are given, so that each step is done when it is answered.
        return destination(create, catchAll, bytes, messages, Runnable::run);
    }

    private MaildirDestination destination(
            boolean create, Optional<String> catchAll, long bytes, long messages, Executor disk) {
        return new MaildirDestination(
                "maildir",
                new MaildirSettings(
                        root + "/{domain}/{local}", create, catchAll, Optional.of("+"), bytes, messages, "relay.test"),
                () -> now,
                disk);
    }

    private Delivery deliver(MaildirDestination destination) {
        Client client = new Client(
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.2"), 1),
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.25"), 25),
                "client",
                true,
                Optional.empty(),
                Optional.empty());
        ReversePath sender = new ReversePath(
                Optional.of(new Mailbox("s", "x.test")), -1, false, false, Optional.empty(), Optional.empty());
        return destination.deliver(new Order(loop, "ID", client, sender, "a.test", this));
    }

    private static Reply ask(Consumer<Consumer<Reply>> question) throws InterruptedException {
        BlockingQueue<Reply> answer = new ArrayBlockingQueue<>(1);
        question.accept(answer::add);
        Reply reply = answer.poll(10, TimeUnit.SECONDS);
        assertThat(reply).isNotNull();
        return reply;
    }

    private static Reply recipient(Delivery delivery, String local) throws InterruptedException {
        return ask(answer -> delivery.recipient(
                new Recipient(new Mailbox(local, "A.test"), Optional.empty(), Optional.empty()), answer));
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    private List<Path> files(String mailbox, String part) throws IOException {
        try (Stream<Path> files =
                Files.list(root.resolve("a.test").resolve(mailbox).resolve(part))) {
            return files.sorted().toList();
        }
    }

    @Test
    void aMessageAppearsWholeAndOnlyThen() throws Exception {
        Delivery delivery = deliver(destination(true, Optional.empty(), 0, 0));
        assertThat(recipient(delivery, "Joe+tag")).isEqualTo(Replies.RECIPIENT_OK);
        assertThat(ask(delivery::open).code()).isEqualTo(354);
        delivery.write(bytes("Hello\r\n"));
        assertThat(files("joe", "new")).isEmpty();
        assertThat(files("joe", "tmp")).hasSize(1);
        assertThat(ask(delivery::commit).code()).isEqualTo(250);
        assertThat(files("joe", "tmp")).isEmpty();
        Path message = files("joe", "new").getFirst();
        assertThat(message).hasContent("Return-Path: <s@x.test>\r\nDelivered-To: Joe+tag@A.test\r\nHello\r\n");
        assertThat(message.getFileName().toString())
                .matches("1767323045\\.M678000P\\d+Q1RID\\.relay\\.test,S=" + Files.size(message));
    }

    @Test
    void anAbortedMessageLeavesNothing() throws Exception {
        Delivery delivery = deliver(destination(true, Optional.empty(), 0, 0));
        recipient(delivery, "joe");
        ask(delivery::open);
        delivery.write(bytes("Hel"));
        delivery.abort();
        assertThat(files("joe", "tmp")).isEmpty();
        assertThat(files("joe", "new")).isEmpty();
    }

    @Test
    void anAbortedMessageLeavesNothingWhenTheServiceHasEndedBeforeTheDisk() throws Exception {
        Delivery delivery = deliver(destination(true, Optional.empty(), 0, 0));
        recipient(delivery, "joe");
        ask(delivery::open);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        delivery.write(bytes("Hel"));
        delivery.abort();
        assertThat(files("joe", "tmp")).isEmpty();
    }

    @Test
    void noMoreIsWelcomeBeforeTheDiskHasWhatCame() throws Exception {
        List<Runnable> disk = new ArrayList<>();
        Delivery delivery = deliver(destination(true, Optional.empty(), 0, 0, disk::add));
        assertThat(delivery.isDrained()).isTrue();
        delivery.write(bytes("x"));
        assertThat(delivery.isDrained()).as("however little").isFalse();
        disk.forEach(Runnable::run);
        loop.submit(() -> {}).sync();
        assertThat(delivery.isDrained()).isTrue();
        delivery.abort();
    }

    @Test
    void severalMailboxesGetOneEach() throws Exception {
        Delivery delivery = deliver(destination(true, Optional.empty(), 0, 0));
        recipient(delivery, "joe");
        recipient(delivery, "jim");
        ask(delivery::open);
        delivery.write(bytes("Hello\r\n"));
        ask(delivery::commit);
        assertThat(files("joe", "new").getFirst()).hasContent("Return-Path: <s@x.test>\r\nHello\r\n");
        assertThat(files("jim", "new").getFirst())
                .hasSameBinaryContentAs(files("joe", "new").getFirst());
    }

    @Test
    void aMailboxThatIsNotThereIsRefusedUnlessItIsToBeMade() throws Exception {
        assertThat(recipient(deliver(destination(false, Optional.empty(), 0, 0)), "joe"))
                .isEqualTo(Replies.NO_SUCH_MAILBOX);
        Delivery caught = deliver(destination(false, Optional.of("all"), 0, 0));
        assertThat(recipient(caught, "joe")).isEqualTo(Replies.RECIPIENT_OK);
        assertThat(root.resolve("a.test/all/new")).isDirectory();
        assertThat(root.resolve("a.test/joe")).doesNotExist();
    }

    @Test
    void noNameLeavesTheDirectory() throws Exception {
        for (String local : List.of("..", ".", "\"../x\"", "\"a/b\"", ".hidden", "\"a b\"")) {
            assertThat(recipient(deliver(destination(true, Optional.empty(), 0, 0)), local))
                    .as(local)
                    .isEqualTo(Replies.NO_SUCH_MAILBOX);
        }
        try (Stream<Path> all = Files.list(root)) {
            assertThat(all).isEmpty();
        }
    }

    @Test
    void aFullMailboxIsRefused() throws Exception {
        MaildirDestination destination = destination(true, Optional.empty(), 0, 1);
        Delivery first = deliver(destination);
        recipient(first, "joe");
        Delivery second = deliver(destination);
        assertThat(recipient(second, "joe")).isEqualTo(Replies.RECIPIENT_OK);
        ask(first::open);
        assertThat(ask(first::commit).code()).isEqualTo(250);
        ask(second::open);
        assertThat(ask(second::commit)).as("it filled up meanwhile").isEqualTo(Replies.MAILBOX_FULL);
        assertThat(files("joe", "new")).hasSize(1);
        assertThat(files("joe", "tmp")).isEmpty();
        assertThat(recipient(deliver(destination), "joe")).isEqualTo(Replies.MAILBOX_FULL);
    }

    @Test
    void aQuotaOfOctetsHoldsForWhatIsThereAndWhatIsAnnounced() throws Exception {
        // The lines at the head are 51 octets.
        MaildirDestination destination = destination(true, Optional.empty(), 120, 0);
        for (Reply expected : List.of(Reply.of(250, "2.0.0 Ok: stored as ID"), Replies.MAILBOX_FULL)) {
            Delivery delivery = deliver(destination);
            assertThat(recipient(delivery, "joe")).isEqualTo(Replies.RECIPIENT_OK);
            ask(delivery::open);
            delivery.write(bytes("x".repeat(48) + "\r\n"));
            assertThat(ask(delivery::commit)).isEqualTo(expected);
        }
        assertThat(files("joe", "new")).hasSize(1);
        assertThat(files("joe", "tmp")).isEmpty();
    }

    /** Part of a message that the disk has no room for. */
    private static ByteBuf tooMuch() {
        return new UnpooledHeapByteBuf(UnpooledByteBufAllocator.DEFAULT, 8, 8) {
            @Override
            public int readBytes(GatheringByteChannel out, int length) throws IOException {
                throw new IOException("No space left on device");
            }
        }.writeByte('x');
    }

    @Test
    void aMessageWhoseLastPartTheDiskHasNoRoomForLeavesNothing() throws Exception {
        List<Runnable> disk = new ArrayList<>();
        Delivery delivery = deliver(destination(true, Optional.empty(), 0, 0, disk::add));
        BlockingQueue<Reply> answers = new ArrayBlockingQueue<>(3);
        delivery.recipient(
                new Recipient(new Mailbox("joe", "a.test"), Optional.empty(), Optional.empty()), answers::add);
        delivery.open(answers::add);
        delivery.write(tooMuch());
        delivery.commit(answers::add);
        disk.forEach(Runnable::run);
        assertThat(answers.take()).isEqualTo(Replies.RECIPIENT_OK);
        assertThat(answers.take().code()).isEqualTo(354);
        assertThat(answers.take()).isEqualTo(Replies.STORAGE_FULL);
        assertThat(files("joe", "tmp")).isEmpty();
        assertThat(files("joe", "new")).isEmpty();
    }

    @Test
    void aNameThatTheFileSystemCannotWriteIsNoMailbox() throws Exception {
        // As every name beyond ASCII is where Java finds no locale.
        assertThat(recipient(deliver(destination(true, Optional.empty(), 0, 0)), "\uD800"))
                .isEqualTo(Replies.NO_SUCH_MAILBOX);
    }

    @Test
    void whatACrashLeftJustBeforeTheStartIsSweptUpWhenItIsOld() throws Exception {
        Path mailbox = root.resolve("a.test/joe");
        new Maildir(mailbox).create();
        Path left = Files.writeString(mailbox.resolve("tmp/left"), "x");
        Files.setLastModifiedTime(left, FileTime.from(NOW.minusSeconds(1)));
        MaildirDestination destination = destination(false, Optional.empty(), 0, 0);
        recipient(deliver(destination), "joe");
        assertThat(left).exists();
        now = NOW.plus(Duration.ofHours(37));
        recipient(deliver(destination), "joe");
        assertThat(left).doesNotExist();
    }

    @Test
    void whatACrashLeftIsSweptUp() throws Exception {
        Path mailbox = root.resolve("a.test/joe");
        new Maildir(mailbox).create();
        Path old = Files.writeString(mailbox.resolve("tmp/old"), "x");
        Files.setLastModifiedTime(old, FileTime.from(NOW.minusSeconds(37 * 3600)));
        Path recent = Files.writeString(mailbox.resolve("tmp/recent"), "x");
        Files.setLastModifiedTime(recent, FileTime.from(NOW.minusSeconds(35 * 3600)));
        recipient(deliver(destination(false, Optional.empty(), 0, 0)), "joe");
        assertThat(old).doesNotExist();
        assertThat(recent).exists();
    }
}
