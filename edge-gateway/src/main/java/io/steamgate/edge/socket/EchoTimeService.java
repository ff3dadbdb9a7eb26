package io.steamgate.edge.socket;

import io.steamgate.edge.wire.Ipv4Address;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Echo (RFC 862), daytime (RFC 867) and time (RFC 868) on the edge's own address, over TCP and UDP: the smallest services
 * there are, to see the stack alive. Off unless asked for, because UDP answers may be aimed at others.
 */
public final class EchoTimeService implements AutoCloseable {
    /**
     * Where to listen.
     *
     * @param echo port, 7 by its RFC
     * @param daytime port, 13 by its RFC
     * @param time port, 37 by its RFC
     */
    public record Ports(int echo, int daytime, int time) {
        public static final Ports STANDARD = new Ports(7, 13, 37);
    }

    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final int BACKLOG = 32;
    private static final int RECEIVE_LIMIT = 16_384;
    /** Seconds from 1900, where the time protocol begins, to 1970. */
    private static final long EPOCH_1900 = 2_208_988_800L;

    private static final DateTimeFormatter DAYTIME =
            DateTimeFormatter.ofPattern("EEEE, MMMM d, yyyy HH:mm:ss-'UTC'", Locale.US);

    private final SocketApi api;
    private final Ipv4Address address;
    private final Ports ports;
    private final InstantSource clock;
    private final List<AutoCloseable> open = new ArrayList<>();

    private EchoTimeService(SocketApi api, Ipv4Address address, Ports ports, InstantSource clock) {
        this.api = api;
        this.address = address;
        this.ports = ports;
        this.clock = clock;
    }

    /** @throws IllegalStateException when one of the ports is taken; then none is kept */
    public static EchoTimeService start(SocketApi api, Ipv4Address address, Ports ports, InstantSource clock) {
        EchoTimeService service = new EchoTimeService(api, address, ports, clock);
        try {
            service.tcp(ports.echo(), "echo", EchoTimeService::echo);
            service.tcp(ports.daytime(), "daytime", socket -> socket.write(service.daytime()));
            service.tcp(ports.time(), "time", socket -> socket.write(service.time()));
            service.udp(ports.echo(), "echo", true, () -> new byte[0]);
            service.udp(ports.daytime(), "daytime", false, service::daytime);
            service.udp(ports.time(), "time", false, service::time);
        } catch (IllegalStateException e) {
            service.close();
            throw e;
        }
        return service;
    }

    private interface Handler {
        void handle(TcpSocket socket);
    }

    private void tcp(int port, String name, Handler handler) {
        TcpListenSocket socket = api.listen(address, port, BACKLOG, RECEIVE_LIMIT);
        open.add(socket);
        socket.serve(name, handler::handle);
    }

    private static void echo(TcpSocket socket) {
        while (socket.peek(1, IDLE).isPresent()) {
            byte[] bytes = socket.read();
            if (bytes.length == 0) {
                return;
            }
            socket.write(bytes);
        }
    }

    private void udp(int port, String name, boolean echo, Supplier<byte[]> answer) {
        UdpSocket socket = api.bind(address, port);
        open.add(socket);
        Thread.ofVirtual().name(name).start(() -> {
            try {
                while (true) {
                    UdpSocket.Datagram datagram = socket.read();
                    if (!fromSuchService(datagram.remotePort())) {
                        socket.reply(datagram, echo ? datagram.payload() : answer.get());
                    }
                }
            } catch (SocketException _) {
                // Closed.
            }
        });
    }

    /** Two services that answer each other would never stop (CVE-1999-0103). */
    private boolean fromSuchService(int port) {
        return port < 1024 || port == ports.echo() || port == ports.daytime() || port == ports.time();
    }

    private byte[] daytime() {
        return (DAYTIME.format(clock.instant().atOffset(ZoneOffset.UTC)) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] time() {
        Instant now = clock.instant();
        return ByteBuffer.allocate(4)
                .putInt((int) (now.getEpochSecond() + EPOCH_1900))
                .array();
    }

    @Override
    public void close() {
        for (AutoCloseable socket : open) {
            switch (socket) {
                case TcpListenSocket listening -> listening.close();
                case UdpSocket bound -> bound.close();
                default -> throw new IllegalStateException("not one of ours: " + socket);
            }
        }
        open.clear();
    }
}
