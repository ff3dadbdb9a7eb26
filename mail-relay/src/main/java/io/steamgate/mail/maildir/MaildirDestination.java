package io.steamgate.mail.maildir;

import io.steamgate.mail.destination.Delivery;
import io.steamgate.mail.destination.Destination;
import io.steamgate.mail.destination.Order;
import io.steamgate.mail.smtp.Mailbox;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/** Mailboxes in directories of their own. */
public final class MaildirDestination implements Destination {
    private static final Logger LOG = Logger.getLogger(MaildirDestination.class);

    private final String name;
    private final MaildirSettings settings;
    private final InstantSource clock;
    private final Executor disk;
    private final AtomicLong counter = new AtomicLong();
    private final Map<Path, Instant> swept = new ConcurrentHashMap<>();

    /** @param disk threads that may wait for the disk */
    public MaildirDestination(String name, MaildirSettings settings, InstantSource clock, Executor disk) {
        this.name = name;
        this.settings = settings;
        this.clock = clock;
        this.disk = disk;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean takesSeveralRecipients() {
        return true;
    }

    @Override
    public String place(String domain) {
        return "";
    }

    @Override
    public Delivery deliver(Order order) {
        return new MaildirDelivery(this, order, new Strand(disk));
    }

    MaildirSettings settings() {
        return settings;
    }

    /** A name that no other file has: time, process, count, and the message's own random name. */
    String unique(String id) {
        var now = clock.instant();
        return now.getEpochSecond() + ".M" + now.getNano() / 1000 + "P"
                + ProcessHandle.current().pid() + "Q" + counter.incrementAndGet() + "R" + id + "."
                + settings.hostname();
    }

    /** What became of looking for a recipient's mailbox: one of the two. */
    record Found(Optional<Maildir> mailbox, Reply reply) {}

    /** Finds the mailbox of a recipient; on a thread that may wait. */
    Found find(Mailbox recipient, long size) {
        try {
            Optional<Maildir> mailbox = mailbox(recipient);
            if (mailbox.isEmpty()) {
                return new Found(Optional.empty(), Replies.NO_SUCH_MAILBOX);
            }
            if (isFull(mailbox.get(), Math.max(size, 0))) {
                return new Found(Optional.empty(), Replies.MAILBOX_FULL);
            }
            return new Found(mailbox, Replies.RECIPIENT_OK);
        } catch (IOException e) {
            LOG.warnf("%s: mailbox of %s: %s", name, recipient, e);
            return new Found(Optional.empty(), Replies.LOCAL_ERROR);
        }
    }

    boolean isFull(Maildir mailbox, long more) throws IOException {
        if (settings.quotaBytes() == 0 && settings.quotaMessages() == 0) {
            return false;
        }
        Maildir.Usage usage = mailbox.usage();
        return settings.quotaBytes() > 0 && usage.bytes() + more > settings.quotaBytes()
                || settings.quotaMessages() > 0 && usage.messages() + 1 > settings.quotaMessages();
    }

    private Optional<Maildir> mailbox(Mailbox recipient) throws IOException {
        String local = recipient.plainLocalPart().toLowerCase(Locale.ROOT);
        if (settings.delimiter().isPresent()) {
            int at = local.indexOf(settings.delimiter().get());
            local = at > 0 ? local.substring(0, at) : local;
        }
        Optional<Maildir> own = directory(recipient.domainKey(), local);
        if (own.isPresent() && own.get().exists()) {
            return own;
        }
        Optional<String> catchAll = settings.catchAll();
        if (catchAll.isPresent()) {
            own = directory(recipient.domainKey(), catchAll.get());
        } else if (!settings.create()) {
            return Optional.empty();
        }
        if (own.isPresent() && !own.get().exists()) {
            own.get().create();
        }
        return own;
    }

    private Optional<Maildir> directory(String domain, String local) throws IOException {
        if (!isFileName(domain) || !isFileName(local)) {
            return Optional.empty();
        }
        Path path;
        try {
            path = Path.of(settings.path().replace("{domain}", domain).replace("{local}", local));
        } catch (InvalidPathException e) {
            // Not in the character set of this machine's file names.
            return Optional.empty();
        }
        Maildir mailbox = new Maildir(path);
        if (mailbox.exists() && isToBeSwept(path)) {
            mailbox.sweep(clock.instant());
        }
        return Optional.of(mailbox);
    }

    /** Once, and again when what was not old enough then is. */
    private boolean isToBeSwept(Path path) {
        Instant now = clock.instant();
        Instant before = swept.putIfAbsent(path, now);
        return before == null || before.isBefore(now.minus(Maildir.STALE)) && swept.replace(path, before, now);
    }

    /** Whether a client's text can be the name of a directory, and of no other one than it seems. */
    static boolean isFileName(String text) {
        return !text.isEmpty()
                && text.charAt(0) != '.'
                && text.length() <= 200
                && text.chars()
                        .allMatch(c -> c > ' ' && c != '/' && c != '\\' && c != 0x7F && !(c >= 0x80 && c < 0xA0));
    }
}
