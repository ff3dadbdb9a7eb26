package io.steamgate.mail.policy;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The state of one relay alone, in bounded memory: what was longest not asked for is forgotten first. */
public final class LocalState implements SharedState {
    private record Known(long value, long endsAt) {}

    private final InstantSource clock;
    private final Map<String, Known> entries;

    /** @param capacity keys */
    public LocalState(InstantSource clock, int capacity) {
        this.clock = clock;
        this.entries = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
                return size() > capacity;
            }
        };
    }

    @Override
    public synchronized CompletionStage<Long> add(String key, long amount, Duration window) {
        long now = clock.millis();
        Known old = entries.get(key);
        Known next = old == null || old.endsAt() <= now
                ? new Known(amount, now + window.toMillis())
                : new Known(old.value() + amount, old.endsAt());
        entries.put(key, next);
        return CompletableFuture.completedFuture(next.value());
    }

    @Override
    public synchronized CompletionStage<Long> firstSeen(String key, Duration lifespan) {
        long now = clock.millis();
        Known old = entries.get(key);
        long seen = old == null || old.endsAt() <= now ? now : old.value();
        entries.put(key, new Known(seen, now + lifespan.toMillis()));
        return CompletableFuture.completedFuture(seen);
    }
}
