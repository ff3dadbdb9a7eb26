package io.steamgate.edge.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.ParkingPoller;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.PollLoop;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.stack.StackSettings;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.MacAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that talk through two stacks on one wire. */
@Timeout(30)
class SocketTest {
    private static final Ipv4Address SERVER = Ipv4Address.of(192, 0, 2, 10);
    private static final Ipv4Address CLIENT = Ipv4Address.of(192, 0, 2, 2);
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final MemoryDevice left = new MemoryDevice("left", new MacAddress(0x0200_0000_0002L), 1500);
    private final MemoryDevice right = new MemoryDevice("right", new MacAddress(0x0200_0000_000AL), 1500);
    private PollLoop clientLoop;
    private PollLoop serverLoop;
    private SocketApi client;
    private SocketApi server;

    @BeforeEach
    void wire() {
        MemoryDevice.wire(left, right);
        Timers clientTimers = new Timers(Clock.system());
        Timers serverTimers = new Timers(Clock.system());
        Stack clientStack = stack(left, clientTimers, CLIENT);
        Stack serverStack = stack(right, serverTimers, SERVER);
        clientLoop = loop(clientStack, clientTimers, left);
        serverLoop = loop(serverStack, serverTimers, right);
        client = api(clientStack, clientTimers, clientLoop);
        server = api(serverStack, serverTimers, serverLoop);
    }

    private static Stack stack(MemoryDevice device, Timers timers, Ipv4Address address) {
        Stack stack = new Stack(List.of(new Stack.Link(device)), timers, Randomness.seeded(1), StackSettings.DEFAULT);
        stack.addAddress(stack.nics().getFirst(), new Ipv4Network(address, 24));
        return stack;
    }

    private static PollLoop loop(Stack stack, Timers timers, MemoryDevice device) {
        PollLoop loop = new PollLoop(stack, timers, new ParkingPoller(List.of(device)));
        Thread.ofPlatform().daemon().start(loop);
        return loop;
    }

    private static SocketApi api(Stack stack, Timers timers, PollLoop loop) {
        Tcp tcp = new Tcp(stack.output(), timers, Randomness.seeded(2), TcpSettings.defaults());
        stack.add(tcp);
        return new SocketApi(tcp, stack.udp(), timers, loop);
    }

    @AfterEach
    void stop() {
        assertThat(clientLoop.counters().failures().get()).isZero();
        assertThat(serverLoop.counters().failures().get()).isZero();
        clientLoop.stop();
        serverLoop.stop();
    }

    private TcpSocket dial(int port) {
        return client.connect(CLIENT, 40_000 + port, SERVER, port, 65_536);
    }

    @Test
    void accept_waits_for_a_connection_and_read_returns_all_consecutive_bytes() {
        TcpListenSocket listening = server.listen(SERVER, 80, 4, 65_536);
        CompletableFuture<TcpSocket> accepted = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> accepted.complete(listening.accept()));
        TcpSocket ours = dial(80);
        TcpSocket theirs = accepted.join();
        assertThat(theirs.remoteAddress()).isEqualTo(CLIENT);
        assertThat(theirs.remotePort()).isEqualTo(40_080);
        ours.write("GET ".getBytes(US_ASCII));
        ours.write("/".getBytes(US_ASCII));
        assertThat(theirs.peek(5, LONG))
                .hasValueSatisfying(bytes -> assertThat(bytes).asString().isEqualTo("GET /"));
        assertThat(theirs.peek(6, SHORT)).as("no more came in time").isEmpty();
        assertThat(theirs.read()).asString().isEqualTo("GET /");
        ours.shutdownOutput();
        assertThat(theirs.read()).as("the end of the stream").isEmpty();
        theirs.write("bye".getBytes(US_ASCII));
        theirs.close();
        assertThat(ours.read()).asString().isEqualTo("bye");
        assertThat(ours.read()).isEmpty();
        ours.close();
        assertThatThrownBy(ours::read).isInstanceOf(SocketException.class);
    }

    @Test
    void a_server_that_speaks_first_starts_when_accept_returns() {
        server.listen(SERVER, 25, 4, 4096).serve("smtp", socket -> socket.write("220 ready\r\n".getBytes(US_ASCII)));
        TcpSocket socket = dial(25);
        assertThat(socket.peek(11, LONG))
                .hasValueSatisfying(b -> assertThat(b).asString().isEqualTo("220 ready\r\n"));
        socket.close();
    }

    @Test
    void a_writer_waits_while_the_peer_does_not_read_and_nothing_is_lost() {
        TcpListenSocket listening = server.listen(SERVER, 80, 4, 8192);
        TcpSocket ours = dial(80);
        TcpSocket theirs = listening.accept();
        byte[] much = new byte[1_000_000];
        new java.util.Random(1).nextBytes(much);
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            ours.write(much);
            ours.close();
            written.complete(true);
        });
        assertThat(theirs.peek(8192, LONG)).isPresent();
        assertThat(written).as("a window and a send buffer hold less").isNotDone();
        byte[] received = new byte[much.length];
        int at = 0;
        for (byte[] bytes = theirs.read(); bytes.length > 0; bytes = theirs.read()) {
            System.arraycopy(bytes, 0, received, at, bytes.length);
            at += bytes.length;
        }
        assertThat(received).isEqualTo(much);
        theirs.close();
    }

    @Test
    void a_refused_connection_and_a_closed_listener_are_told() {
        assertThatThrownBy(() -> dial(81)).isInstanceOf(SocketException.class).hasMessageContaining("REFUSED");
        TcpListenSocket listening = server.listen(SERVER, 80, 4, 4096);
        assertThat(listening.accept(SHORT)).isEmpty();
        assertThatThrownBy(() -> server.listen(SERVER, 80, 4, 4096)).isInstanceOf(IllegalStateException.class);
        CompletableFuture<TcpSocket> accepting = CompletableFuture.supplyAsync(listening::accept);
        listening.close();
        assertThatThrownBy(accepting::join).hasCauseInstanceOf(SocketException.class);
    }

    @Test
    void a_reset_wakes_the_reader() {
        TcpListenSocket listening = server.listen(SERVER, 80, 4, 4096);
        TcpSocket ours = dial(80);
        TcpSocket theirs = listening.accept();
        CompletableFuture<byte[]> reading = CompletableFuture.supplyAsync(theirs::read);
        ours.abort();
        assertThatThrownBy(reading::join)
                .hasCauseInstanceOf(SocketException.class)
                .hasMessageContaining("RESET");
    }

    @Test
    void events_are_told_on_the_loop() throws Exception {
        TcpListenSocket listening = server.listen(SERVER, 80, 4, 4096);
        TcpSocket ours = dial(80);
        TcpSocket theirs = listening.accept();
        CountDownLatch connected = new CountDownLatch(1);
        CountDownLatch readable = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        theirs.events(new SocketEvents() {
            @Override
            public void connected(TcpSocket socket) {
                connected.countDown();
            }

            @Override
            public void readable(TcpSocket socket) {
                readable.countDown();
            }

            @Override
            public void closed(TcpSocket socket) {
                closed.countDown();
            }
        });
        ours.write(new byte[] {1});
        assertThat(connected.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(readable.await(20, TimeUnit.SECONDS)).isTrue();
        ours.abort();
        assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void echo_daytime_and_time_answer_over_both_protocols() {
        Instant now = Instant.parse("2026-11-23T05:00:07Z");
        EchoTimeService service =
                EchoTimeService.start(server, SERVER, EchoTimeService.Ports.STANDARD, InstantSource.fixed(now));
        TcpSocket echo = dial(7);
        echo.write("twice".getBytes(US_ASCII));
        assertThat(echo.peek(5, LONG))
                .hasValueSatisfying(b -> assertThat(b).asString().isEqualTo("twice"));
        echo.close();
        assertThat(all(dial(13))).isEqualTo("Monday, November 23, 2026 05:00:07-UTC\r\n".getBytes(US_ASCII));
        // 4004398807 seconds since 1900.
        assertThat(all(dial(37))).isEqualTo(new byte[] {(byte) 0xEE, (byte) 0xAE, 0x46, (byte) 0xD7});

        UdpSocket udp = client.bind(CLIENT, 0);
        udp.send(SERVER, 7, new byte[] {1, 2, 3});
        assertThat(udp.read().payload()).containsExactly(1, 2, 3);
        udp.send(SERVER, 37, new byte[0]);
        UdpSocket.Datagram time = udp.read();
        assertThat(time.payload()).hasSize(4);
        assertThat(time.remotePort()).isEqualTo(37);

        UdpSocket otherEcho = client.bind(CLIENT, 7);
        otherEcho.send(SERVER, 7, new byte[] {9});
        assertThat(otherEcho.read(SHORT))
                .as("two echo services would never stop")
                .isEmpty();
        service.close();
        // Behind what closes its sockets.
        CompletableFuture.runAsync(() -> {}, serverLoop).join();
        assertThatThrownBy(() -> client.connect(CLIENT, 50_000, SERVER, 7, 4096))
                .isInstanceOf(SocketException.class);
        otherEcho.close();
        assertThatThrownBy(otherEcho::read).isInstanceOf(SocketException.class);
    }

    private static byte[] all(TcpSocket socket) {
        try (socket) {
            byte[] answer = socket.read();
            assertThat(socket.read()).isEmpty();
            return answer;
        }
    }

    @Test
    void a_service_whose_port_is_taken_keeps_none() {
        server.bind(SERVER, 13);
        assertThatThrownBy(() ->
                        EchoTimeService.start(server, SERVER, EchoTimeService.Ports.STANDARD, InstantSource.system()))
                .isInstanceOf(IllegalStateException.class);
        server.listen(SERVER, 7, 1, 1);
    }
}
