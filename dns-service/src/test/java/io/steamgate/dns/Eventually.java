package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.Within;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** What other threads and processes bring about, in time for a machine that has much else to do. */
final class Eventually {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Eventually() {}

    static void eventually(BooleanSupplier condition) {
        eventually("what is waited for", condition);
    }

    static void eventually(String what, BooleanSupplier condition) {
        assertThat(Within.within(LIMIT, condition))
                .as(what + " in " + LIMIT.toSeconds() + " s")
                .isTrue();
    }
}
