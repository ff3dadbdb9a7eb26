package io.steamgate.mail.maildir;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.steamgate.mail.destination.Delivery;
import io.steamgate.mail.destination.Order;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way into one or more mailboxes. The event loop hands work to a strand of disk tasks, which owns the
 * file; answers come back as tasks of the loop.
 */
final class MaildirDelivery implements Delivery {
    private static final Logger LOG = Logger.getLogger(MaildirDelivery.class);

    private final MaildirDestination destination;
    private final Order order;
    private final Strand disk;

    // The event loop's.
    /** Pieces that the disk does not have yet. */
    private int waiting;

    private boolean over;

    // The strand's.
    private final List<Maildir> mailboxes = new ArrayList<>();
    private final List<Recipient> recipients = new ArrayList<>();
    private @Nullable FileChannel file;
    private Path path = Path.of("");
    private String unique = "";
    private @Nullable Reply failure;

    MaildirDelivery(MaildirDestination destination, Order order, Strand disk) {
        this.destination = destination;
        this.order = order;
        this.disk = disk;
    }

    @Override
    public String target() {
        return "maildir";
    }

    @Override
    public boolean isDotted() {
        return false;
    }

    @Override
    public void recipient(Recipient recipient, Consumer<Reply> answer) {
        disk.execute(() -> {
            MaildirDestination.Found found =
                    destination.find(recipient.mailbox(), order.sender().size());
            found.mailbox().ifPresent(mailbox -> {
                mailboxes.add(mailbox);
                recipients.add(recipient);
            });
            reply(answer, found.reply());
        });
    }

    @Override
    public void open(Consumer<Reply> answer) {
        disk.execute(() -> {
            unique = destination.unique(order.id());
            path = mailboxes.getFirst().temporary(unique);
            try {
                file = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
                append(Unpooled.copiedBuffer(trace(), StandardCharsets.UTF_8));
                reply(answer, Replies.START_CONTENT);
            } catch (IOException e) {
                reply(answer, failure(e));
            }
        });
    }

    /** Final delivery adds the return path (RFC 5321 §4.4), and who it was delivered to if that is one. */
    private String trace() {
        String trace = "Return-Path: " + order.sender().path() + "\r\n";
        return recipients.size() == 1
                ? trace + "Delivered-To: " + recipients.getFirst().mailbox() + "\r\n"
                : trace;
    }

    @Override
    public void write(ByteBuf content) {
        waiting++;
        disk.execute(() -> {
            try {
                if (failure == null) {
                    append(content);
                } else {
                    content.release();
                }
                tell(this::written);
            } catch (IOException e) {
                Reply reply = failure(e);
                failure = reply;
                tell(() -> {
                    written();
                    if (!over) {
                        order.events().refused(reply, false);
                    }
                });
            }
        });
    }

    private void written() {
        waiting--;
        if (isDrained() && !over) {
            order.events().writable();
        }
    }

    private void append(ByteBuf content) throws IOException {
        try {
            FileChannel to = file;
            while (to != null && content.isReadable()) {
                content.readBytes(to, content.readableBytes());
            }
        } finally {
            content.release();
        }
    }

    @Override
    public void flush() {}

    @Override
    public boolean isDrained() {
        return waiting == 0;
    }

    @Override
    public void commit(Consumer<Reply> answer) {
        over = true;
        disk.execute(() -> reply(answer, commit()));
    }

    private Reply commit() {
        List<Path> delivered = new ArrayList<>();
        try {
            FileChannel done = file;
            Reply reason = failure;
            if (reason != null || done == null) {
                drop();
                return Optional.ofNullable(reason).orElse(Replies.LOCAL_ERROR);
            }
            file = null;
            long size = done.size();
            try (done) {
                done.force(true);
            }
            for (Maildir mailbox : mailboxes) {
                if (destination.isFull(mailbox, size)) {
                    Files.deleteIfExists(path);
                    return Replies.MAILBOX_FULL;
                }
            }
            for (int i = mailboxes.size() - 1; i >= 0; i--) {
                delivered.add(mailboxes.get(i).deliver(path, i == 0 ? unique : unique + "N" + i, size, i > 0));
            }
            return Reply.of(250, "2.0.0 Ok: stored as " + order.id());
        } catch (IOException e) {
            Reply reply = failure(e);
            for (Path message : delivered) {
                discard(message);
            }
            discard(path);
            return reply;
        }
    }

    @Override
    public void abort() {
        over = true;
        disk.execute(() -> {
            failure = Replies.LOCAL_ERROR;
            drop();
        });
    }

    /** Takes away what is there of a message that will not be one. */
    private void drop() {
        FileChannel left = file;
        file = null;
        if (left == null) {
            return;
        }
        try (left) {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warnf("%s: cannot remove %s: %s", destination.name(), path, e);
        }
    }

    private static void discard(Path message) {
        try {
            Files.deleteIfExists(message);
        } catch (IOException e) {
            LOG.warnf("cannot remove %s: %s", message, e);
        }
    }

    private Reply failure(IOException e) {
        LOG.warnf("%s: message %s: %s", destination.name(), order.id(), e);
        String reason = String.valueOf(e.getMessage());
        return reason.contains("No space left") || reason.contains("quota exceeded")
                ? Replies.STORAGE_FULL
                : Replies.LOCAL_ERROR;
    }

    private void reply(Consumer<Reply> answer, Reply reply) {
        tell(() -> answer.accept(reply));
    }

    private void tell(Runnable news) {
        try {
            order.loop().execute(news);
        } catch (RejectedExecutionException _) {
            // The service has ended and nobody waits; what was begun on the disk is still to be taken away behind this.
            LOG.debugf("%s: message %s: the service has ended", destination.name(), order.id());
        }
    }
}
