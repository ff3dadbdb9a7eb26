package io.steamgate.dns.serve;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.steamgate.dns.wire.ProxyHeader;
import java.util.List;

/** Takes the PROXY header off a connection from an edge, then leaves it. */
final class EdgeHeader extends ByteToMessageDecoder {
    private final Session session;
    private final ProxyHeader header = new ProxyHeader();

    EdgeHeader(Session session) {
        this.session = session;
        setSingleDecode(true);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        byte[] bytes = new byte[Math.min(in.readableBytes(), ProxyHeader.FIXED_LENGTH + ProxyHeader.MAX_REST)];
        in.getBytes(in.readerIndex(), bytes);
        switch (header.parse(bytes, bytes.length)) {
            case INCOMPLETE -> {}
            case MALFORMED -> {
                session.counters().drop(Counters.Drop.MALFORMED_PROXY);
                in.skipBytes(in.readableBytes());
                ctx.close();
            }
            case LOCAL -> leave(ctx, in);
            case PROXIED -> {
                session.client(header.client(), header.port());
                leave(ctx, in);
            }
        }
    }

    private void leave(ChannelHandlerContext ctx, ByteBuf in) {
        in.skipBytes(header.length());
        // What is left of the input goes to the next handler.
        ctx.pipeline().remove(this);
    }
}
