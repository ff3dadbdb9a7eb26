package io.steamgate.mail.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.steamgate.mail.destination.Delivery;
import io.steamgate.mail.destination.Destination;
import io.steamgate.mail.destination.Order;
import io.steamgate.mail.inspect.HeldMessage;
import io.steamgate.mail.inspect.Inspection;
import io.steamgate.mail.inspect.Inspector;
import io.steamgate.mail.policy.Policies;
import io.steamgate.mail.policy.Policy;
import io.steamgate.mail.session.AbortCause;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReversePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One mail transaction: a sender, recipients that live at one place, and content on its way there. The first recipient
 * that is accepted fixes the place; the client brings the others in transactions of their own, so that one reply stands
 * for one destination.
 */
final class Transaction implements Delivery.Events {
    private static final ByteBuf DOT =
            Unpooled.unreleasableBuffer(Unpooled.directBuffer(1).writeByte('.').asReadOnly());
    private static final ByteBuf LINE_END = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer(2).writeByte('\r').writeByte('\n').asReadOnly());

    private final Surroundings around;
    private final EventLoop loop;
    private final Client client;
    private final boolean mayRelay;
    private final ReversePath sender;
    private final Delivery.Events events;
    private final String id;
    private final long startedAt;
    private final List<Recipient> accepted = new ArrayList<>(1);
    private @Nullable Destination destination;
    private @Nullable Delivery delivery;
    private final Policies policies;
    private @Nullable Inspection inspection;
    private @Nullable HeldMessage held;
    /** Who waits for the end while it is being judged. */
    private @Nullable Consumer<Reply> ending;

    private String place = "";
    private boolean over;
    private long bytes;

    Transaction(
            Surroundings around,
            EventLoop loop,
            Client client,
            boolean mayRelay,
            ReversePath sender,
            Delivery.Events events) {
        this.around = around;
        this.loop = loop;
        this.client = client;
        this.mayRelay = mayRelay;
        this.sender = sender;
        this.events = events;
        this.policies = new Policies(mayRelay ? List.of() : around.policies(), this::judged);
        this.id = around.newId();
        this.startedAt = around.loops().clock().getAsLong();
    }

    void recipient(Recipient recipient, Consumer<Reply> answer) {
        Optional<Router.Way> way = around.router().find(recipient.mailbox()).filter(found -> found.open() || mayRelay);
        if (way.isEmpty()) {
            answered(recipient, "", Replies.NOT_ROUTED, answer);
            return;
        }
        Destination wanted = way.get().destination();
        policies.judge(new Policy.Question(loop, client, sender, recipient), refusal -> {
            if (over) {
                return;
            }
            if (refusal.isPresent()) {
                answered(recipient, wanted.name(), refusal.get(), answer);
            } else {
                ask(wanted, recipient, answer);
            }
        });
    }

    private void judged(Policy policy, Policy.Judgement judgement) {
        around.observer()
                .judged(
                        policy.name(),
                        judgement.refusal().isPresent()
                                ? Observer.Verdict.REFUSED
                                : judgement.failed()
                                        ? Observer.Verdict.UNKNOWN
                                        : judgement.trace().isEmpty()
                                                ? Observer.Verdict.PASSED
                                                : Observer.Verdict.MARKED);
    }

    private void ask(Destination wanted, Recipient recipient, Consumer<Reply> answer) {
        String domain = recipient.mailbox().domainKey();
        boolean same = wanted == destination && wanted.place(domain).equals(place);
        if (!accepted.isEmpty() && !(same && wanted.takesSeveralRecipients())) {
            answered(recipient, wanted.name(), Replies.LIVES_ELSEWHERE, answer);
            return;
        }
        if (!same && delivery != null) {
            delivery.abort();
            delivery = null;
        }
        destination = wanted;
        place = wanted.place(domain);
        Delivery chosen = delivery;
        if (chosen == null) {
            chosen = wanted.deliver(new Order(loop, id, client, sender, domain, this));
            delivery = chosen;
        }
        chosen.recipient(recipient, reply -> {
            if (reply.isSuccess()) {
                accepted.add(recipient);
            }
            answered(recipient, wanted.name(), reply, answer);
        });
    }

    private void answered(Recipient recipient, String destinationName, Reply reply, Consumer<Reply> answer) {
        around.observer().recipientAnswered(client, sender.path(), recipient.path(), destinationName, reply);
        answer.accept(reply);
    }

    /** @param answer gets the destination's reply, and whether it takes content as DATA carries it */
    void open(BiConsumer<Reply, Boolean> answer) {
        Delivery to = chosen();
        to.open(reply -> {
            if (reply.isIntermediate()) {
                String received = Received.line(
                        client,
                        sender,
                        accepted,
                        around.hostname(),
                        id,
                        around.time().instant());
                begin(to, Unpooled.copiedBuffer(received + policies.trace(), StandardCharsets.UTF_8));
            }
            answer.accept(reply, to.isDotted());
        });
    }

    private void begin(Delivery to, ByteBuf head) {
        if (!mayRelay && !around.inspections().isOff()) {
            inspection = around.inspections()
                    .begin(
                            new Inspector.Subject(
                                    loop, id, client, sender, List.copyOf(accepted), policies.senderDomain()),
                            to.isDotted(),
                            this::writable);
            held = around.inspections().hold(around.loops().allocator()).orElse(null);
        }
        pass(to, head);
    }

    /** Sends a part on, or holds it; takes ownership. */
    private void pass(Delivery to, ByteBuf part) {
        HeldMessage waiting = held;
        if (waiting == null) {
            to.write(part);
        } else if (waiting.add(part)) {
            part.release();
        } else {
            held = null;
            around.observer().unmarked();
            to.write(waiting.asItCame());
            to.write(part);
        }
    }

    private void look(ByteBuf part) {
        if (inspection != null) {
            inspection.content(part);
        }
    }

    /** Takes ownership of the buffer. */
    void content(ByteBuf range, boolean dotBefore) {
        Delivery to = chosen();
        if (dotBefore) {
            look(DOT);
            pass(to, DOT.duplicate());
        }
        bytes += range.readableBytes();
        look(range);
        pass(to, range);
    }

    void flush() {
        if (delivery != null) {
            delivery.flush();
        }
    }

    /** Whether nothing of the content waits here: only then may more be read. */
    boolean isDrained() {
        return (inspection == null || inspection.isReady()) && (delivery == null || delivery.isDrained());
    }

    void commit(boolean lineEnd, Consumer<Reply> answer) {
        Delivery to = chosen();
        if (lineEnd) {
            look(LINE_END);
            pass(to, LINE_END.duplicate());
        }
        Inspection judge = inspection;
        if (judge == null) {
            finish(to, answer);
            return;
        }
        ending = answer;
        judge.end(verdict -> {
            verdict.results().forEach(around.observer()::inspected);
            if (over) {
                return;
            }
            ending = null;
            if (verdict.refusal().isPresent()) {
                abort(AbortCause.POLICY, verdict.refusal().get());
                answer.accept(verdict.refusal().get());
                return;
            }
            HeldMessage marked = held;
            held = null;
            if (marked != null) {
                to.write(marked.marked(verdict.lines(), around.hostname()));
            }
            finish(to, answer);
        });
    }

    /** Whether the message is whole, and its destination has not been told so. */
    boolean isBeingJudged() {
        return ending != null;
    }

    private void finish(Delivery to, Consumer<Reply> answer) {
        long endedAt = around.loops().clock().getAsLong();
        to.commit(reply -> {
            around.observer().answered(destinationName(), around.loops().clock().getAsLong() - endedAt);
            around.observer().delivered(message(reply));
            answer.accept(reply);
        });
    }

    /** Ends the transaction before its content began. */
    void reset() {
        over = true;
        ending = null;
        if (held != null) {
            held.release();
            held = null;
        }
        if (inspection != null) {
            inspection.abandon();
        }
        if (delivery != null) {
            delivery.abort();
        }
    }

    /** Ends the transaction so that nothing is delivered. */
    void abort(AbortCause cause, Reply reply) {
        reset();
        around.observer().aborted(message(reply), cause);
    }

    @Override
    public void writable() {
        if (!over) {
            events.writable();
        }
    }

    @Override
    public void refused(Reply reply, boolean lost) {
        Consumer<Reply> waiting = ending;
        if (waiting == null) {
            events.refused(reply, lost);
            return;
        }
        ending = null;
        abort(lost ? AbortCause.DESTINATION_LOST : AbortCause.DESTINATION_REFUSED, reply);
        waiting.accept(reply);
    }

    @Override
    public void unprotected() {
        around.observer().unprotected(destinationName());
    }

    @Override
    public void unintroduced() {
        around.observer().unintroduced(destinationName());
    }

    private Observer.Message message(Reply reply) {
        return new Observer.Message(
                id,
                client,
                sender.path(),
                accepted.stream().map(Recipient::path).toList(),
                bytes,
                destinationName(),
                delivery == null ? "-" : delivery.target(),
                reply,
                around.loops().clock().getAsLong() - startedAt);
    }

    private String destinationName() {
        return destination == null ? "" : destination.name();
    }

    private Delivery chosen() {
        if (delivery == null) {
            throw new IllegalStateException("no recipient was accepted");
        }
        return delivery;
    }
}
