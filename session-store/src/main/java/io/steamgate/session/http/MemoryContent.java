package io.steamgate.session.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Content that is kept in memory and shared by all who send it. */
public record MemoryContent(byte[] bytes) implements Content {
    @Override
    public long length() {
        return bytes.length;
    }

    @Override
    public long transferTo(WritableByteChannel target, long offset, long count) throws IOException {
        return target.write(ByteBuffer.wrap(bytes, (int) offset, (int) count));
    }

    @Override
    public ByteBuf read(long offset, int count) {
        return Unpooled.wrappedBuffer(bytes, (int) offset, count);
    }

    @Override
    public boolean blocking() {
        return false;
    }

    @Override
    public void close() {}
}
