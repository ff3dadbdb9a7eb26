package io.steamgate.mail.relay;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;

/** Serves a connection that no edge made: the peer is the client. */
final class DirectGate extends ChannelInboundHandlerAdapter {
    private final Listeners listeners;
    private final ListenerSettings listener;
    private final InetSocketAddress peer;

    DirectGate(Listeners listeners, ListenerSettings listener, InetSocketAddress peer) {
        this.listeners = listeners;
        this.listener = listener;
        this.peer = peer;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        listeners.serve(
                ctx, this, listener, peer, (InetSocketAddress) ctx.channel().localAddress(), false);
    }
}
