package io.steamgate.dns.serve;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.steamgate.dns.cache.CachedAnswer;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The queries of one connection, each a frame behind its length (RFC 1035 §4.2.2): many may be under way at once, and each is
 * answered when its answer is there, whatever came before (RFC 7766 §6.2.1.1). A client that does not read is not read from.
 */
public final class QueryStream extends SimpleChannelInboundHandler<ByteBuf> {
    private static final int MAX_WAITING = 128;

    private final Responder responder;
    private final Specials specials;
    private final Lookup lookup;
    private final Counters counters;
    private final StreamServer.Limits limits;
    private final Client client = new Client();
    private int waiting;

    QueryStream(
            Responder responder,
            Specials specials,
            Lookup lookup,
            Counters counters,
            Transport transport,
            InetSocketAddress peer,
            StreamServer.Limits limits) {
        this.responder = responder;
        this.specials = specials;
        this.lookup = lookup;
        this.counters = counters;
        this.limits = limits;
        client.set(peer.getAddress().getAddress(), peer.getPort(), transport);
    }

    /** The client that an edge speaks for. */
    void client(byte[] address, int port) {
        client.set(address, port, client.transport());
    }

    boolean isWaiting() {
        return waiting > 0;
    }

    StreamServer.Limits limits() {
        return limits;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
        byte[] query = new byte[frame.readableBytes()];
        frame.readBytes(query);
        try {
            take(ctx, query);
        } catch (RuntimeException e) {
            counters.failed(e);
            ctx.close();
        }
    }

    private void take(ChannelHandlerContext ctx, byte[] query) {
        switch (responder.respond(query, query.length, client)) {
            case ANSWER -> send(ctx, responder.response(), responder.responseLength());
            // Whoever sends what is no query by a stream has lost its place in it.
            case DROP -> ctx.close();
            case FETCH -> {
                began(ctx);
                lookup.fetch(responder.key(), answer -> later(ctx, () -> finish(ctx, query, answer)));
            }
            case SPECIAL -> {
                began(ctx);
                specials.take(query, client, messages -> later(ctx, () -> finish(ctx, messages)));
            }
        }
    }

    private static void later(ChannelHandlerContext ctx, Runnable task) {
        if (ctx.executor().inEventLoop()) {
            task.run();
        } else {
            ctx.executor().execute(task);
        }
    }

    private void finish(ChannelHandlerContext ctx, byte[] query, CachedAnswer answer) {
        if (responder.finish(query, query.length, client, answer) == Responder.Verdict.ANSWER) {
            send(ctx, responder.response(), responder.responseLength());
        }
        ended(ctx);
    }

    private void finish(ChannelHandlerContext ctx, List<byte[]> messages) {
        for (byte[] message : messages) {
            send(ctx, message, message.length);
        }
        ended(ctx);
    }

    private void began(ChannelHandlerContext ctx) {
        waiting++;
        readIfBalanced(ctx);
    }

    private void ended(ChannelHandlerContext ctx) {
        waiting--;
        ctx.flush();
        readIfBalanced(ctx);
    }

    private void readIfBalanced(ChannelHandlerContext ctx) {
        ctx.channel()
                .config()
                .setAutoRead(waiting < MAX_WAITING && ctx.channel().isWritable());
    }

    private static void send(ChannelHandlerContext ctx, byte[] message, int length) {
        ByteBuf out = ctx.alloc().buffer(2 + length);
        out.writeShort(length).writeBytes(message, 0, length);
        ctx.write(out, ctx.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        readIfBalanced(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
