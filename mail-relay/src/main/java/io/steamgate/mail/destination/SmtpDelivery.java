package io.steamgate.mail.destination;

import io.netty.buffer.ByteBuf;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way to an SMTP or LMTP server. Until a recipient is accepted, a server that fails is followed by the
 * next; after that the message stays with its server.
 */
final class SmtpDelivery implements Delivery, SmtpConnection.Owner, Ticker.Ticking {
    private enum Stage {
        ENVELOPE,
        CONTENT,
        ENDED,
        OVER
    }

    private final SmtpDestination destination;
    private final Order order;
    private final Ticker ticker;
    private final LongSupplier clock;
    private final Deque<Server> untried = new ArrayDeque<>();

    private Stage stage = Stage.ENVELOPE;
    private @Nullable SmtpConnection connection;
    private @Nullable Recipient recipient;
    private @Nullable Consumer<Reply> question;
    private @Nullable Reply lost;
    /** The server to which a connection is being made that may use TLS. */
    private Optional<Server> trying = Optional.empty();

    private boolean found;
    private boolean reused;
    private boolean accepted;
    private @Nullable Reply failure;
    private String target = "-";
    private boolean timed;
    private long deadline;

    SmtpDelivery(SmtpDestination destination, Order order, Ticker ticker, LongSupplier clock) {
        this.destination = destination;
        this.order = order;
        this.ticker = ticker;
        this.clock = clock;
        ticker.add(this);
    }

    @Override
    public String target() {
        return target;
    }

    @Override
    public boolean isDotted() {
        return true;
    }

    @Override
    public void recipient(Recipient next, Consumer<Reply> answer) {
        if (lost != null) {
            answer.accept(lost);
            return;
        }
        question = answer;
        recipient = next;
        within(destination.settings().envelope());
        if (connection != null) {
            connection.recipient(order.sender(), next);
        } else if (found) {
            tryNext();
        } else {
            found = true;
            destination.servers().find(order.loop(), order.domain(), new Servers.Answer() {
                @Override
                public void found(List<Server> servers) {
                    untried.addAll(servers);
                    tryNext();
                }

                @Override
                public void failed(Reply reply) {
                    found = false;
                    answer(reply);
                }
            });
        }
    }

    private void tryNext() {
        if (stage == Stage.OVER) {
            return;
        }
        Server server = untried.peek();
        if (server == null) {
            found = false;
            Reply reason =
                    Optional.ofNullable(failure).filter(Reply::isTransient).orElse(Replies.DESTINATION_UNREACHABLE);
            answer(reason);
            return;
        }
        target = server.toString();
        Optional<SmtpConnection> pooled =
                reused ? Optional.empty() : destination.pool(order.loop()).take(server);
        if (pooled.isPresent()) {
            reused = true;
            connection = pooled.get();
            connection.own(this);
            ready();
        } else {
            untried.remove();
            reused = false;
            connect(server, false);
        }
    }

    private void connect(Server server, boolean plain) {
        trying = Optional.of(server).filter(_ -> !plain);
        connection = destination.connect(order.loop(), server, order.client(), plain, this);
    }

    @Override
    public void ready() {
        SmtpConnection current = connection;
        if (current == null || recipient == null) {
            return;
        }
        Client client = order.client();
        if (destination.settings().introduction() != Introduction.XCLIENT || current.isIntroduced(client)) {
            current.recipient(order.sender(), recipient);
        } else if (current.takesIntroductions()) {
            introduce(current, client);
        } else if (current.isIntroduced()) {
            // It takes this connection for another client's, and cannot be told otherwise.
            connection = null;
            current.quit();
            tryNext();
        } else {
            order.events().unintroduced();
            current.recipient(order.sender(), recipient);
        }
    }

    private void introduce(SmtpConnection current, Client client) {
        if (!current.takesNames()) {
            current.introduce(client, Xclient.HostName.NONE);
            return;
        }
        destination.names().find(order.loop(), client.address().getAddress(), name -> {
            if (connection == current) {
                current.introduce(client, name);
            }
        });
    }

    @Override
    public void recipientAnswered(Reply reply) {
        accepted |= reply.isSuccess();
        answer(reply);
    }

    @Override
    public void open(Consumer<Reply> answer) {
        if (connection == null) {
            answer.accept(Optional.ofNullable(lost).orElse(Replies.DESTINATION_LOST));
            return;
        }
        question = answer;
        within(destination.settings().data());
        connection.data();
    }

    @Override
    public void contentAnswered(Reply reply) {
        if (reply.isIntermediate()) {
            stage = Stage.CONTENT;
        }
        answer(reply);
    }

    @Override
    public void write(ByteBuf content) {
        if (connection == null) {
            content.release();
        } else {
            connection.write(content);
        }
    }

    @Override
    public void flush() {
        if (connection != null) {
            connection.flush();
            watchBlock();
        }
    }

    @Override
    public boolean isDrained() {
        // In the content alone is it told: what a kept connection still has of another message holds nobody back.
        return stage != Stage.CONTENT || connection == null || connection.isDrained();
    }

    @Override
    public void drained() {
        if (stage == Stage.CONTENT) {
            timed = false;
            order.events().writable();
        }
    }

    private void watchBlock() {
        if (!isDrained() && !timed) {
            within(destination.settings().block());
        }
    }

    @Override
    public void commit(Consumer<Reply> answer) {
        if (connection == null) {
            answer.accept(Optional.ofNullable(lost).orElse(Replies.DESTINATION_LOST));
            return;
        }
        stage = Stage.ENDED;
        question = answer;
        within(destination.settings().message());
        connection.end();
    }

    @Override
    public void messageAnswered(Reply reply) {
        SmtpConnection done = connection;
        finish();
        if (done != null) {
            done.release(clock.getAsLong());
        }
        answer(reply);
    }

    @Override
    public void abort() {
        SmtpConnection left = connection;
        Stage was = stage;
        finish();
        question = null;
        if (left == null) {
            return;
        }
        if (was == Stage.ENVELOPE && !timed) {
            left.release(clock.getAsLong());
        } else {
            left.reset();
        }
    }

    @Override
    public void gone(Reply reply, boolean broken) {
        connection = null;
        Stage was = stage;
        if (was == Stage.ENVELOPE && !accepted && question != null) {
            // A connection from the pool may have been closed long ago: that says nothing about its server.
            if (!reused) {
                failure = reply;
            }
            if (reply == Replies.DESTINATION_TLS && trying.isPresent() && destination.mayDoWithoutTls()) {
                order.events().unprotected();
                connect(trying.get(), true);
                return;
            }
            tryNext();
            return;
        }
        lost = reply.isTransient() || !broken ? reply : Replies.DESTINATION_LOST;
        if (question != null) {
            finish();
            answer(lost);
        } else if (was == Stage.CONTENT) {
            finish();
            order.events().refused(lost, broken);
        }
    }

    @Override
    public void tick(long now) {
        if (!timed || now - deadline < 0) {
            return;
        }
        timed = false;
        SmtpConnection slow = connection;
        connection = null;
        lost = Replies.DESTINATION_SLOW;
        boolean inContent = stage == Stage.CONTENT;
        untried.clear();
        if (slow != null) {
            slow.reset();
        }
        finish();
        if (question != null) {
            answer(Replies.DESTINATION_SLOW);
        } else if (inContent) {
            order.events().refused(Replies.DESTINATION_SLOW, true);
        }
    }

    private void within(Duration time) {
        timed = true;
        deadline = clock.getAsLong() + time.toNanos();
    }

    private void answer(Reply reply) {
        Consumer<Reply> told = question;
        question = null;
        timed = false;
        if (told != null) {
            told.accept(reply);
        }
    }

    private void finish() {
        stage = Stage.OVER;
        connection = null;
        ticker.remove(this);
    }
}
