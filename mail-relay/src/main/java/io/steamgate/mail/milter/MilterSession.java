package io.steamgate.mail.milter;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.steamgate.mail.destination.Ticker;
import io.steamgate.mail.inspect.HeaderSection;
import io.steamgate.mail.inspect.Inspector;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Reply;
import java.net.Inet6Address;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A filter's connection: the channel under a {@link MilterDialogue}. */
final class MilterSession extends ChannelInboundHandlerAdapter implements Inspector, Ticker.Ticking {
    private static final Reply UNAVAILABLE =
            Reply.of(451, "4.7.1 Mail filter is not available, please try again later");
    private static final Reply UNAVAILABLE_FOR_GOOD = Reply.of(550, "5.7.1 Mail filter is not available");

    private final MilterFilter filter;
    private final Subject subject;
    private final Ticker ticker;
    private final LongSupplier clock;
    private final Runnable ready;
    private final MilterDialogue dialogue = new MilterDialogue(this::send);
    private final MilterFrames frames = new MilterFrames();
    private @Nullable Channel channel;
    private @Nullable Consumer<Verdict> asked;
    private boolean paused;
    private boolean over;
    /** The answer that the deadline is for. */
    private long timed;

    private boolean held;
    private long deadline;

    MilterSession(MilterFilter filter, Subject subject, Ticker ticker, LongSupplier clock, Runnable ready) {
        this.filter = filter;
        this.subject = subject;
        this.ticker = ticker;
        this.clock = clock;
        this.ready = ready;
        this.deadline = clock.getAsLong() + filter.patience().connect().toNanos();
        ticker.add(this);
        envelope();
    }

    /** Said first, whenever the connection is there. */
    private void envelope() {
        String address = subject.client().addressText();
        boolean six = subject.client().address().getAddress() instanceof Inet6Address;
        dialogue.connect(address, subject.client().address().getPort(), six ? '6' : '4', filter.hostname());
        dialogue.helo(subject.client().helo());
        dialogue.mail(subject.sender().path(), subject.id());
        for (Recipient recipient : subject.recipients()) {
            dialogue.rcpt(recipient.path());
        }
        dialogue.data(subject.id());
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        channel = ctx.channel();
        if (over) {
            ctx.close();
            return;
        }
        dialogue.begin();
        watch();
    }

    private void send(byte[] packet) {
        if (channel != null) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(packet), channel.voidPromise());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            ByteBuffer in = bytes.nioBuffer();
            while (in.hasRemaining() && !frames.isMalformed()) {
                frames.next(in).ifPresent(dialogue::received);
            }
        } finally {
            bytes.release();
        }
        if (frames.isMalformed()) {
            dialogue.failed(frames.isOversized() ? MilterDialogue.Failure.OVERSIZED : MilterDialogue.Failure.MALFORMED);
        }
        changed();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        changed();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        failed(MilterDialogue.Failure.LOST);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failed(MilterDialogue.Failure.LOST);
    }

    /** The filter will not say. */
    void failed(MilterDialogue.Failure why) {
        dialogue.failed(why);
        changed();
    }

    private void changed() {
        if (over) {
            return;
        }
        watch();
        Consumer<Verdict> told = asked;
        if (told != null && dialogue.outcome().isPresent()) {
            leave();
            told.accept(verdict(dialogue.outcome().get()));
        } else if (dialogue.outcome().isPresent() && channel != null) {
            close();
        }
        if (paused && isReady()) {
            paused = false;
            if (!over) {
                ready.run();
            }
        }
    }

    /** The filter has its time for each answer, and for reading what it was sent. */
    private void watch() {
        boolean stuck = channel != null && !channel.isWritable();
        if (dialogue.asked() != timed || stuck != held) {
            timed = dialogue.asked();
            held = stuck;
            deadline =
                    clock.getAsLong() + filter.patience().of(dialogue.stage()).toNanos();
        }
    }

    @Override
    public void tick(long now) {
        if (!over && now - deadline >= 0 && (held || !dialogue.isIdle())) {
            failed(MilterDialogue.Failure.TIMEOUT);
        }
    }

    @Override
    public boolean isReady() {
        boolean failed = dialogue.outcome().isPresent();
        boolean welcome = failed || dialogue.isIdle() && (channel == null || channel.isWritable());
        paused |= !welcome;
        return welcome;
    }

    @Override
    public void header(HeaderSection header) {
        for (String field : header.getFields()) {
            int colon = field.indexOf(':');
            dialogue.header(field.substring(0, colon).strip(), field.substring(colon + 1));
        }
        dialogue.endOfHeaders();
        watch();
    }

    @Override
    public void body(byte[] octets, int length) {
        for (int from = 0; from < length; from += 0xFFFF) {
            dialogue.body(Arrays.copyOfRange(octets, from, Math.min(length, from + 0xFFFF)));
        }
        watch();
    }

    @Override
    public void end(Consumer<Verdict> answer) {
        asked = answer;
        if (dialogue.outcome().isEmpty()) {
            dialogue.end(subject.id());
        }
        changed();
    }

    private Verdict verdict(MilterDialogue.Outcome outcome) {
        return switch (outcome) {
            case MilterDialogue.Outcome.Passed passed -> verdict(Optional.empty(), "pass", passed.lines());
            case MilterDialogue.Outcome.Refused refused ->
                verdict(Optional.of(refused.reply()), refused.reply().isTransient() ? "deferred" : "refused", "");
            case MilterDialogue.Outcome.Failed failed ->
                verdict(refusal(), failed.why().name().toLowerCase(Locale.ROOT).replace('_', '-'), "");
        };
    }

    private Verdict verdict(Optional<Reply> refusal, String result, String lines) {
        return new Verdict(refusal, Map.of(filter.name(), result), lines);
    }

    private Optional<Reply> refusal() {
        return switch (filter.otherwise()) {
            case ACCEPT -> Optional.empty();
            case TEMPFAIL -> Optional.of(UNAVAILABLE);
            case REJECT -> Optional.of(UNAVAILABLE_FOR_GOOD);
        };
    }

    @Override
    public void abandon() {
        leave();
    }

    private void leave() {
        over = true;
        ticker.remove(this);
        close();
    }

    private void close() {
        Channel left = channel;
        channel = null;
        if (left != null && left.isActive()) {
            left.writeAndFlush(Unpooled.wrappedBuffer(MilterFrames.packet('Q', new byte[0])), left.voidPromise());
            // What does not fit now waits for a filter that does not read, perhaps for ever.
            left.close();
        }
    }
}
