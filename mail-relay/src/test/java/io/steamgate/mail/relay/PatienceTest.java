package io.steamgate.mail.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.mail.inspect.HeaderSection;
import io.steamgate.mail.inspect.Inspections;
import io.steamgate.mail.inspect.Inspector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that gets nowhere is given up in time, whatever it sends meanwhile; one that is slow is not. */
@Timeout(60)
class PatienceTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @TempDir
    Path root;

    /** Octets of content that the relay has dealt with. */
    private final Semaphore seen = new Semaphore(0);

    private RelayFixture relay(ScriptedServer server) throws Exception {
        return new RelayFixture(
                root,
                List.of("a.test maildir", "b.test server"),
                Map.of("server", List.of(server.address())),
                List.of(),
                (_, _) -> new Inspections(0, List.of((_, _) -> new Counting())));
    }

    private final class Counting implements Inspector {
        @Override
        public void header(HeaderSection header) {}

        @Override
        public void body(byte[] octets, int length) {
            seen.release(length);
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void end(Consumer<Verdict> answer) {
            answer.accept(new Verdict(Optional.empty(), Map.of(), ""));
        }

        @Override
        public void abandon() {}
    }

    private static ScriptedServer server() throws Exception {
        return new ScriptedServer(List.of("PIPELINING"), (verb, line) -> ScriptedServer.USUAL);
    }

    private static RawClient inContent(RelayFixture relay, String domain) throws Exception {
        RawClient client = relay.client().hello();
        client.ask("MAIL FROM:<s@x.test>");
        client.ask("RCPT TO:<joe@" + domain + ">");
        assertThat(client.ask("DATA")).startsWith("354");
        return client;
    }

    /** Writes, lets the relay see it, and lets time pass. */
    private static void slowly(RelayFixture relay, RawClient client, String text, Duration time) throws Exception {
        client.write(text);
        relay.tick(Duration.ZERO);
        relay.tick(time);
    }

    private static void assertGivenUp(RawClient client) throws Exception {
        assertThat(client.reply()).startsWith("421 4.4.2");
        assertThat(client.reply()).as("the end of the connection").isEmpty();
    }

    @Test
    void aCommandHasToBeWholeInTimeHoweverManyOctetsItComesIn() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            for (String octet : List.of("N", "O", "O", "P")) {
                slowly(relay, client, octet, MINUTE);
            }
            slowly(relay, client, " ", MINUTE.plus(SECOND));
            assertGivenUp(client);
        }
    }

    @Test
    void aCommandHasItsTimeFromTheLastReplyOn() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            for (int i = 0; i < 3; i++) {
                slowly(relay, client, "NO", MINUTE.multipliedBy(5).minus(SECOND));
                assertThat(client.ask("OP")).startsWith("250");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.test", "b.test"})
    void contentThatComesOctetByOctetIsGivenUp(String domain) throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(server);
                RawClient client = inContent(relay, domain)) {
            // Time in which the disk writes does not count, so there may be some more.
            for (int i = 0; relay.outcomes.isEmpty() && i < RelayFixture.BLOCK / 2; i++) {
                slowly(relay, client, "x", MINUTE);
            }
            assertGivenUp(client);
            assertThat(relay.outcome()).isEqualTo("aborted CLIENT_TIMEOUT");
        }
    }

    @Test
    void aRefusedMessageIsNotHeardForLongerThanAnother() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(server);
                RawClient client = inContent(relay, "b.test")) {
            slowly(relay, client, "a bare\nline feed", MINUTE);
            assertThat(relay.outcome()).isEqualTo("aborted BARE_LF");
            slowly(relay, client, "x", MINUTE);
            slowly(relay, client, "x", MINUTE.plus(SECOND));
            assertGivenUp(client);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.test", "b.test"})
    void contentThatComesSlowlyIsTaken(String domain) throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(server);
                RawClient client = inContent(relay, domain)) {
            client.write("Subject: x\r\n\r\n");
            for (int i = 0; i < 3; i++) {
                relay.tick(MINUTE.multipliedBy(3).minus(SECOND));
                client.write(RelayFixture.text(RelayFixture.BLOCK));
                assertThat(seen.tryAcquire(RelayFixture.BLOCK, 20, TimeUnit.SECONDS))
                        .isTrue();
            }
            assertThat(client.ask("\r\n.")).startsWith("250");
        }
    }

    @Test
    void chunksOfAFewOctetsBuyNoTime() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            client.ask("RCPT TO:<joe@b.test>");
            for (int i = 0; i < 5; i++) {
                assertThat(client.write("BDAT 1\r\nx").reply()).startsWith("250");
                relay.tick(MINUTE);
            }
            relay.tick(SECOND);
            assertGivenUp(client);
            assertThat(relay.outcome()).isEqualTo("aborted CLIENT_TIMEOUT");
        }
    }

    @Test
    void chunksThatHoldEnoughHaveTheirTimeEach() throws Exception {
        try (ScriptedServer server = server();
                RelayFixture relay = relay(server);
                RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            client.ask("RCPT TO:<joe@b.test>");
            for (int i = 0; i < 3; i++) {
                client.write("BDAT " + RelayFixture.BLOCK + "\r\n");
                assertThat(client.write(RelayFixture.text(RelayFixture.BLOCK)).reply())
                        .startsWith("250");
                relay.tick(MINUTE.multipliedBy(5).minus(SECOND));
            }
            assertThat(client.ask("BDAT 0 LAST")).startsWith("250");
        }
    }

    @Test
    void whatOthersTakeIsNotTheClients() {
        Patience patience = new Patience(0);
        patience.turn(false, MINUTE.toNanos());
        assertThat(patience.isOver(MINUTE, 9 * MINUTE.toNanos())).isFalse();
        patience.turn(true, 9 * MINUTE.toNanos());
        assertThat(patience.isOver(MINUTE, 9 * MINUTE.toNanos())).isFalse();
        assertThat(patience.isOver(MINUTE, 9 * MINUTE.toNanos() + 1)).isTrue();
        patience.renew(9 * MINUTE.toNanos() + 1);
        assertThat(patience.isOver(MINUTE, 10 * MINUTE.toNanos() + 1)).isFalse();
    }
}
