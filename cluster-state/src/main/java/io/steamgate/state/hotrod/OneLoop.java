package io.steamgate.state.hotrod;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.infinispan.client.hotrod.TransportFactory;

/**
 * One event loop for all connections of a client. With several, Infinispan 16.0.8 may write to a connection that was lost and made
 * again from the loop of the old one and from that of the new one at once (OperationChannel.sendOperations, which asserts that
 * it does not); and each loop has a thread and buffers of its own. A loop sends tens of thousands of calls a second.
 *
 * <p>Loop and sockets are those of NIO in every flavour. The client's own choice is made while a native executable is built: with
 * Netty's epoll library on the class path, that is a loop of one kind and datagram sockets of the other, which find no library.
 */
final class OneLoop implements TransportFactory, AutoCloseable {
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(new DefaultThreadFactory("steamgate-state-loop", true));
    private final EventLoopGroup group = new NioEventLoopGroup(1, thread);

    @Override
    public Class<? extends SocketChannel> socketChannelClass() {
        return NioSocketChannel.class;
    }

    @Override
    public Class<? extends DatagramChannel> datagramChannelClass() {
        return NioDatagramChannel.class;
    }

    /** Always the same, however many are asked for; the client leaves it to {@link #close} to end it. */
    @Override
    public EventLoopGroup createEventLoopGroup(int maxExecutors, ExecutorService executorService) {
        return group;
    }

    /** Closes what is still connected, and returns when that is done. */
    @Override
    public void close() {
        group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS).syncUninterruptibly();
        thread.shutdown();
    }
}
