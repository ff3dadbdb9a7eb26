package io.steamgate.session.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * First handler of a connection from anybody else: refuses one that begins like a PROXY header of either version.
 * An HTTP request may begin with empty lines (RFC 9112 §2.2), so that the signature alone would not stop the parser.
 */
final class DirectConnection extends ChannelInboundHandlerAdapter {
    private final EdgeCounters counters;

    DirectConnection(EdgeCounters counters) {
        this.counters = counters;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (startsLike(bytes, "\r\n\r\n\0") || startsLike(bytes, "PROXY ")) {
            bytes.release();
            counters.refused(EdgeCounters.Refusal.FORGED);
            ctx.close();
        } else {
            ctx.fireChannelRead(bytes);
        }
        ctx.pipeline().remove(this);
    }

    private static boolean startsLike(ByteBuf bytes, String signature) {
        if (bytes.readableBytes() < signature.length()) {
            return false;
        }
        for (int i = 0; i < signature.length(); i++) {
            if (bytes.getByte(bytes.readerIndex() + i) != (byte) signature.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
