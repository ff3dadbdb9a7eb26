package io.steamgate.mail.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Passwords cannot be tried for ever, on however many connections. */
@Timeout(60)
class AuthRateTest {
    @TempDir
    Path root;

    private static String plain(RelayFixture relay, String password) throws Exception {
        String response = Base64.getEncoder().encodeToString(("\0joe\0" + password).getBytes(StandardCharsets.UTF_8));
        try (RawClient client = relay.client().hello()) {
            return client.ask("AUTH PLAIN " + response);
        }
    }

    @Test
    void anAddressThatFailedTooOftenHasToWaitWhateverItTries() throws Exception {
        try (RelayFixture relay = new RelayFixture(root, List.of("a.test maildir"), Map.of())) {
            for (int i = 0; i < 4; i++) {
                assertThat(plain(relay, "secret")).as("success is not counted").startsWith("235");
            }
            for (int i = 0; i < 4; i++) {
                assertThat(plain(relay, "wrong")).startsWith("535 5.7.8");
            }
            assertThat(plain(relay, "wrong")).startsWith("454 4.7.0");
            assertThat(plain(relay, "secret"))
                    .as("nor is it told what is right")
                    .startsWith("454 4.7.0");
            relay.tick(Duration.ofMinutes(1));
            assertThat(plain(relay, "secret")).startsWith("235");
        }
    }
}
