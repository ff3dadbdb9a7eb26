package io.steamgate.session.lab;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.steamgate.session.http.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reproducible bytes of any length. The four bytes at offset {@code 4 i} are, in network order,
 * {@code ((i mod 2^20) * 2654435761) mod 2^32}: a client can compute any of them. They repeat every 4 MiB, kept in a
 * file without a name so that they leave by sendfile like any file, and mapped for connections that need them in memory.
 */
public final class Pattern implements AutoCloseable {
    static final int PERIOD = 4 << 20;
    private static final int FACTOR = 0x9E3779B1; // 2654435761, Knuth's multiplicative hash

    private final FileChannel file;
    private final ByteBuffer block;

    private Pattern(FileChannel file, ByteBuffer block) {
        this.file = file;
        this.block = block;
    }

    /** Takes 4 MiB in the directory for temporary files, which go with the process. */
    public static Pattern create() throws IOException {
        Path path = Files.createTempFile("steamgate-pattern", ".bin");
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Files.delete(path);
        ByteBuffer block = file.map(FileChannel.MapMode.READ_WRITE, 0, PERIOD);
        for (int i = 0; i < PERIOD / 4; i++) {
            block.putInt(4 * i, i * FACTOR);
        }
        return new Pattern(file, block.asReadOnlyBuffer());
    }

    /** The first {@code length} bytes. */
    public Content content(long length) {
        return new Slice(file, block, length);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private record Slice(FileChannel file, ByteBuffer block, long length) implements Content {
        @Override
        public long transferTo(WritableByteChannel target, long offset, long count) throws IOException {
            long sent = 0;
            while (sent < count) {
                long at = (offset + sent) % PERIOD;
                long piece = file.transferTo(at, Math.min(count - sent, PERIOD - at), target);
                if (piece <= 0) {
                    break;
                }
                sent += piece;
            }
            return sent;
        }

        @Override
        public ByteBuf read(long offset, int count) {
            int at = (int) (offset % PERIOD);
            int first = Math.min(count, PERIOD - at);
            ByteBuf bytes = Unpooled.wrappedBuffer(block.slice(at, first));
            return first == count
                    ? bytes
                    : Unpooled.wrappedBuffer(bytes, Unpooled.wrappedBuffer(block.slice(0, count - first)));
        }

        @Override
        public boolean blocking() {
            return false;
        }

        @Override
        public void close() {}
    }
}
