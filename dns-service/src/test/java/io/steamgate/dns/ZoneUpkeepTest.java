package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ZoneUpkeepTest {
    @Test
    void what_fails_once_is_looked_at_again_until_it_is_interrupted() throws InterruptedException {
        AtomicInteger looked = new AtomicInteger();
        Thread thread = Thread.ofVirtual()
                .start(() -> ZoneUpkeep.every(1, () -> {
                    if (looked.incrementAndGet() == 1) {
                        throw new IllegalStateException("as the test wants it");
                    }
                }));
        eventually(() -> looked.get() > 1);
        thread.interrupt();
        thread.join();
        assertThat(thread.isAlive()).isFalse();
    }
}
