package io.steamgate.edge.socket;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.Udp;
import io.steamgate.edge.tcp.ConnectRequest;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.wire.Ipv4Address;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Sockets for what runs in the edge itself, on virtual threads: calls that wait suspend the calling thread and nothing
 * else. The state of a socket belongs to the poll loop; threads hand it tasks and wait for their result, so there is no
 * lock. Never to be called from the loop.
 */
public final class SocketApi {
    private static final SynOffer OFFER = new SynOffer(1460, 2, true, true);

    private final Tcp tcp;
    private final Udp udp;
    private final Timers timers;
    private final Executor loop;

    /** @param loop runs tasks on the poll loop that {@code tcp}, {@code udp} and {@code timers} belong to */
    public SocketApi(Tcp tcp, Udp udp, Timers timers, Executor loop) {
        this.tcp = tcp;
        this.udp = udp;
        this.timers = timers;
        this.loop = loop;
    }

    /**
     * Listens for TCP connections.
     *
     * @param address ours; {@link Ipv4Address#ANY} for every one of ours
     * @param backlog connections that may wait to be accepted; while so many do, SYNs are dropped
     * @param receiveLimit bytes that a connection buffers before the window closes
     * @throws IllegalStateException when the port is taken
     */
    public TcpListenSocket listen(Ipv4Address address, int port, int backlog, int receiveLimit) {
        return call(() -> {
            TcpListenSocket socket = new TcpListenSocket(this, backlog, receiveLimit, OFFER);
            socket.listener(tcp.listen(address.bits(), port, port, socket, socket::accepted));
            return socket;
        });
    }

    /**
     * Opens a TCP connection and waits until it is open.
     *
     * @param local ours, with a port that is free
     * @throws SocketException when it is refused, or nobody answers
     */
    public TcpSocket connect(Ipv4Address local, int localPort, Ipv4Address remote, int remotePort, int receiveLimit) {
        CompletableFuture<TcpSocket> connected = new CompletableFuture<>();
        execute(() -> {
            TcpSocket socket = new TcpSocket(this);
            ConnectRequest request =
                    ConnectRequest.of(local.bits(), localPort, remote.bits(), remotePort, OFFER, receiveLimit);
            try {
                socket.open(tcp.connect(request, socket.arrivals()), connected);
            } catch (IllegalStateException e) {
                connected.completeExceptionally(e);
            }
        });
        return await(connected);
    }

    /**
     * Takes a UDP port.
     *
     * @param address ours; {@link Ipv4Address#ANY} for every one of ours
     * @param port 0 for any free one
     * @throws IllegalStateException when the port is taken
     */
    public UdpSocket bind(Ipv4Address address, int port) {
        return call(() -> {
            UdpSocket socket = new UdpSocket(this, udp, address);
            socket.bound(udp.bind(address.bits(), port, socket));
            return socket;
        });
    }

    Timers timers() {
        return timers;
    }

    void execute(Runnable task) {
        loop.execute(task);
    }

    /** Runs {@code task} on the loop and waits for its result. */
    <T> T call(Supplier<T> task) {
        return await(CompletableFuture.supplyAsync(task, loop));
    }

    /** Waits; what the loop threw is thrown here as it was. */
    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        } catch (CancellationException e) {
            throw new SocketException("the socket was closed");
        }
    }

    static long nanos(Duration duration) {
        return duration.compareTo(Duration.ofDays(365)) > 0
                ? 365L * 86_400 * Clock.NANOS_PER_SECOND
                : duration.toNanos();
    }
}
