package io.steamgate.session.http;

import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** A slice of a {@link Content} on its way to a plain socket. The content outlives it. */
final class ContentRegion extends AbstractReferenceCounted implements FileRegion {
    private final Content content;
    private final long offset;
    private final long count;
    private long transferred;

    ContentRegion(Content content, long offset, long count) {
        this.content = content;
        this.offset = offset;
        this.count = count;
    }

    @Override
    public long position() {
        return offset;
    }

    @Override
    @Deprecated
    public long transfered() {
        return transferred;
    }

    @Override
    public long transferred() {
        return transferred;
    }

    @Override
    public long count() {
        return count;
    }

    @Override
    public long transferTo(WritableByteChannel target, long position) throws IOException {
        long sent = content.transferTo(target, offset + position, count - position);
        transferred += sent;
        return sent;
    }

    @Override
    public FileRegion retain() {
        super.retain();
        return this;
    }

    @Override
    public FileRegion retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public FileRegion touch() {
        return this;
    }

    @Override
    public FileRegion touch(Object hint) {
        return this;
    }

    @Override
    protected void deallocate() {}
}
