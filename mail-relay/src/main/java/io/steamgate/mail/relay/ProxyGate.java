package io.steamgate.mail.relay;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the PROXY protocol version 2 header that a connection from a trusted edge begins with (HAProxy,
 * {@code doc/proxy-protocol.txt} §2.2); the greeting comes after it.
 */
final class ProxyGate extends ChannelInboundHandlerAdapter {
    private static final int MAX_TLV_OCTETS = 2048;
    private static final int PATIENCE_SECONDS = 15;

    private final Listeners listeners;
    private final ListenerSettings listener;
    private final InetSocketAddress edge;
    private @Nullable ScheduledFuture<?> deadline;
    private boolean refused;

    ProxyGate(Listeners listeners, ListenerSettings listener, InetSocketAddress edge) {
        this.listeners = listeners;
        this.listener = listener;
        this.edge = edge;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.pipeline().addBefore(ctx.name(), "proxy", new HAProxyMessageDecoder(MAX_TLV_OCTETS));
        deadline = ctx.executor()
                .schedule(() -> refuse(ctx, Observer.Refusal.NO_PROXY_HEADER), PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof HAProxyMessage header)) {
            ReferenceCountUtil.release(message);
            refuse(ctx, Observer.Refusal.BAD_PROXY_HEADER);
            return;
        }
        try {
            if (header.protocolVersion() != HAProxyProtocolVersion.V2) {
                refuse(ctx, Observer.Refusal.BAD_PROXY_HEADER);
            } else if (header.command() == HAProxyCommand.LOCAL) {
                // The edge speaks for itself: it checks health.
                listeners.serve(
                        ctx,
                        this,
                        listener,
                        edge,
                        (InetSocketAddress) ctx.channel().localAddress(),
                        true);
            } else {
                Optional<InetSocketAddress> client = address(header.sourceAddress(), header.sourcePort());
                Optional<InetSocketAddress> local = address(header.destinationAddress(), header.destinationPort());
                if (client.isPresent() && local.isPresent()) {
                    listeners.serve(ctx, this, listener, client.get(), local.get(), true);
                } else {
                    refuse(ctx, Observer.Refusal.BAD_PROXY_HEADER);
                }
            }
        } finally {
            header.release();
        }
    }

    /** An address of a header; empty for families without addresses of the Internet. */
    private static Optional<InetSocketAddress> address(@Nullable String text, int port) {
        return Optional.ofNullable(text).flatMap(literal -> {
            try {
                return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(literal), port));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        refuse(ctx, Observer.Refusal.BAD_PROXY_HEADER);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    private void refuse(ChannelHandlerContext ctx, Observer.Refusal reason) {
        // Once: the decoder closes the connection, too, and its end is noticed here as well.
        if (!refused) {
            refused = true;
            listeners.refused(reason);
            ctx.close();
        }
    }
}
