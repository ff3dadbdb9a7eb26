package io.steamgate.mail.destination;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReplyReader;
import io.steamgate.mail.smtp.ReversePath;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A TCP connection to a server: the channel under an {@link SmtpDialogue}. Belongs to one delivery, or to the pool. */
final class SmtpConnection extends ChannelInboundHandlerAdapter implements SmtpDialogue.Output {
    /** The delivery that uses the connection. */
    interface Owner {
        void ready();

        void recipientAnswered(Reply reply);

        void contentAnswered(Reply reply);

        void messageAnswered(Reply reply);

        void drained();

        /**
         * The connection is of no more use.
         *
         * @param lost it broke, rather than the server having refused
         */
        void gone(Reply reply, boolean lost);
    }

    private static final ByteBuf END = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer(3).writeBytes(new byte[] {'.', '\r', '\n'}).asReadOnly());

    private final Server server;
    private final OutboundTls tls;
    private final ConnectionPool pool;
    private final SmtpDialogue dialogue;
    private final ReplyReader replies = new ReplyReader();
    private @Nullable Owner owner;
    private @Nullable Channel channel;
    private boolean closed;
    private boolean handshaking;
    /** The end of what waits for the kernel is being waited for. */
    private boolean draining;

    private int messages;
    private long idleSince;

    SmtpConnection(Server server, String hostname, boolean lmtp, OutboundTls tls, ConnectionPool pool) {
        this.server = server;
        this.tls = tls;
        this.pool = pool;
        this.dialogue = new SmtpDialogue(this, hostname, lmtp, tls.security());
    }

    Server server() {
        return server;
    }

    int messages() {
        return messages;
    }

    long idleSince() {
        return idleSince;
    }

    void own(Owner newOwner) {
        owner = newOwner;
    }

    void recipient(ReversePath sender, Recipient recipient) {
        dialogue.recipient(sender, recipient);
    }

    boolean isIntroduced(Client client) {
        return dialogue.isIntroduced(client);
    }

    boolean isIntroduced() {
        return dialogue.isIntroduced();
    }

    boolean takesIntroductions() {
        return dialogue.takesIntroductions();
    }

    boolean takesNames() {
        return dialogue.takesNames();
    }

    void introduce(Client client, Xclient.HostName name) {
        dialogue.introduce(client, name);
    }

    void data() {
        dialogue.data();
    }

    /** Whether the kernel has all that was flushed. */
    boolean isDrained() {
        return !draining;
    }

    void write(ByteBuf content) {
        if (channel == null || closed) {
            content.release();
        } else {
            channel.write(content, channel.voidPromise());
        }
    }

    void flush() {
        Channel current = channel;
        if (current == null) {
            return;
        }
        current.flush();
        ChannelOutboundBuffer waiting = current.unsafe().outboundBuffer();
        if (!draining && waiting != null && waiting.totalPendingWriteBytes() > 0) {
            draining = true;
            // Nothing, behind all that waits, and below TLS.
            current.pipeline()
                    .firstContext()
                    .writeAndFlush(Unpooled.EMPTY_BUFFER)
                    // Later: now it is still counted.
                    .addListener(_ -> current.eventLoop().execute(this::drained));
        }
    }

    private void drained() {
        draining = false;
        if (owner != null && !closed) {
            owner.drained();
        }
    }

    /** Ends the content. */
    void end() {
        messages++;
        dialogue.contentEnded();
        write(END.duplicate());
        flush();
    }

    /** Gives the transaction up before its content began; the connection may serve another message. */
    void release(long now) {
        owner = null;
        idleSince = now;
        if (closed) {
            return;
        }
        if (dialogue.isIdle()) {
            pool.put(this);
        } else if (!dialogue.isClosing() && dialogue.isQuiet()) {
            pool.await(this);
            dialogue.reset();
        } else {
            close();
        }
    }

    /** Ends the connection in a way that no server takes for the end of a message: RST instead of FIN. */
    void reset() {
        owner = null;
        closed = true;
        if (channel != null && channel.isOpen()) {
            try {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
            } catch (ChannelException e) {
                // The server was quicker, and there is nothing left to reset.
            }
            // Not by the pipeline: TLS would say a polite farewell first.
            channel.unsafe().close(channel.unsafe().voidPromise());
        }
    }

    /** Takes leave of a server with which no transaction is open. */
    void quit() {
        owner = null;
        closed = true;
        if (channel != null) {
            send("QUIT\r\n");
            channel.close();
        }
    }

    private void close() {
        owner = null;
        closed = true;
        if (channel != null) {
            channel.close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        channel = ctx.channel();
        if (closed) {
            ctx.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            ByteBuffer in = bytes.nioBuffer();
            while (!closed && in.hasRemaining()) {
                switch (replies.next(in)) {
                    case ReplyReader.Result.Incomplete _ -> {}
                    case ReplyReader.Result.Complete complete -> dialogue.received(complete.reply());
                    case ReplyReader.Result.Malformed _ -> fail(Replies.DESTINATION_ODD, false);
                }
                if (handshaking && in.hasRemaining()) {
                    // Said in the clear, by whoever could write, to be taken for what is said in TLS (RFC 3207 §6).
                    fail(Replies.DESTINATION_TLS, true);
                }
            }
        } finally {
            bytes.release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                handshaking = false;
                dialogue.secured();
            } else {
                fail(Replies.DESTINATION_TLS, true);
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(Replies.DESTINATION_LOST, true);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(Replies.DESTINATION_LOST, true);
    }

    /** The connection could not be made. */
    void unreachable() {
        fail(Replies.DESTINATION_UNREACHABLE, true);
    }

    private void fail(Reply reply, boolean lost) {
        if (closed) {
            return;
        }
        Owner told = owner;
        if (told == null) {
            pool.remove(this);
        }
        reset();
        if (told != null) {
            // However it broke: within the handshake that is TLS's failure.
            told.gone(handshaking ? Replies.DESTINATION_TLS : reply, lost);
        }
    }

    @Override
    public void send(String lines) {
        if (channel != null) {
            channel.writeAndFlush(
                    Unpooled.wrappedBuffer(lines.getBytes(StandardCharsets.UTF_8)), channel.voidPromise());
        }
    }

    @Override
    public void startTls() {
        handshaking = true;
        SslHandler handler = tls.handler(server);
        if (channel != null) {
            channel.pipeline().addFirst(handler);
        }
    }

    @Override
    public void ready() {
        if (owner != null) {
            owner.ready();
        } else {
            pool.put(this);
        }
    }

    @Override
    public void recipientAnswered(Reply reply) {
        if (owner != null) {
            owner.recipientAnswered(reply);
        }
    }

    @Override
    public void contentAnswered(Reply reply) {
        if (owner != null) {
            owner.contentAnswered(reply);
        }
    }

    @Override
    public void messageAnswered(Reply reply) {
        if (owner != null) {
            owner.messageAnswered(reply);
        }
    }

    @Override
    public void spokeUnasked(Reply reply) {
        fail(
                reply.isTransient() || reply.isPermanent() ? SmtpDialogue.forRelay(reply) : Replies.DESTINATION_ODD,
                reply.code() == 421);
    }

    @Override
    public void unusable(Reply reason) {
        fail(reason, false);
    }
}
