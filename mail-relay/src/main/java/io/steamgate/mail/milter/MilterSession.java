package io.steamgate.mail.milter;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.steamgate.mail.inspect.HeaderSection;
import io.steamgate.mail.inspect.Inspector;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Reply;
import java.net.Inet6Address;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A filter's connection: the channel under a {@link MilterDialogue}. */
final class MilterSession extends ChannelInboundHandlerAdapter implements Inspector {
    private static final Reply UNAVAILABLE =
            Reply.of(451, "4.7.1 Mail filter is not available, please try again later");

    private final MilterFilter filter;
    private final Subject subject;
    private final Runnable ready;
    private final MilterDialogue dialogue = new MilterDialogue(this::send);
    private final MilterFrames frames = new MilterFrames();
    private @Nullable Channel channel;
    private @Nullable ScheduledFuture<?> patience;
    private @Nullable Consumer<Verdict> asked;
    private boolean paused;
    private boolean over;

    MilterSession(MilterFilter filter, Subject subject, Runnable ready) {
        this.filter = filter;
        this.subject = subject;
        this.ready = ready;
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
            dialogue.failed();
        }
        changed();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lost();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        lost();
    }

    /** The connection is lost, or could not be made. */
    void lost() {
        dialogue.failed();
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

    /** The filter has its time for each answer. */
    private void watch() {
        if (patience != null) {
            patience.cancel(false);
        }
        if (!over && !dialogue.isIdle()) {
            patience = subject.loop().schedule(this::lost, filter.timeout().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public boolean isReady() {
        boolean welcome = dialogue.isIdle();
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
            case MilterDialogue.Outcome.Passed passed ->
                new Verdict(Optional.empty(), Map.of("milter", "pass"), passed.lines());
            case MilterDialogue.Outcome.Refused refused ->
                new Verdict(
                        Optional.of(refused.reply()),
                        Map.of("milter", refused.reply().isTransient() ? "deferred" : "refused"),
                        "");
            case MilterDialogue.Outcome.Failed _ ->
                new Verdict(
                        filter.required() ? Optional.of(UNAVAILABLE) : Optional.empty(),
                        Map.of("milter", "temperror"),
                        "");
        };
    }

    @Override
    public void abandon() {
        leave();
    }

    private void leave() {
        over = true;
        watch();
        close();
    }

    private void close() {
        Channel left = channel;
        channel = null;
        if (left != null && left.isActive()) {
            left.writeAndFlush(Unpooled.wrappedBuffer(MilterFrames.packet('Q', new byte[0])))
                    .addListener(ChannelFutureListener.CLOSE);
        }
    }
}
