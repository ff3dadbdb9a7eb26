package io.steamgate.mail.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.TestCertificate;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the relay holds for connections in TLS: engines, keys, and records that are not whole, besides what it holds of any. */
@Timeout(180)
class TlsMemoryTest {
    private static final int CONNECTIONS = 200;

    /** Longer than acknowledgements are delayed. */
    private static final Duration QUIET = Duration.ofMillis(500);

    /** How connections are, and the octets of docs/mail.md that each may cost. */
    enum Manner {
        IDLE_BEHIND_STARTTLS(false, false, "server", 16 * 1024),
        IDLE_IN_IMPLICIT_TLS(true, false, "server", 16 * 1024),
        CONTENT_TO_A_SERVER_IN_THE_CLEAR(false, true, "server", 64 * 1024),
        CONTENT_TO_A_SERVER_IN_TLS(false, true, "encrypted", 96 * 1024);

        private final boolean implicit;
        private final boolean content;
        private final String server;
        private final int bound;

        Manner(boolean implicit, boolean content, String server, int bound) {
            this.implicit = implicit;
            this.content = content;
            this.server = server;
            this.bound = bound;
        }
    }

    @TempDir
    Path root;

    /** The most that was held until nothing moved any more. */
    private static long stall(RelayFixture relay) throws InterruptedException {
        long most = 0;
        long last = -1;
        long since = System.nanoTime();
        while (System.nanoTime() - since < QUIET.toNanos()) {
            relay.tick(Duration.ZERO);
            long held = relay.held();
            most = Math.max(most, held);
            since = held == last ? since : System.nanoTime();
            last = held;
        }
        return most;
    }

    @ParameterizedTest
    @EnumSource
    void whatAConnectionInTlsCostsIsBounded(Manner manner) throws Exception {
        Path store = root.resolve("tls.p12");
        TestCertificate.write(store);
        SSLContext context = TestCertificate.context(store);
        Process peers = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TlsPeers.class.getName(),
                        store.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (PrintStream orders = new PrintStream(peers.getOutputStream(), true, StandardCharsets.US_ASCII);
                BufferedReader answers = peers.inputReader(StandardCharsets.US_ASCII)) {
            InetSocketAddress server = new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), Integer.parseInt(String.valueOf(answers.readLine())));
            try (RelayFixture relay = new RelayFixture(
                    root, List.of("b.test " + manner.server), Map.of(manner.server, List.of(server)))) {
                int port = relay.open(context, manner.implicit).getPort();
                String order = port + " " + manner.implicit + " %d " + manner.content;
                // Classes, pools and sessions are there before anything is counted.
                orders.println(order.formatted(1));
                assertThat(answers.readLine()).isEqualTo("ready");
                long heldBefore = stall(relay);
                long before = MemoryTest.heap();
                orders.println(order.formatted(CONNECTIONS));
                assertThat(answers.readLine()).isEqualTo("ready");
                long buffers = (stall(relay) - heldBefore) / CONNECTIONS;
                long objects = (MemoryTest.heap() - before) / CONNECTIONS;
                System.out.println("held for a connection, in octets, " + manner + ": " + buffers + " of buffers, "
                        + objects + " of objects");
                assertThat(buffers > 16 * 1024).as("content is held back").isEqualTo(manner.content);
                assertThat(buffers + objects).as("octets for a connection").isLessThanOrEqualTo(manner.bound);
            }
        } finally {
            peers.destroyForcibly().waitFor();
        }
    }
}
