package io.steamgate.session.edge;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that closes its half behind a request still gets the whole answer. Vert.x would close with it; so the channel
 * allows half-closure, and this handler closes once every request that came whole is answered.
 */
public final class HalfClose extends ChannelInboundHandlerAdapter {
    /** A request that was read before the end may still be on its way through the pipeline, or behind another. */
    private static final long LOOK_MILLIS = 100;

    private final long patienceNanos;
    private final Set<HttpServerRequest> open = new HashSet<>(2);
    private @Nullable ChannelHandlerContext ended;
    private long endedAt;

    /** @param patience for the rest of a request's body to come out of the pipeline after the end */
    HalfClose(Duration patience) {
        patienceNanos = patience.toNanos();
    }

    /** Of a connection; to be used on its event loop only. */
    public static Optional<HalfClose> of(HttpConnection connection) {
        return connection instanceof ConnectionBase base
                ? Optional.ofNullable(base.channel().pipeline().get(HalfClose.class))
                : Optional.empty();
    }

    public void requestStarted(HttpServerRequest request) {
        open.add(request);
    }

    public void requestFinished(HttpServerRequest request) {
        open.remove(request);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent && ended == null) {
            ended = ctx;
            endedAt = System.nanoTime();
            lookAgain(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    private void lookAgain(ChannelHandlerContext ctx) {
        ctx.executor().schedule(() -> look(ctx), LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look(ChannelHandlerContext ctx) {
        if (!ctx.channel().isActive()) {
            return;
        }
        if (open.isEmpty()) {
            // Behind whatever of the last answer has not left yet.
            ctx.channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        } else if (System.nanoTime() - endedAt > patienceNanos && open.stream().anyMatch(r -> !r.isEnded())) {
            // The rest of this request's body will never come.
            ctx.close();
        } else {
            lookAgain(ctx);
        }
    }
}
