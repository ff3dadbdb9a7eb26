package io.steamgate.dns.serve;

import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.steamgate.dns.wire.Dns;

/** What streams carry queries in. */
public final class Layers {
    private Layers() {}

    /** Frames behind their length, as they are. */
    public static void plain(SocketChannel channel, QueryStream queries) {
        channel.pipeline()
                .addLast(new LengthFieldBasedFrameDecoder(Dns.MAX_MESSAGE + 2, 0, 2, 0, 2))
                .addLast(queries);
    }
}
