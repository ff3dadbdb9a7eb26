package io.steamgate.mail.milter;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.steamgate.mail.destination.Loops;
import io.steamgate.mail.inspect.Inspector;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * A filter that is asked about each message, on a connection of the message's own.
 *
 * @param name in metrics
 * @param otherwise what becomes of a message about which it does not say
 * @param hostname this relay's name
 */
public record MilterFilter(
        String name,
        InetSocketAddress address,
        Patience patience,
        DefaultAction otherwise,
        String hostname,
        Loops loops)
        implements Inspector.Factory {
    /** What becomes of a message about which a filter does not say; the words are Postfix's. */
    public enum DefaultAction {
        ACCEPT,
        TEMPFAIL,
        REJECT
    }

    /**
     * How long a filter may take for one answer. What it says before that, "in progress" included, does not make it longer.
     *
     * @param connect the connection, and its offer
     * @param command an answer to a part of the envelope
     * @param content an answer to a part of the message, and its verdict
     */
    public record Patience(Duration connect, Duration command, Duration content) {
        Duration of(MilterDialogue.Stage stage) {
            return switch (stage) {
                case CONNECT -> connect;
                case COMMAND -> command;
                case CONTENT -> content;
            };
        }
    }

    /** What may wait for a filter that does not read, before the client is not read either. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(1, 8 * 1024);

    @Override
    public Inspector begin(Inspector.Subject subject, Runnable ready) {
        MilterSession session = new MilterSession(this, subject, loops.ticker(subject.loop()), loops.clock(), ready);
        new Bootstrap()
                .group(subject.loop())
                .channel(loops.socketChannel())
                .option(ChannelOption.ALLOCATOR, loops.allocator())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        Math.min(patience.connect().toMillis(), Integer.MAX_VALUE))
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(session);
                    }
                })
                .connect(address)
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        session.failed(MilterDialogue.Failure.UNREACHABLE);
                    }
                });
        return session;
    }
}
