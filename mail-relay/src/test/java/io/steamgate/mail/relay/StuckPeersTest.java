package io.steamgate.mail.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever stops within the dialogue costs a connection for a while only. */
@Timeout(60)
class StuckPeersTest {
    @TempDir
    Path root;

    @Test
    void aClientThatDoesNotReadItsRepliesIsNotKeptForEver() throws Exception {
        try (RelayFixture relay = new RelayFixture(root, List.of("a.test maildir"), Map.of());
                RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            // More recipients than a transaction may have are told so without end.
            String commands = "RCPT TO:<joe@a.test>\r\n".repeat(1000);
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    while (true) {
                        client.write(commands);
                    }
                } catch (IOException e) {
                    // The relay has ended the connection.
                }
            });
            awaitRest(relay, writer);
            relay.tick(Duration.ofMinutes(5).plusSeconds(1));
            relay.tick(Duration.ofSeconds(11));
            assertThat(writer.join(Duration.ofSeconds(20)))
                    .as("the connection has ended")
                    .isTrue();
        }
    }

    /** Waits until the relay hears no more: what nobody reads fills all buffers on the way. */
    private static void awaitRest(RelayFixture relay, Thread writer) throws InterruptedException {
        long before;
        do {
            before = relay.commands.get();
        } while (!writer.join(Duration.ofMillis(500)) && relay.commands.get() != before);
    }

    @Test
    void aServerThatDoesNotAnswerToRsetIsNotKeptForEver() throws Exception {
        try (ScriptedServer server = new ScriptedServer(
                        List.of("8BITMIME"),
                        (verb, line) -> verb.equals("RSET") ? ScriptedServer.SILENCE : ScriptedServer.USUAL);
                RelayFixture relay =
                        new RelayFixture(root, List.of("b.test server"), Map.of("server", List.of(server.address())));
                RawClient client = relay.client().hello()) {
            client.ask("MAIL FROM:<s@x.test>");
            assertThat(client.ask("RCPT TO:<joe@b.test>")).startsWith("250");
            assertThat(client.ask("RSET")).startsWith("250");
            relay.tick(Duration.ofSeconds(6));
            assertThat(server.end()).isEqualTo("rst:");
        }
    }
}
