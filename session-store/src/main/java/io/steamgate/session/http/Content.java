package io.steamgate.session.http;

import io.netty.buffer.ByteBuf;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** Bytes of a known number that can be sent from any offset, if possible without passing through this process. */
public interface Content extends Closeable {
    long length();

    /**
     * Writes up to {@code count} bytes from {@code offset} to a socket.
     *
     * @return how many it took; 0 when it takes none now
     */
    long transferTo(WritableByteChannel target, long offset, long count) throws IOException;

    /** Exactly {@code count} bytes from {@code offset}, owned by the caller. */
    ByteBuf read(long offset, int count) throws IOException;

    /** Whether {@link #read} may wait for a disk. */
    boolean blocking();

    @Override
    void close();
}
