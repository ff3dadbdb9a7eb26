package io.steamgate.edge.socket;

import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.wire.Ipv4Address;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A TCP connection as a thread sees it: its calls wait. Any thread may use it except the poll loop. */
public final class TcpSocket implements AutoCloseable {
    private static final byte[] NOTHING = {};

    private final SocketApi api;
    private final Waiting<byte[]> readers;
    private final Waiting<Boolean> writers;
    private @Nullable TcpConnection connection;
    private SocketEvents events = SocketEvents.NONE;
    private @Nullable CompletableFuture<TcpSocket> opening;
    private @Nullable TcpEnd end;
    private boolean closed;

    TcpSocket(SocketApi api) {
        this.api = api;
        readers = new Waiting<>(api.timers());
        writers = new Waiting<>(api.timers());
    }

    void adopt(TcpConnection connection) {
        this.connection = connection;
        connection.events(arrivals());
    }

    void open(TcpConnection connection, CompletableFuture<TcpSocket> opening) {
        this.connection = connection;
        this.opening = opening;
    }

    TcpConnection connection() {
        if (connection == null) {
            throw new IllegalStateException("the socket has no connection yet");
        }
        return connection;
    }

    public Ipv4Address remoteAddress() {
        return new Ipv4Address(connection().remoteAddress());
    }

    public int remotePort() {
        return connection().remotePort();
    }

    /** Sets who is called on the loop when something happens; what already happened is told first. */
    public void events(SocketEvents events) {
        api.execute(() -> {
            this.events = events;
            if (end != null) {
                events.closed(this);
                return;
            }
            events.connected(this);
            if (connection().readable() > 0 || connection().endOfStream()) {
                events.readable(this);
            }
        });
    }

    /**
     * Waits until {@code min} bytes are buffered, or the stream has ended, and returns a copy of all that are, leaving
     * them there. Asking for more than the receive limit waits for the time-out.
     *
     * @return empty when that did not happen in time
     * @throws SocketException when the connection has ended otherwise than by the peer's FIN
     */
    public Optional<byte[]> peek(int min, Duration timeout) {
        CompletableFuture<Optional<byte[]>> result = new CompletableFuture<>();
        long nanos = SocketApi.nanos(timeout);
        api.execute(() -> readers.enter(() -> buffered(min, false), nanos, result));
        return SocketApi.await(result);
    }

    /**
     * Waits for bytes and takes all consecutive ones there are.
     *
     * @return no bytes at the end of the stream
     * @throws SocketException when the connection has ended otherwise than by the peer's FIN
     */
    public byte[] read() {
        CompletableFuture<Optional<byte[]>> result = new CompletableFuture<>();
        api.execute(() -> readers.enter(() -> buffered(1, true), -1, result));
        return SocketApi.await(result).orElse(NOTHING);
    }

    private Optional<byte[]> buffered(int min, boolean take) {
        if (closed) {
            throw new SocketException("the socket was closed");
        }
        TcpConnection from = connection();
        int count = from.readable();
        if (count < min && !from.endOfStream()) {
            if (end != null) {
                throw SocketException.ended(end);
            }
            return Optional.empty();
        }
        int offset = from.receiveOffset();
        byte[] bytes = Arrays.copyOfRange(from.receiveArray(), offset, offset + count);
        if (take) {
            from.consume(count);
        }
        return Optional.of(bytes);
    }

    /**
     * Hands bytes to the connection; waits while its send buffer is full. Afterwards they are sent as the peer allows.
     *
     * @throws SocketException when the connection has ended or the output was shut
     */
    public void write(byte[] bytes) {
        byte[] copy = bytes.clone();
        int[] written = new int[1];
        CompletableFuture<Optional<Boolean>> result = new CompletableFuture<>();
        api.execute(() -> writers.enter(() -> put(copy, written), -1, result));
        SocketApi.await(result);
    }

    private Optional<Boolean> put(byte[] bytes, int[] written) {
        if (end != null) {
            throw SocketException.ended(end);
        }
        if (closed) {
            throw new SocketException("the output was shut");
        }
        written[0] += connection().write(bytes, written[0], bytes.length - written[0]);
        return written[0] == bytes.length ? Optional.of(true) : Optional.empty();
    }

    /** Sends FIN after what was written; reading goes on. */
    public void shutdownOutput() {
        api.execute(() -> connection().shutdownOutput());
    }

    /** Resets the connection. */
    public void abort() {
        api.execute(() -> connection().abort());
    }

    /** What was written still arrives, what was not read is dropped; the peer is given a while to close as well. */
    @Override
    public void close() {
        api.execute(() -> {
            if (closed) {
                return;
            }
            closed = true;
            readers.serve();
            writers.serve();
            discard();
            connection().shutdownOutput();
            finish();
        });
    }

    private void discard() {
        connection().consume(connection().readable());
    }

    /** A reset for what the peer still says would take our last bytes along, so it waits until they are acknowledged. */
    private void finish() {
        if (connection().allAcknowledged()) {
            connection().close();
        }
    }

    TcpEvents arrivals() {
        return new TcpEvents() {
            @Override
            public void connected() {
                if (opening != null) {
                    opening.complete(TcpSocket.this);
                    opening = null;
                }
                events.connected(TcpSocket.this);
            }

            @Override
            public void readable() {
                if (closed) {
                    discard();
                    return;
                }
                readers.serve();
                events.readable(TcpSocket.this);
            }

            @Override
            public void acknowledged() {
                if (closed) {
                    finish();
                }
            }

            @Override
            public void writable() {
                writers.serve();
            }

            @Override
            public void closed(TcpEnd reason) {
                end = reason;
                if (opening != null) {
                    opening.completeExceptionally(SocketException.ended(reason));
                    opening = null;
                }
                readers.serve();
                writers.serve();
                events.closed(TcpSocket.this);
            }
        };
    }
}
