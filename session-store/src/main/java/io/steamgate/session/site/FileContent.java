package io.steamgate.session.site;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.steamgate.session.http.Content;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;

/** An open file; {@code transferTo} is sendfile(2) where the socket is plain. */
record FileContent(FileChannel file, long length) implements Content {
    @Override
    public long transferTo(WritableByteChannel target, long offset, long count) throws IOException {
        long sent = file.transferTo(offset, count, target);
        if (sent == 0 && file.size() < offset + count) {
            throw new EOFException("file became shorter while it was sent");
        }
        return sent;
    }

    @Override
    public ByteBuf read(long offset, int count) throws IOException {
        ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer(count, count);
        try {
            for (int have = 0; have < count; ) {
                int read = bytes.writeBytes(file, offset + have, count - have);
                if (read < 0) {
                    throw new EOFException("file became shorter while it was sent");
                }
                have += read;
            }
            return bytes.retain();
        } finally {
            bytes.release();
        }
    }

    @Override
    public boolean blocking() {
        return true;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
