package io.steamgate.mail.relay;

import io.netty.channel.Channel;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * How many octets one read of a client's connection may bring. In TLS they are less than a record of the largest size (RFC 8446
 * §5.1), because they are held as long as the last record in them is not whole, and with them what the records before it were.
 */
final class Reads extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int IN_THE_CLEAR = 32 * 1024;
    private static final int IN_TLS = 16 * 1024;

    private int size = IN_THE_CLEAR;

    private Reads() {
        super(1);
    }

    /** A channel has its own from its first read on. */
    static void bound(Channel channel) {
        channel.config().setRecvByteBufAllocator(new Reads());
    }

    /** From here on the channel's octets are records. */
    static void inTls(Channel channel) {
        if (channel.config().getRecvByteBufAllocator() instanceof Reads reads) {
            reads.size = IN_TLS;
        }
    }

    @Override
    @SuppressWarnings("deprecation") // Netty has nothing else to return here.
    public Handle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return size;
            }
        };
    }
}
