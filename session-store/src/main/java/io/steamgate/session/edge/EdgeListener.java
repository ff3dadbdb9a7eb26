package io.steamgate.session.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.steamgate.start.AddressBlocks;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.function.Consumer;

/**
 * Puts the right first handler on each accepted connection.
 *
 * <p>Vert.x can read PROXY headers itself, but then takes them from anybody and needs one on every connection. Here it
 * depends on who connects, before any other byte is looked at: the handler sits on the listening channel, in front of
 * the one that hands the new connection to its event loop.
 */
@ChannelHandler.Sharable
public final class EdgeListener extends ChannelInboundHandlerAdapter {
    private static final String NAME = "steamgate-edge";
    /** For what a client sent before it closed its half to be read by whoever answers it. */
    private static final Duration LAST_BYTES = Duration.ofSeconds(5);

    private final AddressBlocks edges;
    private final boolean direct;
    private final Duration timeout;
    private final EdgeCounters counters;

    public EdgeListener(AddressBlocks edges, boolean direct, Duration timeout, EdgeCounters counters) {
        this.edges = edges;
        this.direct = direct;
        this.timeout = timeout;
        this.counters = counters;
    }

    /** Whether an edge opened this connection for itself, e.g. to check health. */
    public static boolean isLocal(HttpConnection connection) {
        return connection instanceof ConnectionBase base && EdgeConnection.isLocal(base.channel());
    }

    /**
     * Installs this on the listening socket of a port; further calls for that port change nothing.
     *
     * @param acceptors the event loops that listening channels are registered with
     * @param installed told the port once it is done
     */
    public void install(EventLoopGroup acceptors, int port, Consumer<Integer> installed) {
        for (EventExecutor executor : acceptors) {
            if (executor instanceof SingleThreadEventLoop loop) {
                loop.execute(() -> {
                    for (Iterator<Channel> i = loop.registeredChannelsIterator(); i.hasNext(); ) {
                        Channel channel = i.next();
                        if (channel instanceof ServerChannel
                                && channel.localAddress() instanceof InetSocketAddress local
                                && local.getPort() == port
                                && channel.pipeline().get(NAME) == null) {
                            channel.pipeline().addFirst(NAME, this);
                            installed.accept(port);
                        }
                    }
                });
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Channel connection = (Channel) message;
        if (connection.remoteAddress() instanceof InetSocketAddress peer && edges.contains(peer.getAddress())) {
            connection.pipeline().addLast(new EdgeConnection(counters, timeout));
        } else if (direct) {
            connection.pipeline().addLast(new DirectConnection(counters));
        } else {
            counters.refused(EdgeCounters.Refusal.UNTRUSTED);
            connection.unsafe().closeForcibly();
            return;
        }
        connection.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        connection.pipeline().addLast(new HalfClose(LAST_BYTES));
        connection.pipeline().addLast(new HeadDeadline(counters, timeout));
        ctx.fireChannelRead(connection);
    }
}
