package io.steamgate.mail.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.smtp.LineReader.Outcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    private final LineReader reader = new LineReader();

    private Outcome read(String text) {
        return reader.next(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 20);
    }

    @Test
    void aLineEndsWithCrlfAndMayComeInPieces() {
        assertThat(read("NO")).isEqualTo(Outcome.INCOMPLETE);
        assertThat(read("OP\r")).isEqualTo(Outcome.INCOMPLETE);
        assertThat(read("\n")).isEqualTo(Outcome.LINE);
        assertThat(reader.line()).isEqualTo("NOOP");
    }

    @Test
    void whatComesBehindALineStays() {
        ByteBuffer in = ByteBuffer.wrap("RSET\r\nQUIT\r\n".getBytes(StandardCharsets.UTF_8));
        assertThat(reader.next(in, 20)).isEqualTo(Outcome.LINE);
        assertThat(in.remaining()).isEqualTo(6);
    }

    @Test
    void nothingElseEndsALine() {
        assertThat(read("NOOP\n")).isEqualTo(Outcome.BARE_LF);
        assertThat(new LineReader().next(ByteBuffer.wrap(new byte[] {'A', '\r', 'B'}), 20))
                .isEqualTo(Outcome.BARE_CR);
        assertThat(new LineReader().next(ByteBuffer.wrap(new byte[] {'A', 0}), 20))
                .isEqualTo(Outcome.NUL);
    }

    @Test
    void aLineThatIsTooLongIsSkippedToItsEnd() {
        assertThat(read("x".repeat(18) + "\r\n")).isEqualTo(Outcome.LINE);
        assertThat(read("x".repeat(19) + "\r\n")).isEqualTo(Outcome.TOO_LONG);
        assertThat(read("NOOP\r\n")).isEqualTo(Outcome.LINE);
        assertThat(reader.line()).isEqualTo("NOOP");
    }

    @Test
    void aLineIsUtf8() {
        assertThat(read("é\r\n")).isEqualTo(Outcome.LINE);
        assertThat(reader.next(ByteBuffer.wrap(new byte[] {(byte) 0xE9, '\r', '\n'}), 20))
                .isEqualTo(Outcome.NOT_TEXT);
    }
}
