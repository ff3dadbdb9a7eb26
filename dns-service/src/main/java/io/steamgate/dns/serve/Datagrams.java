package io.steamgate.dns.serve;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.DatagramPacket;
import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.net.Loops;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.ProxyHeader;
import io.steamgate.start.AddressBlocks;
import java.net.InetSocketAddress;
import java.util.Arrays;

/**
 * Queries by datagram. As many as are there are read with one call and the answers written with one. A datagram from an edge
 * begins with a PROXY header, and its answer goes back to the edge without one.
 */
public final class Datagrams extends ChannelInboundHandlerAdapter {
    /** Octets of a query that are read: what one Ethernet frame carries. A longer one is a format error, and may come by stream. */
    private static final int MAX_QUERY = 1472;

    /** Together below the 64 KiB that the allocator keeps for reuse. */
    private static final int BATCH = 40;

    private static final int RECEIVE_BUFFER = 4 << 20;
    private static final int MAX_WAITING = 10_000;

    private final Responder responder;
    private final Specials specials;
    private final Lookup lookup;
    private final AddressBlocks edges;
    private final Counters counters;
    private final Client client = new Client();
    private final ProxyHeader header = new ProxyHeader();
    private final byte[] received = new byte[MAX_QUERY];
    private int waiting;

    public Datagrams(Responder responder, Specials specials, Lookup lookup, AddressBlocks edges, Counters counters) {
        this.responder = responder;
        this.specials = specials;
        this.lookup = lookup;
        this.edges = edges;
        this.counters = counters;
    }

    /** Binds one of several sockets of the address, between which the kernel spreads the clients. */
    public Channel bind(Loops loops, EventLoop loop, InetSocketAddress address) throws InterruptedException {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(loops.datagram())
                .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
                .option(ChannelOption.SO_SNDBUF, RECEIVE_BUFFER)
                .handler(this);
        if (loops.isEpoll()) {
            bootstrap
                    .option(EpollChannelOption.SO_REUSEPORT, true)
                    .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, MAX_QUERY)
                    .option(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(MAX_QUERY * BATCH));
        } else {
            bootstrap.option(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(MAX_QUERY));
        }
        return bootstrap.bind(address).sync().channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        DatagramPacket packet = (DatagramPacket) message;
        try {
            take(ctx, packet);
        } catch (RuntimeException e) {
            counters.failed(e);
        } finally {
            packet.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // An ICMP error about an answer that somebody did not want; the socket goes on.
        counters.unsent.increment();
    }

    private void take(ChannelHandlerContext ctx, DatagramPacket packet) {
        ByteBuf content = packet.content();
        int length = Math.min(content.readableBytes(), MAX_QUERY);
        content.getBytes(content.readerIndex(), received, 0, length);
        InetSocketAddress sender = packet.sender();
        byte[] address = sender.getAddress().getAddress();
        client.set(address, sender.getPort(), Transport.UDP);
        if (!edges.isEmpty() && edges.contains(address)) {
            switch (header.parse(received, length)) {
                case PROXIED -> client.set(header.client(), header.port(), Transport.UDP);
                case LOCAL -> {}
                case INCOMPLETE, MALFORMED -> {
                    counters.drop(Counters.Drop.MALFORMED_PROXY);
                    return;
                }
            }
            length -= header.length();
            System.arraycopy(received, header.length(), received, 0, length);
        }
        switch (responder.respond(received, length, client)) {
            case ANSWER -> send(ctx, sender);
            case DROP -> {}
            case FETCH -> fetch(ctx, sender, length);
            case SPECIAL -> special(ctx, sender, length);
        }
    }

    private void send(ChannelHandlerContext ctx, InetSocketAddress recipient) {
        int length = responder.responseLength();
        ByteBuf out = ctx.alloc().directBuffer(length);
        out.writeBytes(responder.response(), 0, length);
        ctx.write(new DatagramPacket(out, recipient), ctx.voidPromise());
    }

    private void fetch(ChannelHandlerContext ctx, InetSocketAddress recipient, int length) {
        if (waiting >= MAX_WAITING) {
            counters.drop(Counters.Drop.TOO_MANY);
            return;
        }
        waiting++;
        byte[] query = Arrays.copyOf(received, length);
        Client asker = copy(client);
        lookup.fetch(responder.key(), answer -> {
            if (ctx.executor().inEventLoop()) {
                finish(ctx, recipient, query, asker, answer);
            } else {
                ctx.executor().execute(() -> finish(ctx, recipient, query, asker, answer));
            }
        });
    }

    private void finish(
            ChannelHandlerContext ctx, InetSocketAddress recipient, byte[] query, Client asker, CachedAnswer answer) {
        waiting--;
        if (responder.finish(query, query.length, asker, answer) == Responder.Verdict.ANSWER) {
            send(ctx, recipient);
            ctx.flush();
        }
    }

    private void special(ChannelHandlerContext ctx, InetSocketAddress recipient, int length) {
        byte[] query = Arrays.copyOf(received, length);
        specials.take(query, copy(client), messages -> {
            for (byte[] message : messages) {
                if (message.length <= Dns.MAX_MESSAGE) {
                    ctx.write(new DatagramPacket(
                            ctx.alloc().directBuffer(message.length).writeBytes(message), recipient));
                }
            }
            ctx.flush();
        });
    }

    private static Client copy(Client client) {
        Client copy = new Client();
        copy.set(client.address(), client.port(), client.transport());
        return copy;
    }
}
