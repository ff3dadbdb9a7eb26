package io.steamgate.mail.destination;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.EventExecutor;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The event loops: a client's connection and its destination's are on the same one, so that nothing is shared. */
public final class Loops {
    private final EventLoopGroup group;
    private final Class<? extends SocketChannel> socketChannel;
    private final Class<? extends ServerChannel> serverChannel;
    private final ByteBufAllocator allocator;
    private final LongSupplier clock;
    private final Map<EventLoop, Ticker> tickers;

    /**
     * @param allocator of all that is held of messages
     * @param clock nanoseconds, as {@code System.nanoTime} counts them
     */
    public Loops(
            EventLoopGroup group,
            Class<? extends SocketChannel> socketChannel,
            Class<? extends ServerChannel> serverChannel,
            ByteBufAllocator allocator,
            LongSupplier clock) {
        this.allocator = allocator;
        this.group = group;
        this.socketChannel = socketChannel;
        this.serverChannel = serverChannel;
        this.clock = clock;
        Map<EventLoop, Ticker> all = new HashMap<>();
        for (EventExecutor executor : group) {
            if (executor instanceof EventLoop loop) {
                all.put(loop, new Ticker());
            }
        }
        tickers = Map.copyOf(all);
    }

    /** Begins to tell the time. */
    public void start() {
        tickers.forEach((loop, ticker) ->
                loop.scheduleAtFixedRate(() -> ticker.tick(clock.getAsLong()), 1, 1, TimeUnit.SECONDS));
    }

    public EventLoopGroup group() {
        return group;
    }

    public Class<? extends SocketChannel> socketChannel() {
        return socketChannel;
    }

    public Class<? extends ServerChannel> serverChannel() {
        return serverChannel;
    }

    public ByteBufAllocator allocator() {
        return allocator;
    }

    public LongSupplier clock() {
        return clock;
    }

    public Ticker ticker(EventLoop loop) {
        Ticker ticker = tickers.get(loop);
        if (ticker == null) {
            throw new IllegalArgumentException("not one of these loops: " + loop);
        }
        return ticker;
    }
}
