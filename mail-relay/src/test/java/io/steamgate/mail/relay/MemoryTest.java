package io.steamgate.mail.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the relay holds for connections whose destination has ceased to read, whatever the size of the message and of the
 * pieces in which it comes. The kernel's socket buffers are not the relay's.
 */
@Timeout(120)
class MemoryTest {
    private static final int CONNECTIONS = 200;

    /** Of docs/limits.md, objects and buffers together. */
    private static final int BOUND = 64 * 1024;

    /** Longer than acknowledgements are delayed. */
    private static final Duration QUIET = Duration.ofMillis(300);

    @TempDir
    Path root;

    private final List<SocketChannel> clients = new ArrayList<>();

    /** A destination that takes the envelope and says 354, and then reads no more. */
    private static final class Stalled implements AutoCloseable {
        private static final List<String> REPLIES = List.of("250 b", "250 c", "250 2.1.5 d", "354 e");

        private final ServerSocketChannel listening = ServerSocketChannel.open();
        private final Selector selector = Selector.open();
        private final ByteBuffer octets = ByteBuffer.allocate(4096);

        Stalled() throws IOException {
            listening.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), CONNECTIONS);
            listening.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            Thread.ofPlatform().start(this::serve);
        }

        private void serve() {
            try {
                while (selector.select() >= 0 && selector.isOpen()) {
                    for (SelectionKey key : selector.selectedKeys()) {
                        if (key.isAcceptable()) {
                            SocketChannel client = listening.accept();
                            client.configureBlocking(false).register(selector, SelectionKey.OP_READ, 0);
                            say(client, "220 a");
                        } else {
                            hear(key);
                        }
                    }
                    selector.selectedKeys().clear();
                }
            } catch (IOException | java.nio.channels.ClosedSelectorException e) {
                // The test is over.
            }
        }

        private void hear(SelectionKey key) throws IOException {
            SocketChannel client = (SocketChannel) key.channel();
            if (client.read(octets.clear()) < 0) {
                client.close();
                return;
            }
            int said = (Integer) key.attachment();
            for (octets.flip(); octets.hasRemaining(); ) {
                if (octets.get() == '\n' && said < REPLIES.size()) {
                    say(client, REPLIES.get(said++));
                }
            }
            key.attach(said);
            key.interestOps(said < REPLIES.size() ? SelectionKey.OP_READ : 0);
        }

        private static void say(SocketChannel client, String reply) throws IOException {
            client.write(ByteBuffer.wrap((reply + "\r\n").getBytes(StandardCharsets.US_ASCII)));
        }

        @Override
        public void close() throws IOException {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        }
    }

    private static SocketChannel client(InetSocketAddress relay, int number) throws IOException {
        SocketChannel client = SocketChannel.open();
        client.bind(new InetSocketAddress("127.0.0." + (2 + number % 8), 0));
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        client.connect(relay);
        hear(client, "220");
        say(client, "EHLO client.test\r\n");
        hear(client, "250 ENHANCEDSTATUSCODES");
        return client;
    }

    private static void say(SocketChannel client, String text) throws IOException {
        client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    /** Up to a line that begins so. */
    private static void hear(SocketChannel client, String line) throws IOException {
        ByteBuffer octet = ByteBuffer.allocate(1);
        StringBuilder all = new StringBuilder();
        while (!(all.toString().endsWith("\n") && all.lastIndexOf("\n" + line) >= 0
                || all.toString().startsWith(line) && all.toString().endsWith("\n"))) {
            if (client.read(octet.clear()) < 0) {
                throw new IOException("the connection ended behind " + all);
            }
            all.append((char) octet.get(0));
        }
    }

    static long heap() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Everybody writes in pieces until nothing has been taken of anybody for a while; returns the most that was held. */
    private long stall(RelayFixture relay, ByteBuffer piece) throws Exception {
        long most = 0;
        long last = System.nanoTime();
        ByteBuffer[] pieces = new ByteBuffer[clients.size()];
        for (int i = 0; i < pieces.length; i++) {
            clients.get(i).configureBlocking(false);
            pieces[i] = piece.duplicate();
        }
        while (System.nanoTime() - last < QUIET.toNanos()) {
            int written = 0;
            for (int i = 0; i < pieces.length; i++) {
                written += clients.get(i).write(pieces[i].hasRemaining() ? pieces[i] : pieces[i].rewind());
            }
            // The relay has seen what there was.
            relay.tick(Duration.ZERO);
            most = Math.max(most, relay.held());
            last = written > 0 ? System.nanoTime() : last;
        }
        return most;
    }

    /** How content comes. */
    enum Manner {
        SMALL_PIECES("DATA\r\n", RelayFixture.text(1_000)),
        LARGE_PIECES("DATA\r\n", RelayFixture.text(100_000)),
        /** Each of them gets another one on its way. */
        NOTHING_BUT_DOTS("BDAT 100000000\r\n", ".\r\n".repeat(10_000));

        private final String command;
        private final String piece;

        Manner(String command, String piece) {
            this.command = command;
            this.piece = piece;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsHeldForAConnectionIsBounded(Manner manner) throws Exception {
        try (Stalled server = new Stalled();
                RelayFixture relay = new RelayFixture(
                        root,
                        List.of("b.test server"),
                        Map.of("server", List.of((InetSocketAddress) server.listening.getLocalAddress())),
                        List.of())) {
            // Classes and pools are there before anything is counted.
            clients.add(client(relay.address, 0));
            long before = heap();
            for (int i = 1; i <= CONNECTIONS; i++) {
                SocketChannel client = client(relay.address, i);
                clients.add(client);
                say(client, "MAIL FROM:<s@x.test>\r\nRCPT TO:<joe@b.test>\r\n" + manner.command);
                hear(client, manner.command.startsWith("DATA") ? "354" : "250 2.1.5");
            }
            clients.removeFirst().close();
            long buffers =
                    stall(relay, ByteBuffer.wrap(manner.piece.getBytes(StandardCharsets.US_ASCII))) / CONNECTIONS;
            long objects = (heap() - before) / CONNECTIONS;
            System.out.println(
                    "held for a connection, in octets: " + buffers + " of buffers, " + objects + " of objects");
            assertThat(buffers).as("it is held back").isGreaterThan(16 * 1024);
            assertThat(buffers + objects).as("octets for a connection").isLessThanOrEqualTo(BOUND);
            relay.tick(Duration.ofMinutes(3).plusSeconds(1));
            for (SocketChannel client : clients) {
                assertThat(relay.outcome()).isEqualTo("aborted DESTINATION_TIMEOUT");
                client.close();
            }
            long deadline = System.nanoTime() + 20_000_000_000L;
            while (relay.held() > 0 && System.nanoTime() < deadline) {
                relay.tick(Duration.ZERO);
            }
            assertThat(relay.held()).as("nothing is left").isZero();
        }
    }
}
