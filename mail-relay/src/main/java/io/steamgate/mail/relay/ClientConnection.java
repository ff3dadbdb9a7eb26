package io.steamgate.mail.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.steamgate.mail.destination.Delivery;
import io.steamgate.mail.destination.Ticker;
import io.steamgate.mail.session.AbortCause;
import io.steamgate.mail.session.Action;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.session.ClientNetwork;
import io.steamgate.mail.session.Conversation;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection: the channel under a {@link Conversation}, and the transaction that it is in.
 *
 * <p>Bytes are read only when all before them are dealt with, and of a message when its destination holds nothing back,
 * so that no more than one read is held whatever the size of the message, and however small the pieces in which it comes.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Delivery.Events, Ticker.Ticking {
    /** Time for the last reply to leave. */
    private static final long FAREWELL_NANOS = 10_000_000_000L;

    /** Content goes on in so many pieces at once: each has its price, and a line that begins with a dot makes two. */
    private static final int PIECES = 16;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ListenerSettings listener;
    private final Surroundings around;
    private final Listeners listeners;
    private final Conversation conversation;
    private final ClientNetwork network;
    private final Patience patience;
    private final Authentication authentication;

    private @Nullable ChannelHandlerContext context;
    private volatile @Nullable ChannelHandlerContext home;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private @Nullable Transaction transaction;
    private boolean greeted;
    private boolean running;
    /** There may be a step to take: the last walk ended before the steps did, or something happened behind it. */
    private boolean again;

    private boolean contentBegun;
    private boolean committing;
    private boolean closing;
    private boolean reading;
    private int pieces;
    /** Octets of the message's content when the client's time for the next block began. */
    private long blockFrom;

    private long closingSince;

    ClientConnection(
            ListenerSettings listener, Surroundings around, Listeners listeners, Client client, boolean xclient) {
        this.listener = listener;
        this.around = around;
        this.listeners = listeners;
        this.network = client.network();
        this.conversation = new Conversation(
                listeners.terms(listener, xclient), listener.limits(), client, around.observer()::heard);
        this.patience = new Patience(now());
        this.authentication = new Authentication(listeners, around.observer());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        home = ctx;
        around.loops().ticker(ctx.channel().eventLoop()).add(this);
        if (!listener.implicitTls()) {
            greet(ctx);
        } else {
            ctx.read();
        }
    }

    private void greet(ChannelHandlerContext ctx) {
        greeted = true;
        write(ctx, ((Action.Say) conversation.greet()).reply());
        ctx.flush();
        readMore(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading = false;
        received = append(ctx.alloc(), received, (ByteBuf) message);
        run(ctx);
    }

    private static ByteBuf append(ByteBufAllocator alloc, ByteBuf before, ByteBuf more) {
        if (!before.isReadable()) {
            before.release();
            return more;
        }
        ByteBuf both = alloc.buffer(before.readableBytes() + more.readableBytes());
        both.writeBytes(before).writeBytes(more);
        before.release();
        more.release();
        return both;
    }

    /** Takes steps until the client, the destination or somebody else has to do something first. */
    private void run(ChannelHandlerContext ctx) {
        again = true;
        if (running || !greeted) {
            return;
        }
        running = true;
        do {
            again = false;
            walk(ctx);
            if (transaction != null) {
                transaction.flush();
            }
            // Before the client can hear, and go on.
            patience.turn(isClientsTurn(), now());
            ctx.flush();
        } while (again && mayGoOn(ctx));
        running = false;
        readMore(ctx);
    }

    /** Takes steps until so many pieces of content have been passed on. */
    private void walk(ChannelHandlerContext ctx) {
        boolean more = true;
        pieces = 0;
        while (more && pieces < PIECES && !closing && ctx.channel().isWritable()) {
            ByteBuf bytes = received;
            ByteBuffer in = bytes.isReadable() ? bytes.nioBuffer() : NOTHING;
            Action action = conversation.step(in);
            if (conversation.contentOctets() - blockFrom >= listener.blockOctets()) {
                renewPatience();
            }
            int base = bytes.readerIndex();
            bytes.readerIndex(base + in.position());
            more = perform(ctx, action, bytes, base);
        }
        if (!received.isReadable()) {
            received.release();
            received = Unpooled.EMPTY_BUFFER;
        }
        // What comes next may need no octet, as the end of the last chunk does.
        again |= more;
    }

    /** Whether nobody else has to do something first. */
    private boolean mayGoOn(ChannelHandlerContext ctx) {
        return !closing
                && !conversation.isWaiting()
                && ctx.channel().isWritable()
                && (transaction == null || transaction.isDrained());
    }

    private void content(ByteBuf bytes, int base, Action.Content content) {
        ByteBuf range = bytes.retainedSlice(base + content.from(), content.to() - content.from());
        current().content(range, content.dotBefore());
        pieces++;
    }

    /** What the client does next has its whole time from now on. */
    private void renewPatience() {
        blockFrom = conversation.contentOctets();
        patience.renew(now());
    }

    private void readMore(ChannelHandlerContext ctx) {
        patience.turn(isClientsTurn(), now());
        // While its message is judged a client is read, for once, to learn of its loss.
        if (!reading && !received.isReadable() && (mayGoOn(ctx) || isBeingJudged())) {
            reading = true;
            ctx.read();
        }
    }

    /** Does what the conversation wants; returns whether it may be asked for more. */
    private boolean perform(ChannelHandlerContext ctx, Action action, ByteBuf bytes, int base) {
        switch (action) {
            case Action.NeedMore _, Action.Await _ -> {
                return false;
            }
            case Action.Say say -> {
                write(ctx, say.reply());
                // Of a message that comes in chunks only its content counts, or each could be one octet.
                if (!conversation.inMessage()) {
                    renewPatience();
                }
            }
            case Action.SayAndClose say -> {
                write(ctx, say.reply());
                close(ctx);
                return false;
            }
            case Action.StartTls start -> startTls(ctx, start.reply(), bytes);
            case Action.Authenticate step -> authenticate(ctx, step);
            case Action.TryRecipient attempt -> tryRecipient(ctx, attempt);
            case Action.OpenContent _ -> open(ctx);
            case Action.Content content -> content(bytes, base, content);
            case Action.Commit commit -> commit(ctx, commit);
            case Action.Reset _ -> endTransaction(Transaction::reset);
            case Action.Abort abort -> endTransaction(t -> t.abort(abort.cause(), Replies.LOCAL_ERROR));
            case Action.SpeakFor other ->
                listeners.speaker(conversation.client(), other.attributes()).ifPresent(conversation::speaksFor);
        }
        return true;
    }

    private void tryRecipient(ChannelHandlerContext ctx, Action.TryRecipient attempt) {
        Transaction current = transaction;
        if (current == null) {
            Client client = conversation.client();
            current = new Transaction(
                    around, ctx.channel().eventLoop(), client, listeners.mayRelay(client), attempt.sender(), this);
            transaction = current;
        }
        Transaction asked = current;
        asked.recipient(attempt.recipient(), reply -> {
            if (transaction == asked) {
                conversation.recipientAnswered(reply);
                run(ctx);
            }
        });
    }

    private void open(ChannelHandlerContext ctx) {
        Transaction asked = current();
        asked.open((reply, dotted) -> {
            if (transaction == asked) {
                conversation.contentOpened(reply, dotted);
                contentBegun = reply.isIntermediate();
                if (!contentBegun) {
                    endTransaction(Transaction::reset);
                }
                renewPatience();
                run(ctx);
            }
        });
    }

    private void commit(ChannelHandlerContext ctx, Action.Commit commit) {
        Transaction asked = current();
        committing = true;
        asked.commit(commit.lineEnd(), reply -> {
            // Also when the client is gone: the message has its log line, only nobody hears of it.
            if (transaction == asked) {
                transaction = null;
                contentBegun = false;
                committing = false;
                conversation.committed(reply);
                run(ctx);
            }
        });
    }

    private void endTransaction(Consumer<Transaction> how) {
        Transaction ended = transaction;
        transaction = null;
        contentBegun = false;
        if (ended != null) {
            how.accept(ended);
        }
    }

    private void dropTransaction() {
        if (committing && !isBeingJudged()) {
            // The message is whole and may be taken already: it is let end, only nobody hears of it (RFC 1047).
            transaction = null;
        } else if (contentBegun) {
            endTransaction(t -> t.abort(AbortCause.CLIENT_LOST, Replies.LOCAL_ERROR));
        } else {
            endTransaction(Transaction::reset);
        }
    }

    private boolean isBeingJudged() {
        return transaction != null && transaction.isBeingJudged();
    }

    private Transaction current() {
        if (transaction == null) {
            throw new IllegalStateException("no transaction");
        }
        return transaction;
    }

    @Override
    public void writable() {
        if (context != null) {
            run(context);
        }
    }

    @Override
    public void refused(Reply reply, boolean lost) {
        Transaction failed = transaction;
        if (failed != null && context != null) {
            endTransaction(t -> t.abort(
                    !lost
                            ? AbortCause.DESTINATION_REFUSED
                            : reply == Replies.DESTINATION_SLOW
                                    ? AbortCause.DESTINATION_TIMEOUT
                                    : AbortCause.DESTINATION_LOST,
                    reply));
            conversation.contentRefused(reply);
            run(context);
        }
    }

    private void startTls(ChannelHandlerContext ctx, Reply reply, ByteBuf bytes) {
        // What came behind the command came without protection, from whoever could write (RFC 3207 §6).
        bytes.skipBytes(bytes.readableBytes());
        Optional<SslHandler> handler = listeners.tlsHandler(listener);
        if (handler.isEmpty()) {
            return;
        }
        // The reply leaves in the clear before the handler is there.
        write(ctx, reply);
        ctx.flush();
        Reads.inTls(ctx.channel());
        ctx.pipeline().addBefore(ctx.name(), "tls", handler.get());
        reading = true;
        ctx.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (!handshake.isSuccess()) {
                around.observer().refused(Observer.Refusal.TLS_FAILED);
                closing = true;
                ctx.close();
                return;
            }
            reading = false;
            conversation.secured(tlsText(ctx));
            renewPatience();
            if (listener.implicitTls() && !greeted) {
                greet(ctx);
            } else {
                readMore(ctx);
            }
        }
    }

    private static String tlsText(ChannelHandlerContext ctx) {
        SslHandler handler = ctx.pipeline().get(SslHandler.class);
        SSLEngine engine = handler.engine();
        SSLSession session = engine.getSession();
        return session.getProtocol() + " " + session.getCipherSuite();
    }

    private void authenticate(ChannelHandlerContext ctx, Action.Authenticate step) {
        Client client = conversation.client();
        authentication.step(client, ctx.executor(), step, answer -> {
            if (!closing) {
                conversation.authenticationAnswered(answer);
                authentication.heard(client, answer);
                run(ctx);
            }
        });
    }

    private void write(ChannelHandlerContext ctx, Reply reply) {
        ctx.write(
                Unpooled.wrappedBuffer(reply.wire().getBytes(StandardCharsets.UTF_8)),
                ctx.channel().voidPromise());
    }

    private void close(ChannelHandlerContext ctx) {
        closing = true;
        closingSince = now();
        dropTransaction();
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            run(ctx);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        gone(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        gone(ctx);
        ctx.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        gone(ctx);
    }

    private void gone(ChannelHandlerContext ctx) {
        if (context == null) {
            return;
        }
        context = null;
        closing = true;
        around.loops().ticker(ctx.channel().eventLoop()).remove(this);
        received.release();
        received = Unpooled.EMPTY_BUFFER;
        dropTransaction();
        listeners.left(this);
    }

    /** The address that the connection counts for, whoever it speaks for. */
    ClientNetwork network() {
        return network;
    }

    ListenerSettings listener() {
        return listener;
    }

    @Override
    public void tick(long now) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            return;
        }
        if (closing) {
            if (now - closingSince > FAREWELL_NANOS) {
                ctx.close();
            }
            return;
        }
        if (patience.isOver(conversation.inDottedContent() ? listener.block() : listener.command(), now)) {
            end(ctx, conversation.timedOut());
        }
    }

    /** Or somebody else is to do something, and has a time-out of their own. */
    private boolean isClientsTurn() {
        return !(conversation.isWaiting() && greeted) && (transaction == null || transaction.isDrained());
    }

    /** The service ends: now, or if no transaction is open. For any thread. */
    void shutDownLater(boolean now) {
        ChannelHandlerContext ctx = home;
        if (ctx != null) {
            ctx.executor().execute(() -> {
                if (context != null && !closing && (now || conversation.isBetweenTransactions())) {
                    end(ctx, conversation.shutDown());
                }
            });
        }
    }

    private void end(ChannelHandlerContext ctx, Action first) {
        perform(ctx, first, received, 0);
        // The farewell: not by a walk, which would wait until a client that may never read has read what came before.
        perform(ctx, conversation.step(NOTHING), received, 0);
    }

    private long now() {
        return around.loops().clock().getAsLong();
    }
}
