package io.steamgate.dns.resolve;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.ScheduledFuture;
import io.steamgate.dns.net.Loops;
import io.steamgate.dns.wire.Dns;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Connections to servers, TCP or TLS (RFC 7766, RFC 7858): one to each, with many questions under way on it at once, kept for a
 * while when idle. Used on one event loop.
 */
final class Streams {
    sealed interface Answer {}

    record Arrived(byte[] message) implements Answer {}

    record Late() implements Answer {}

    record Lost() implements Answer {}

    private static final int MAX_UNDER_WAY = 1024;

    private final EventLoop loop;
    private final Loops loops;
    private final RandomGenerator random;
    private final Duration idle;
    private final ResolveCounters counters;
    private final @Nullable SslContext givenTls;
    private @Nullable SslContext tls;
    private final Map<Server, Connection> connections = new HashMap<>();

    /** @param tls what certificates are checked with; null: what the JDK trusts */
    Streams(
            EventLoop loop,
            Loops loops,
            RandomGenerator random,
            Duration idle,
            ResolveCounters counters,
            @Nullable SslContext tls) {
        this.loop = loop;
        this.loops = loops;
        this.random = random;
        this.idle = idle;
        this.counters = counters;
        this.givenTls = tls;
    }

    /** Sends the message that is made for an id, and calls back once. */
    void send(Server server, IntFunction<byte[]> message, Duration timeout, Consumer<Answer> done) {
        Connection connection = connections.get(server);
        if (connection == null || connection.waiting.size() >= MAX_UNDER_WAY) {
            connection = new Connection(server);
            connections.put(server, connection);
            connection.open();
        }
        connection.send(message, timeout, done);
    }

    private SslContext tls() throws SSLException {
        if (givenTls != null) {
            return givenTls;
        }
        if (tls == null) {
            tls = SslContextBuilder.forClient().sslProvider(SslProvider.JDK).build();
        }
        return tls;
    }

    private final class Waiting {
        final Consumer<Answer> done;

        @Nullable
        ScheduledFuture<?> deadline;

        Waiting(Consumer<Answer> done) {
            this.done = done;
        }

        void end(Answer answer) {
            if (deadline != null) {
                deadline.cancel(false);
            }
            done.accept(answer);
        }
    }

    private final class Connection extends SimpleChannelInboundHandler<ByteBuf> {
        private final Server server;
        private final Map<Integer, Waiting> waiting = new HashMap<>();
        private @Nullable ChannelFuture connected;
        private @Nullable ScheduledFuture<?> idleEnd;

        Connection(Server server) {
            this.server = server;
        }

        void open() {
            counters.connections.increment();
            ChannelFuture future = new Bootstrap()
                    .group(loop)
                    .channel(loops.stream())
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 3000)
                    .handler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel channel) throws SSLException {
                            if (server.tls()) {
                                channel.pipeline().addLast(tlsHandler(channel));
                            }
                            channel.pipeline()
                                    .addLast(new LengthFieldBasedFrameDecoder(Dns.MAX_MESSAGE + 2, 0, 2, 0, 2))
                                    .addLast(new LengthFieldPrepender(2))
                                    .addLast(Connection.this);
                        }
                    })
                    .connect(server.address());
            connected = future;
            future.addListener(f -> {
                if (!f.isSuccess()) {
                    lost();
                }
            });
        }

        private SslHandler tlsHandler(Channel channel) throws SSLException {
            String name = server.tlsName().orElseThrow();
            SslHandler handler =
                    tls().newHandler(channel.alloc(), name, server.address().getPort());
            SSLParameters parameters = handler.engine().getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            handler.engine().setSSLParameters(parameters);
            return handler;
        }

        void send(IntFunction<byte[]> message, Duration timeout, Consumer<Answer> done) {
            if (idleEnd != null) {
                idleEnd.cancel(false);
                idleEnd = null;
            }
            int id = random.nextInt(1 << 16);
            while (waiting.containsKey(id)) {
                id = id + 1 & 0xFFFF;
            }
            Waiting entry = new Waiting(done);
            waiting.put(id, entry);
            int key = id;
            entry.deadline = loop.schedule(
                    () -> {
                        if (waiting.remove(key, entry)) {
                            entry.end(new Late());
                            idleIfDone();
                        }
                    },
                    timeout.toNanos(),
                    TimeUnit.NANOSECONDS);
            byte[] bytes = message.apply(id);
            ChannelFuture opened = connected;
            if (opened != null) {
                opened.addListener(future -> {
                    if (future.isSuccess() && waiting.get(key) == entry) {
                        opened.channel().writeAndFlush(Unpooled.wrappedBuffer(bytes));
                    }
                });
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
            byte[] message = new byte[frame.readableBytes()];
            frame.readBytes(message);
            if (message.length < Dns.HEADER) {
                ctx.close();
                return;
            }
            Waiting entry = waiting.remove(Dns.u16(message, 0));
            if (entry != null) {
                entry.end(new Arrived(message));
                idleIfDone();
            }
        }

        private void idleIfDone() {
            if (waiting.isEmpty() && idleEnd == null && connected != null) {
                Channel channel = connected.channel();
                idleEnd = loop.schedule(
                        () -> {
                            connections.remove(server, this);
                            channel.close();
                        },
                        idle.toMillis(),
                        TimeUnit.MILLISECONDS);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            lost();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
            lost();
        }

        private void lost() {
            connections.remove(server, this);
            List<Waiting> left = List.copyOf(waiting.values());
            waiting.clear();
            left.forEach(entry -> entry.end(new Lost()));
        }
    }
}
