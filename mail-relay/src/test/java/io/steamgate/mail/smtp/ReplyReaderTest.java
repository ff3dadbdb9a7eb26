package io.steamgate.mail.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplyReaderTest {
    private final ReplyReader reader = new ReplyReader();

    private ReplyReader.Result read(String text) {
        return reader.next(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aReplyMayHaveLinesAndComeInPieces() {
        assertThat(read("250-a.te")).isInstanceOf(ReplyReader.Result.Incomplete.class);
        assertThat(read("st\r\n250-SIZE 10\r\n")).isInstanceOf(ReplyReader.Result.Incomplete.class);
        assertThat(read("250 DSN\r\n"))
                .isEqualTo(new ReplyReader.Result.Complete(new Reply(250, List.of("a.test", "SIZE 10", "DSN"))));
    }

    @Test
    void aCodeAloneIsAReply() {
        assertThat(read("354\r\n")).isEqualTo(new ReplyReader.Result.Complete(Reply.of(354, "")));
    }

    @Test
    void whatIsNoReplyIsMalformed() {
        assertThat(read("hello\r\n")).isInstanceOf(ReplyReader.Result.Malformed.class);
        assertThat(new ReplyReader().next(ByteBuffer.wrap("250-a\r\n550 b\r\n".getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(ReplyReader.Result.Malformed.class);
        assertThat(new ReplyReader()
                        .next(ByteBuffer.allocate(5000).put(new byte[5000]).flip()))
                .isInstanceOf(ReplyReader.Result.Malformed.class);
        assertThat(new ReplyReader()
                        .next(ByteBuffer.wrap("250-a\r\n".repeat(100).getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(ReplyReader.Result.Malformed.class);
        String wide = ("250-" + "a".repeat(900) + "\r\n");
        assertThat(new ReplyReader().next(ByteBuffer.wrap(wide.repeat(9).getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(ReplyReader.Result.Incomplete.class);
        assertThat(new ReplyReader().next(ByteBuffer.wrap(wide.repeat(10).getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(ReplyReader.Result.Malformed.class);
    }

    @Test
    void clientsGetEnhancedCodesOnEveryLine() {
        Reply reply = new Reply(550, List.of("5.1.1 no such user", "ask the postmaster", "2.0.0 odd"));
        assertThat(reply.forClient().wire())
                .isEqualTo("550-5.1.1 no such user\r\n550-5.0.0 ask the postmaster\r\n550 5.0.0 2.0.0 odd\r\n");
        assertThat(Reply.of(250, "é\u0007").forClient().wire()).isEqualTo("250 2.0.0 ??\r\n");
    }
}
