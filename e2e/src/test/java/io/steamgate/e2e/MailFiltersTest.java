package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Debian's mail filters beside the stream, in the long form of the tests: they are fetched, and each refuses its own test file. */
@Timeout(300)
class MailFiltersTest {
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "clamav, X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
        "rspamd, XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    })
    void a_filter_refuses_what_it_knows_and_passes_the_rest(String filter, String bad) throws IOException {
        assumeTrue(Lab.FULL, "needs --full");
        int port = MailRelayProcess.freePort();
        int other = MailRelayProcess.freePort();
        Path log = directory.resolve("filter.log");
        MailRelayProcess relay = new MailRelayProcess(
                directory.resolve("relay"),
                "a.test maildir",
                "steamgate.mail.policy.milters=127.0.0.1:" + port,
                "steamgate.mail.policy.inspect-limit=100000");
        Process running = new ProcessBuilder(
                        Lab.root().resolve("e2e/src/test/sh/mail-filter").toString(),
                        filter,
                        Integer.toString(port),
                        Integer.toString(other),
                        directory.resolve("filter").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            relay.start();
            Lab.eventually(
                    filter + " listens", LIMIT, () -> listens(port) && (filter.equals("rspamd") || listens(other)));

            try (SmtpClient client = new SmtpClient(relay.port())) {
                client.send("s@x.test", "joe@a.test", "From: s@x.test\r\nSubject: good\r\n\r\nHello");
            }
            assertThatThrownBy(() -> {
                        try (SmtpClient client = new SmtpClient(relay.port())) {
                            client.send("s@x.test", "joe@a.test", "From: s@x.test\r\nSubject: bad\r\n\r\n" + bad);
                        }
                    })
                    .hasMessageContaining(": 55")
                    .hasMessageContaining(" 5.7.1");

            try (Stream<Path> files = Files.walk(relay.mailboxes())) {
                assertThat(files.filter(Files::isRegularFile))
                        .singleElement()
                        .asString()
                        .contains("/new/");
            }
        } finally {
            relay.kill();
            running.descendants().forEach(ProcessHandle::destroyForcibly);
            running.destroyForcibly().onExit().join();
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
