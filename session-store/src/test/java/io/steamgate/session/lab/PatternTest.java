package io.steamgate.session.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.steamgate.session.http.Content;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import org.junit.jupiter.api.Test;

class PatternTest {
    /** The documented function of the offset. */
    private static byte at(long offset) {
        long word = offset / 4 % (1 << 20) * 2654435761L % (1L << 32);
        return (byte) (word >> 8 * (3 - offset % 4));
    }

    @Test
    void bytesAreTheDocumentedFunctionOfTheirOffset() throws Exception {
        try (Pattern pattern = Pattern.create()) {
            Content content = pattern.content(9L << 20);
            long offset = Pattern.PERIOD - 37;
            ByteBuf bytes = content.read(offset, 1000);
            for (int i = 0; i < 1000; i++) {
                assertThat(bytes.getByte(i)).isEqualTo(at(offset + i));
            }
        }
    }

    @Test
    void whatIsTransferredIsWhatIsRead() throws Exception {
        try (Pattern pattern = Pattern.create()) {
            Content content = pattern.content(9L << 20);
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            assertThat(content.transferTo(Channels.newChannel(sent), Pattern.PERIOD - 37, 1000))
                    .isEqualTo(1000);
            ByteBuf read = content.read(Pattern.PERIOD - 37, 1000);
            byte[] bytes = new byte[1000];
            read.readBytes(bytes);
            assertThat(sent.toByteArray()).isEqualTo(bytes);
        }
    }
}
