package io.steamgate.session.edge;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection whose client takes too long from the first byte of a request's head to its last. An idle time-out
 * does not see a client that sends a byte now and then.
 */
public final class HeadDeadline extends ChannelInboundHandlerAdapter {
    private final EdgeCounters counters;
    private final Duration timeout;
    private @Nullable ScheduledFuture<?> deadline;
    private int requests;
    private boolean multiplexed;

    HeadDeadline(EdgeCounters counters, Duration timeout) {
        this.counters = counters;
        this.timeout = timeout;
    }

    /** The deadline of a connection; to be used on its event loop only. */
    public static Optional<HeadDeadline> of(HttpConnection connection) {
        return connection instanceof ConnectionBase base
                ? Optional.ofNullable(base.channel().pipeline().get(HeadDeadline.class))
                : Optional.empty();
    }

    /**
     * A head is complete.
     *
     * @param multiplex the connection is HTTP/2, where bytes between requests begin no head that could be slow
     */
    public void requestStarted(boolean multiplex) {
        requests++;
        multiplexed |= multiplex;
        cancel();
    }

    /** The response to a head is complete: the next byte begins another. */
    public void requestFinished() {
        requests--;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (deadline == null && requests == 0 && !multiplexed) {
            deadline = ctx.executor()
                    .schedule(
                            () -> {
                                counters.refused(EdgeCounters.Refusal.SLOW_HEAD);
                                ctx.close();
                            },
                            timeout.toMillis(),
                            TimeUnit.MILLISECONDS);
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        cancel();
    }

    private void cancel() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }
}
