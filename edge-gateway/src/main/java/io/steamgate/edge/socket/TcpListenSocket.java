package io.steamgate.edge.socket;

import io.steamgate.edge.tcp.ListenOptions;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpListener;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A listening TCP socket. */
public final class TcpListenSocket implements ListenOptions, AutoCloseable {
    private final SocketApi api;
    private final int backlog;
    private final int receiveLimit;
    private final SynOffer offer;
    private final ArrayDeque<TcpSocket> arrived = new ArrayDeque<>();
    private final Waiting<TcpSocket> accepting;
    private @Nullable TcpListener listener;
    private boolean closed;

    TcpListenSocket(SocketApi api, int backlog, int receiveLimit, SynOffer offer) {
        this.api = api;
        this.backlog = backlog;
        this.receiveLimit = receiveLimit;
        this.offer = offer;
        accepting = new Waiting<>(api.timers());
    }

    void listener(TcpListener listener) {
        this.listener = listener;
    }

    /**
     * Waits for a connection.
     *
     * @throws SocketException when the socket is closed meanwhile
     */
    public TcpSocket accept() {
        return accept(Optional.empty()).orElseThrow();
    }

    /** Waits for a connection for so long; empty when none came. */
    public Optional<TcpSocket> accept(Duration timeout) {
        return accept(Optional.of(timeout));
    }

    private Optional<TcpSocket> accept(Optional<Duration> timeout) {
        CompletableFuture<Optional<TcpSocket>> result = new CompletableFuture<>();
        long nanos = timeout.map(SocketApi::nanos).orElse(-1L);
        api.execute(() -> accepting.enter(this::next, nanos, result));
        return SocketApi.await(result);
    }

    private Optional<TcpSocket> next() {
        if (closed) {
            throw new SocketException("the socket was closed");
        }
        return Optional.ofNullable(arrived.poll());
    }

    /**
     * Accepts until closed: each connection is handled on a virtual thread of its own, and closed when the handler
     * returns or throws. Returns at once.
     */
    public void serve(String name, Consumer<TcpSocket> handler) {
        Thread.ofVirtual().name(name + " accept").start(() -> {
            try {
                while (true) {
                    TcpSocket socket = accept();
                    Thread.ofVirtual().name(name).start(() -> {
                        try (socket) {
                            handler.accept(socket);
                        } catch (SocketException _) {
                            // The client went away in the middle: its right.
                        }
                    });
                }
            } catch (SocketException _) {
                // Closed: there is nothing more to accept.
            }
        });
    }

    void accepted(TcpConnection connection) {
        TcpSocket socket = new TcpSocket(api);
        socket.adopt(connection);
        arrived.add(socket);
        accepting.serve();
    }

    /** Stops listening. Connections that nobody accepted are reset, those accepted go on. */
    @Override
    public void close() {
        api.execute(() -> {
            if (closed) {
                return;
            }
            closed = true;
            if (listener != null) {
                listener.close();
            }
            for (TcpSocket socket = arrived.poll(); socket != null; socket = arrived.poll()) {
                socket.connection().abort();
            }
            accepting.serve();
        });
    }

    @Override
    public SynOffer offer() {
        return offer;
    }

    @Override
    public int receiveLimit() {
        return receiveLimit;
    }

    @Override
    public boolean admit(int client) {
        return arrived.size() < backlog;
    }
}
