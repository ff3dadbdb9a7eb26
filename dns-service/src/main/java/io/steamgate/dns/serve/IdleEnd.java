package io.steamgate.dns.serve;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;

/** Closes a connection on which nothing happens and for which nothing is under way (RFC 7766 §6.2.3). */
final class IdleEnd extends ChannelInboundHandlerAdapter {
    private final Session session;

    IdleEnd(Session session) {
        this.session = session;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof IdleStateEvent) {
            if (!session.isWaiting()) {
                ctx.close();
            }
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }
}
