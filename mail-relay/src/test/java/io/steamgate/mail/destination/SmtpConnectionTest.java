package io.steamgate.mail.destination;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmtpConnectionTest implements SmtpConnection.Owner {
    private final List<String> events = new ArrayList<>();

    @Override
    public void ready() {
        events.add("ready");
    }

    @Override
    public void recipientAnswered(Reply reply) {
        throw new AssertionError(reply);
    }

    @Override
    public void contentAnswered(Reply reply) {
        throw new AssertionError(reply);
    }

    @Override
    public void messageAnswered(Reply reply) {
        throw new AssertionError(reply);
    }

    @Override
    public void drained() {}

    @Override
    public void gone(Reply reply, boolean lost) {
        events.add("gone " + reply.wire().strip());
    }

    private EmbeddedChannel connected() throws Exception {
        SmtpConnection connection = new SmtpConnection(
                new Server("server.test", InetSocketAddress.createUnresolved("server.test", 25)),
                "relay.test",
                false,
                new OutboundTls(OutboundTls.Security.REQUIRED, SSLContext.getDefault(), true),
                new ConnectionPool(Duration.ofSeconds(5), 1, 1));
        connection.own(this);
        EmbeddedChannel channel = new EmbeddedChannel(connection);
        say(channel, "220 server.test\r\n");
        say(channel, "250-server.test\r\n250 STARTTLS\r\n");
        return channel;
    }

    private static void say(EmbeddedChannel channel, String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    /** They would count as the server's own answer to the EHLO that is said in TLS (CVE-2021-38371 and its like). */
    @ParameterizedTest
    @ValueSource(strings = {"250-XCLIENT ADDR\r\n", "250-", "250 ok\r\n"})
    void whatComesBehindTheAnswerToStartTlsInTheClearEndsTheConnection(String injected) throws Exception {
        EmbeddedChannel channel = connected();
        say(channel, "220 go on\r\n" + injected);
        assertThat(events)
                .containsExactly("gone " + Replies.DESTINATION_TLS.wire().strip());
        assertThat(channel.isOpen()).isFalse();
        channel.releaseOutbound();
    }

    @Test
    void theHandshakeBeginsBehindTheAnswerToStartTls() throws Exception {
        EmbeddedChannel channel = connected();
        channel.releaseOutbound();
        say(channel, "220 go on\r\n");
        assertThat(events).isEmpty();
        ByteBuf hello = channel.readOutbound();
        assertThat(hello.getByte(0)).as("a TLS record of a handshake").isEqualTo((byte) 22);
        hello.release();
        channel.finishAndReleaseAll();
    }
}
