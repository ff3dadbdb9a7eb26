package io.steamgate.state.hotrod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClientSettingsTest {
    private static int retries(int budgetMillis, int attemptMillis) {
        ClientSettings usual = ClientSettings.of(List.of("127.0.0.1:11222"));
        return new ClientSettings(
                        usual.servers(),
                        usual.security(),
                        Duration.ofMillis(budgetMillis),
                        usual.bulkBudget(),
                        Map.of(),
                        Duration.ofMillis(attemptMillis),
                        usual.connect(),
                        usual.pulse(),
                        Map.of(),
                        usual.room())
                .retries();
    }

    @Test
    void the_last_attempt_begins_before_the_budget_is_spent() {
        assertThat(retries(500, 200)).as("at 0, 200 and 400 ms").isEqualTo(2);
        assertThat(retries(400, 200)).as("at 0 and 200 ms").isEqualTo(1);
        assertThat(retries(2000, 400)).as("at 0, 400, 800, 1200 and 1600 ms").isEqualTo(4);
    }

    @Test
    void one_more_is_always_tried_and_never_many() {
        assertThat(retries(500, 500)).isEqualTo(1);
        assertThat(retries(60_000, 1)).isEqualTo(5);
    }
}
