package io.steamgate.dns.resolve;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.ScheduledFuture;
import io.steamgate.dns.net.Loops;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Reply;
import io.steamgate.dns.wire.Writer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks one server one question: by datagram from a port of its own, with a random id and random spelling (RFC 5452 §9), and by
 * stream where the answer is truncated, where datagrams look forged, and where the server speaks TLS. Used on one event loop.
 */
final class Asking {
    /** So many datagrams that are not the answer mean that somebody is guessing. */
    private static final int MAX_FORGED = 8;

    private final EventLoop loop;
    private final Loops loops;
    private final RandomGenerator random;
    private final Streams streams;
    private final ResolveCounters counters;
    private final Writer writer = new Writer();

    Asking(EventLoop loop, Loops loops, RandomGenerator random, Streams streams, ResolveCounters counters) {
        this.loop = loop;
        this.loops = loops;
        this.random = random;
        this.streams = streams;
        this.counters = counters;
    }

    /** Calls back once, on this loop, at the latest when the time is over. */
    void ask(Server server, Question question, Duration timeout, Consumer<Outcome> done) {
        if (server.stream()) {
            stream(server, question, timeout, true, done);
        } else {
            new Datagram(server, question, timeout, done).send();
        }
    }

    /** {@code again}: the server may have closed the connection that is open while the question was on its way. */
    private void stream(Server server, Question question, Duration timeout, boolean again, Consumer<Outcome> done) {
        long started = System.nanoTime();
        byte[] spelled = question.spelled(random);
        streams.send(server, id -> question.message(writer, id, spelled), timeout, answer -> {
            switch (answer) {
                case Streams.Arrived arrived -> {
                    Optional<Reply> reply = Reply.parse(arrived.message(), arrived.message().length);
                    // Whoever can write into the connection need not guess: case is not insisted on here.
                    if (reply.isEmpty()
                            || !Names.same(reply.get().question(), question.name())
                            || reply.get().type() != question.type()) {
                        done.accept(new Outcome.Broken());
                    } else {
                        done.accept(new Outcome.Answered(reply.get(), System.nanoTime() - started));
                    }
                }
                case Streams.Late _ -> done.accept(new Outcome.TimedOut());
                case Streams.Lost _ -> {
                    if (again) {
                        stream(server, question, timeout, false, done);
                    } else {
                        done.accept(new Outcome.Unreachable());
                    }
                }
            }
        });
    }

    private final class Datagram extends SimpleChannelInboundHandler<DatagramPacket> {
        private final Server server;
        private final Question question;
        private final Duration timeout;
        private final Consumer<Outcome> done;
        private final byte[] spelled;
        private final int id;
        private final long started = System.nanoTime();
        private @Nullable Channel channel;
        private @Nullable ScheduledFuture<?> deadline;
        private int forged;
        private boolean over;

        Datagram(Server server, Question question, Duration timeout, Consumer<Outcome> done) {
            this.server = server;
            this.question = question;
            this.timeout = timeout;
            this.done = done;
            this.spelled = question.spelled(random);
            this.id = random.nextInt(1 << 16);
        }

        void send() {
            deadline = loop.schedule(() -> end(new Outcome.TimedOut()), timeout.toNanos(), TimeUnit.NANOSECONDS);
            ChannelFuture connected = new Bootstrap()
                    .group(loop)
                    .channel(loops.datagram())
                    .option(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(4096))
                    .handler(this)
                    .connect(server.address());
            channel = connected.channel();
            connected.addListener(future -> {
                if (!future.isSuccess()) {
                    // Nothing has been sent yet: it is for want of a route or of an address of that version of IP.
                    end(new Outcome.NoRoute());
                } else if (over) {
                    connected.channel().close();
                } else {
                    ByteBuf message = Unpooled.wrappedBuffer(question.message(writer, id, spelled));
                    connected.channel().writeAndFlush(message).addListener(sent -> {
                        if (!sent.isSuccess()) {
                            end(new Outcome.Unreachable());
                        }
                    });
                }
            });
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
            if (over) {
                return;
            }
            byte[] message = new byte[packet.content().readableBytes()];
            packet.content().readBytes(message);
            if (message.length < Dns.HEADER || Dns.u16(message, 0) != id || (Dns.u16(message, 2) & Dns.QR) == 0) {
                suspect();
                return;
            }
            if ((Dns.u16(message, 2) & Dns.TC) != 0) {
                byStream();
                return;
            }
            Optional<Reply> reply = Reply.parse(message, message.length);
            if (reply.isEmpty()) {
                // The code of a server that gave up on the question counts even without it.
                end(new Outcome.Broken());
                return;
            }
            Reply answer = reply.get();
            if (!Names.same(answer.question(), question.name())
                    || answer.type() != question.type()
                    || answer.qclass() != Dns.CLASS_IN) {
                suspect();
            } else if (!Arrays.equals(answer.question(), spelled)) {
                // A server that does not repeat the case, or a guess: a stream tells.
                byStream();
            } else {
                end(new Outcome.Answered(answer, System.nanoTime() - started));
            }
        }

        private void suspect() {
            counters.forged.increment();
            if (++forged >= MAX_FORGED) {
                byStream();
            }
        }

        private void byStream() {
            if (!over) {
                close();
                counters.streamed.increment();
                stream(server, question, timeout, true, done);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end(new Outcome.Unreachable());
        }

        private void end(Outcome outcome) {
            if (!over) {
                close();
                done.accept(outcome);
            }
        }

        private void close() {
            over = true;
            if (deadline != null) {
                deadline.cancel(false);
            }
            if (channel != null) {
                channel.close();
            }
        }
    }
}
