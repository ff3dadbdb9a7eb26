package io.steamgate.session.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The first handlers of a connection, with a clock that stands still until it is moved. */
class FirstHandlersTest {
    private static final String HEADER = "0d0a0d0a000d0a515549540a" + "2111000c" + "c0000202c000020ac8220050";
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final EdgeCounters counters = new EdgeCounters(registry);

    @Test
    void theHeaderIsTakenOffAndTheRestGoesOn() {
        EmbeddedChannel channel = channel(new EdgeConnection(counters, TIMEOUT));
        channel.writeInbound(bytes(HEADER + "474554"));
        assertThat(text(channel)).isEqualTo("GET");
        assertThat(channel.attr(ConnectionBase.REMOTE_ADDRESS_OVERRIDE).get())
                .isEqualTo(SocketAddress.inetSocketAddress(51234, "192.0.2.2"));
        assertThat(channel.pipeline().get(EdgeConnection.class)).isNull();
        assertThat(count("proxied")).isEqualTo(1);
    }

    @Test
    void nothingGoesOnBeforeTheHeaderIsComplete() {
        EmbeddedChannel channel = channel(new EdgeConnection(counters, TIMEOUT));
        for (byte b : HexFormat.of().parseHex(HEADER)) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
            assertThat(channel.inboundMessages()).isEmpty();
        }
        channel.writeInbound(bytes("474554"));
        assertThat(text(channel)).isEqualTo("GET");
    }

    @Test
    void anEdgeThatDoesNotFinishItsHeaderIsClosedInTime() {
        EmbeddedChannel channel = channel(new EdgeConnection(counters, TIMEOUT));
        channel.writeInbound(bytes(HEADER.substring(0, 30)));
        after(channel, TIMEOUT.minusMillis(1));
        assertThat(channel.isOpen()).isTrue();
        after(channel, Duration.ofMillis(1));
        assertThat(channel.isOpen()).isFalse();
        assertThat(count("refused-timeout")).isEqualTo(1);
    }

    @Test
    void anEdgeThatFinishedItsHeaderHasNoDeadlineAnyMore() {
        EmbeddedChannel channel = channel(new EdgeConnection(counters, TIMEOUT));
        channel.writeInbound(bytes(HEADER));
        after(channel, TIMEOUT.multipliedBy(2));
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void nothingOfAMalformedHeaderGoesOn() {
        EmbeddedChannel channel = channel(new EdgeConnection(counters, TIMEOUT));
        channel.writeInbound(bytes(HexFormat.of().formatHex("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII))));
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.inboundMessages()).isEmpty();
        assertThat(count("refused-malformed")).isEqualTo(1);
    }

    @Test
    void aHeadHasItsTimeFromItsFirstByte() {
        EmbeddedChannel channel = channel(new HeadDeadline(counters, TIMEOUT));
        after(channel, TIMEOUT.multipliedBy(10));
        assertThat(channel.isOpen()).isTrue();
        channel.writeInbound(bytes("47"));
        after(channel, TIMEOUT.minusMillis(1));
        channel.writeInbound(bytes("45"));
        assertThat(channel.isOpen()).isTrue();
        after(channel, Duration.ofMillis(1));
        assertThat(channel.isOpen()).isFalse();
        assertThat(count("refused-slow-head")).isEqualTo(1);
    }

    @Test
    void bodiesAndResponsesMayTakeLonger() {
        HeadDeadline deadline = new HeadDeadline(counters, TIMEOUT);
        EmbeddedChannel channel = channel(deadline);
        channel.writeInbound(bytes("474554"));
        deadline.requestStarted(false);
        after(channel, TIMEOUT.multipliedBy(2));
        channel.writeInbound(bytes("00"));
        after(channel, TIMEOUT.multipliedBy(2));
        deadline.requestFinished();
        after(channel, TIMEOUT.multipliedBy(2));
        assertThat(channel.isOpen()).isTrue();
        channel.writeInbound(bytes("47"));
        after(channel, TIMEOUT);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void framesBetweenRequestsOfHttp2BeginNoHead() {
        HeadDeadline deadline = new HeadDeadline(counters, TIMEOUT);
        EmbeddedChannel channel = channel(deadline);
        channel.writeInbound(bytes("505249"));
        deadline.requestStarted(true);
        deadline.requestFinished();
        channel.writeInbound(bytes("00"));
        after(channel, TIMEOUT.multipliedBy(2));
        assertThat(channel.isOpen()).isTrue();
    }

    private static EmbeddedChannel channel(ChannelHandler handler) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.pipeline().addLast(handler);
        return channel;
    }

    private static void after(EmbeddedChannel channel, Duration time) {
        channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
    }

    private static String text(EmbeddedChannel channel) {
        ByteBuf message = channel.readInbound();
        return message.toString(StandardCharsets.US_ASCII);
    }

    private double count(String kind) {
        return registry.get("steamgate.session.proxy.connections")
                .tag("kind", kind)
                .counter()
                .count();
    }
}
