package io.steamgate.session.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** First handler of a connection from a trusted edge: takes the PROXY header off, then leaves the pipeline. */
final class EdgeConnection extends ChannelInboundHandlerAdapter {
    /** Present on connections that an edge opened for itself (PROXY LOCAL): its health checks are not logged. */
    private static final AttributeKey<Boolean> LOCAL = AttributeKey.valueOf("steamgate.proxy-local");

    private final EdgeCounters counters;
    private final Duration timeout;
    private ByteBuf received = Unpooled.EMPTY_BUFFER;
    private @Nullable ScheduledFuture<?> deadline;

    EdgeConnection(EdgeCounters counters, Duration timeout) {
        this.counters = counters;
        this.timeout = timeout;
    }

    static boolean isLocal(Channel channel) {
        return channel.hasAttr(LOCAL);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        deadline = ctx.executor()
                .schedule(() -> refuse(ctx, EdgeCounters.Refusal.TIMEOUT), timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        received.release();
        received = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        received = append(ctx.alloc(), received, (ByteBuf) message);
        switch (ProxyHeader.parse(received)) {
            case ProxyHeader.Incomplete _ -> {}
            case ProxyHeader.Malformed _ -> refuse(ctx, EdgeCounters.Refusal.MALFORMED);
            case ProxyHeader.Local local -> {
                ctx.channel().attr(LOCAL).set(Boolean.TRUE);
                counters.local();
                forward(ctx, local.length());
            }
            case ProxyHeader.Proxied proxied -> {
                // Vert.x takes these for the connection's addresses when it first looks, which is after the
                // first bytes: it has to tell HTTP/1 from HTTP/2, or shake hands, before it builds a connection.
                ctx.channel()
                        .attr(ConnectionBase.REMOTE_ADDRESS_OVERRIDE)
                        .set(SocketAddress.inetSocketAddress(proxied.client()));
                ctx.channel()
                        .attr(ConnectionBase.LOCAL_ADDRESS_OVERRIDE)
                        .set(SocketAddress.inetSocketAddress(proxied.server()));
                counters.proxied();
                forward(ctx, proxied.length());
            }
        }
    }

    private void forward(ChannelHandlerContext ctx, int headerLength) {
        ByteBuf rest = received;
        received = Unpooled.EMPTY_BUFFER;
        rest.skipBytes(headerLength);
        if (rest.isReadable()) {
            ctx.fireChannelRead(rest);
        } else {
            rest.release();
        }
        ctx.pipeline().remove(this);
    }

    private void refuse(ChannelHandlerContext ctx, EdgeCounters.Refusal reason) {
        counters.refused(reason);
        ctx.close();
        ctx.pipeline().remove(this);
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
}
