package io.steamgate.mail.milter;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.steamgate.mail.inspect.Inspector;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * A filter that is asked about each message, on a connection of the message's own.
 *
 * @param timeout for the connection and for each answer
 * @param required what it cannot be asked about is deferred, rather than passed
 * @param hostname this relay's name
 */
public record MilterFilter(
        InetSocketAddress address,
        Duration timeout,
        boolean required,
        String hostname,
        Class<? extends SocketChannel> socketChannel)
        implements Inspector.Factory {
    @Override
    public Inspector begin(Inspector.Subject subject, Runnable ready) {
        MilterSession session = new MilterSession(this, subject, ready);
        new Bootstrap()
                .group(subject.loop())
                .channel(socketChannel)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(session);
                    }
                })
                .connect(address)
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        session.lost();
                    }
                });
        return session;
    }
}
