package io.steamgate.dns.serve;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.timeout.IdleStateHandler;
import io.steamgate.dns.net.Loops;
import io.steamgate.start.AddressBlocks;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Listens for connections: plain (RFC 7766), and those that {@link Layer} puts something under or instead of that. */
public final class StreamServer {
    /** What lies between the PROXY header and the queries: nothing, TLS, or TLS and HTTP. */
    public interface Layer {
        /** Adds its handlers; the last of them gives queries to the session. */
        void add(SocketChannel channel, Session session);
    }

    /** Bounds that connections have together and each. */
    public record Limits(int connections, Duration idle) {}

    private final Loops loops;
    private final Map<Object, Worker> workers = new HashMap<>();
    private final Specials specials;
    private final Lookup lookup;
    private final AddressBlocks edges;
    private final Limits limits;
    private final Counters counters;
    private final AtomicInteger open = new AtomicInteger();

    public StreamServer(
            Loops loops,
            List<Worker> workers,
            Specials specials,
            Lookup lookup,
            AddressBlocks edges,
            Limits limits,
            Counters counters) {
        this.loops = loops;
        workers.forEach(worker -> this.workers.put(worker.loop(), worker));
        this.specials = specials;
        this.lookup = lookup;
        this.edges = edges;
        this.limits = limits;
        this.counters = counters;
    }

    /** Connections that are open now. */
    public int open() {
        return open.get();
    }

    public Channel bind(InetSocketAddress address, Transport transport, Layer layer) throws InterruptedException {
        return new ServerBootstrap()
                .group(loops.group())
                .channel(loops.listener())
                .option(ChannelOption.SO_BACKLOG, 1024)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel, transport, layer);
                    }
                })
                .bind(address)
                .sync()
                .channel();
    }

    private void accept(SocketChannel channel, Transport transport, Layer layer) {
        Worker worker = workers.get(channel.eventLoop());
        if (worker == null || open.incrementAndGet() > limits.connections()) {
            counters.drop(Counters.Drop.TOO_MANY);
            if (worker != null) {
                open.decrementAndGet();
            }
            channel.close();
            return;
        }
        channel.closeFuture().addListener(closed -> open.decrementAndGet());
        InetSocketAddress peer = channel.remoteAddress();
        Session session = new Session(worker, specials, lookup, counters, transport, peer);
        channel.pipeline()
                // What counts is what is written: octets that never become a query keep no connection.
                .addLast(new IdleStateHandler(0, limits.idle().toMillis(), 0, TimeUnit.MILLISECONDS))
                .addLast(new IdleEnd(session));
        if (!edges.isEmpty() && edges.contains(peer.getAddress())) {
            channel.pipeline().addLast(new EdgeHeader(session));
        }
        layer.add(channel, session);
    }
}
