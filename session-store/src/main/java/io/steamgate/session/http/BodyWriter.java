package io.steamgate.session.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.Http1xServerConnection;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends a body whose length the head already says: parts one after another, each some bytes and then a slice of a
 * {@link Content}. On a plain HTTP/1 connection slices go by sendfile; elsewhere through buffers, as fast as the client
 * reads. Everything happens on the connection's event loop. Closes the content at the end.
 */
final class BodyWriter {
    /** Bytes given to the socket at once. An idle time-out sees only whole regions, so they must not be large. */
    private static final int REGION = 1 << 20;

    private static final int BUFFER = 64 << 10;

    /**
     * Bytes in buffers on their way. What a connection says of its own queue does not count what TLS holds, nor what
     * waits for the end of the read that brought the request.
     */
    private static final int WINDOW = 4 * BUFFER;

    private final Vertx vertx;
    private final Context context;
    private final HttpServerResponse response;
    private final Content content;
    private final Iterator<Part> parts;
    private final @Nullable Http1xServerConnection plain;
    private long offset;
    private long remaining;
    private long sent;
    private int inFlight;
    private boolean reading;
    private boolean scheduled;
    private boolean closed;

    /** Bytes to send as they are, then {@code length} bytes of the content from {@code offset}. */
    record Part(Buffer prefix, long offset, long length) {}

    BodyWriter(Vertx vertx, HttpServerRequest request, Content content, List<Part> parts) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.response = request.response();
        this.content = content;
        this.parts = parts.iterator();
        this.plain = request.connection() instanceof Http1xServerConnection connection && !connection.isSsl()
                ? connection
                : null;
    }

    void start() {
        proceed();
    }

    /** Bytes of the body given to the connection so far. */
    long sent() {
        return sent;
    }

    /** The connection or stream is gone: nothing more is sent. */
    void close() {
        if (!closed) {
            closed = true;
            content.close();
        }
    }

    private void proceed() {
        while (!closed && !reading) {
            if (remaining == 0) {
                if (!nextPart()) {
                    close();
                    response.end();
                    return;
                }
            } else if (plain != null) {
                sendRegion(plain);
                return;
            } else if (inFlight >= WINDOW || !sendBuffer()) {
                return;
            }
        }
    }

    /** Lets the other connections of the event loop have their turn: a fast client takes all there is at once. */
    private void proceedLater() {
        if (!scheduled) {
            scheduled = true;
            context.runOnContext(_ -> {
                scheduled = false;
                proceed();
            });
        }
    }

    private boolean nextPart() {
        if (!parts.hasNext()) {
            return false;
        }
        Part part = parts.next();
        offset = part.offset();
        remaining = part.length();
        if (part.prefix().length() > 0 || !response.headWritten()) {
            response.write(part.prefix());
            sent += part.prefix().length();
        }
        return true;
    }

    private void sendRegion(Http1xServerConnection connection) {
        long count = Math.min(remaining, REGION);
        ContentRegion region = new ContentRegion(content, offset, count);
        advance(count);
        ChannelPromise written = connection.channelHandlerContext().newPromise();
        GenericFutureListener<Future<Void>> next = result -> {
            if (result.isSuccess()) {
                proceedLater();
            } else {
                abort();
            }
        };
        written.addListener(next);
        connection.writeToChannel(region, true, written);
    }

    /** False when it will call {@link #proceed} itself. */
    private boolean sendBuffer() {
        int count = (int) Math.min(remaining, BUFFER);
        if (content.blocking()) {
            long from = offset;
            reading = true;
            vertx.executeBlocking(() -> content.read(from, count), false).onComplete(read -> {
                reading = false;
                if (read.failed()) {
                    abort();
                } else if (closed) {
                    read.result().release();
                } else {
                    write(read.result(), count);
                    proceed();
                }
            });
            return false;
        }
        try {
            write(content.read(offset, count), count);
            return true;
        } catch (IOException e) {
            abort();
            return false;
        }
    }

    private void write(ByteBuf bytes, int count) {
        advance(count);
        inFlight += count;
        response.write(Buffer.buffer(bytes)).onComplete(written -> {
            inFlight -= count;
            if (written.succeeded()) {
                proceedLater();
            } else {
                close();
            }
        });
    }

    private void advance(long count) {
        offset += count;
        remaining -= count;
        sent += count;
    }

    /** The promised length cannot be kept: only closing tells the client so (RFC 9112 §8). */
    private void abort() {
        if (!closed) {
            close();
            response.reset();
        }
    }
}
