package io.steamgate.dns.serve;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.util.List;

/**
 * Queries as frames behind their length (RFC 1035 §4.2.2): many may be under way at once, and each is answered when its answer is
 * there, whatever came before (RFC 7766 §6.2.1.1). A client that does not read is not read from.
 */
final class QueryStream extends SimpleChannelInboundHandler<ByteBuf> {
    private final Session session;
    private boolean reading;

    QueryStream(Session session) {
        this.session = session;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
        byte[] query = new byte[frame.readableBytes()];
        frame.readBytes(query);
        reading = true;
        session.ask(ctx, query, messages -> send(ctx, messages));
        readIfBalanced(ctx);
    }

    private void send(ChannelHandlerContext ctx, List<byte[]> messages) {
        if (messages.isEmpty()) {
            // Whoever sends what is no query by a stream has lost its place in it.
            ctx.close();
            return;
        }
        for (byte[] message : messages) {
            ByteBuf out = ctx.alloc().buffer(2 + message.length);
            out.writeShort(message.length).writeBytes(message);
            ctx.write(out, ctx.voidPromise());
        }
        if (!reading) {
            ctx.flush();
            readIfBalanced(ctx);
        }
    }

    private void readIfBalanced(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(!session.isFull() && ctx.channel().isWritable());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
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
