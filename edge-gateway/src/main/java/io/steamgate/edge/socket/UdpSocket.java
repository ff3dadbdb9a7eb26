package io.steamgate.edge.socket;

import io.steamgate.edge.runtime.Counter;
import io.steamgate.edge.stack.Udp;
import io.steamgate.edge.stack.UdpDatagram;
import io.steamgate.edge.stack.UdpHandler;
import io.steamgate.edge.wire.Ipv4Address;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A UDP port as a thread sees it: each read takes one payload. */
public final class UdpSocket implements UdpHandler, AutoCloseable {
    private static final int QUEUE = 256;

    /**
     * A received payload.
     *
     * @param local the address of ours that it was sent to
     */
    public record Datagram(Ipv4Address remote, int remotePort, Ipv4Address local, byte[] payload) {}

    private final SocketApi api;
    private final Udp udp;
    private final Ipv4Address address;
    private final ArrayDeque<Datagram> queue = new ArrayDeque<>();
    private final Waiting<Datagram> readers;
    private final Counter dropped = new Counter();
    private Udp.@Nullable Binding binding;
    private boolean closed;

    UdpSocket(SocketApi api, Udp udp, Ipv4Address address) {
        this.api = api;
        this.udp = udp;
        this.address = address;
        readers = new Waiting<>(api.timers());
    }

    void bound(Udp.Binding binding) {
        this.binding = binding;
    }

    public int port() {
        return api.call(() -> binding == null ? 0 : binding.port());
    }

    /** Datagrams lost because nobody read them in time. */
    public Counter dropped() {
        return dropped;
    }

    /**
     * Waits for a datagram.
     *
     * @throws SocketException when the socket is closed meanwhile
     */
    public Datagram read() {
        return read(-1).orElseThrow();
    }

    /** Waits for a datagram for so long; empty when none came. */
    public Optional<Datagram> read(Duration timeout) {
        return read(SocketApi.nanos(timeout));
    }

    private Optional<Datagram> read(long nanos) {
        CompletableFuture<Optional<Datagram>> result = new CompletableFuture<>();
        api.execute(() -> readers.enter(this::next, nanos, result));
        return SocketApi.await(result);
    }

    private Optional<Datagram> next() {
        if (closed) {
            throw new SocketException("the socket was closed");
        }
        return Optional.ofNullable(queue.poll());
    }

    /** Sends one datagram from the bound address; what cannot be sent is lost, as datagrams are. */
    public void send(Ipv4Address remote, int remotePort, byte[] payload) {
        send(address, remote, remotePort, payload);
    }

    /** Answers from the address that {@code to} was sent to. */
    public void reply(Datagram to, byte[] payload) {
        send(to.local(), to.remote(), to.remotePort(), payload);
    }

    private void send(Ipv4Address from, Ipv4Address remote, int remotePort, byte[] payload) {
        byte[] copy = payload.clone();
        api.execute(() -> {
            if (!closed && binding != null) {
                udp.send(
                        from.bits(),
                        binding.port(),
                        remote.bits(),
                        remotePort,
                        MemorySegment.ofArray(copy),
                        0,
                        copy.length);
            }
        });
    }

    @Override
    public void receive(UdpDatagram datagram) {
        if (queue.size() >= QUEUE) {
            dropped.increment();
            return;
        }
        queue.add(new Datagram(
                new Ipv4Address(datagram.source()),
                datagram.sourcePort(),
                new Ipv4Address(datagram.destination()),
                datagram.toBytes()));
        readers.serve();
    }

    /** Gives the port back; a thread that waits is told. */
    @Override
    public void close() {
        api.execute(() -> {
            if (!closed) {
                closed = true;
                if (binding != null) {
                    binding.close();
                }
                queue.clear();
                readers.serve();
            }
        });
    }
}
