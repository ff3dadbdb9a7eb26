package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/**
 * What nodes count together for a while, and since when they have known somebody. Each change is a read and a conditional
 * write; where two nodes change the same at once, the later one tries again.
 */
public final class Tallies {
    private static final int MOST_TRIES = 8;

    private final Cache<String, Tally> cache;
    private final InstantSource clock;

    public Tallies(Cache<String, Tally> cache, InstantSource clock) {
        this.cache = cache;
        this.clock = clock;
    }

    /**
     * Adds to a counter that begins at zero with its first addition and ends after its window.
     *
     * @return the sum
     */
    public CompletableFuture<Reply<Long>> add(String key, long amount, Duration window) {
        return add(key, amount, window, MOST_TRIES);
    }

    private CompletableFuture<Reply<Long>> add(String key, long amount, Duration window, int tries) {
        return cache.getVersioned(key).thenCompose(reply -> {
            Instant now = Instant.ofEpochMilli(clock.millis());
            return switch (reply) {
                case Reply.Unavailable<Versioned<Tally>>(Reason reason) -> unavailable(reason);
                case Reply.Found<Versioned<Tally>>(Versioned<Tally>(Tally old, long version))
                when old.endsAt().isAfter(now) -> {
                    Tally next = new Tally(old.value() + amount, old.endsAt());
                    Lifespan left = Lifespan.of(Duration.between(now, old.endsAt()));
                    yield written(
                            cache.replace(key, next, version, left),
                            next,
                            () -> add(key, amount, window, tries - 1),
                            tries);
                }
                // Its end has come, though the servers have not noticed yet.
                case Reply.Found<Versioned<Tally>>(Versioned<Tally>(Tally old, long version)) -> {
                    Tally first = new Tally(amount, now.plus(window));
                    yield written(
                            cache.replace(key, first, version, Lifespan.of(window)),
                            first,
                            () -> add(key, amount, window, tries - 1),
                            tries);
                }
                case Reply.Absent<Versioned<Tally>>() -> {
                    Tally first = new Tally(amount, now.plus(window));
                    yield written(
                            cache.putIfAbsent(key, first, Lifespan.of(window)),
                            first,
                            () -> add(key, amount, window, tries - 1),
                            tries);
                }
            };
        });
    }

    /**
     * When a key was first seen; now, if it was not or is forgotten. Seen again, it is kept for another lifespan.
     *
     * @return milliseconds since 1970
     */
    public CompletableFuture<Reply<Long>> firstSeen(String key, Duration lifespan) {
        return firstSeen(key, lifespan, MOST_TRIES);
    }

    private CompletableFuture<Reply<Long>> firstSeen(String key, Duration lifespan, int tries) {
        return cache.getVersioned(key).thenCompose(reply -> {
            Instant now = Instant.ofEpochMilli(clock.millis());
            return switch (reply) {
                case Reply.Unavailable<Versioned<Tally>>(Reason reason) -> unavailable(reason);
                case Reply.Found<Versioned<Tally>>(Versioned<Tally>(Tally old, long version)) -> {
                    boolean known = old.endsAt().isAfter(now);
                    Tally next = new Tally(known ? old.value() : now.toEpochMilli(), now.plus(lifespan));
                    yield written(
                            cache.replace(key, next, version, Lifespan.of(lifespan)),
                            next,
                            () -> firstSeen(key, lifespan, tries - 1),
                            tries);
                }
                case Reply.Absent<Versioned<Tally>>() -> {
                    Tally first = new Tally(now.toEpochMilli(), now.plus(lifespan));
                    yield written(
                            cache.putIfAbsent(key, first, Lifespan.of(lifespan)),
                            first,
                            () -> firstSeen(key, lifespan, tries - 1),
                            tries);
                }
            };
        });
    }

    /** What to do once more when somebody else was faster. */
    private interface Again {
        CompletableFuture<Reply<Long>> run();
    }

    private static CompletableFuture<Reply<Long>> written(
            CompletableFuture<Ack> write, Tally next, Again again, int tries) {
        return write.thenCompose(ack -> switch (ack) {
            case Ack.Done() -> CompletableFuture.completedFuture(new Reply.Found<>(next.value()));
            case Ack.Unavailable(Reason reason) -> unavailable(reason);
            case Ack.Conflict() -> tries > 1 ? again.run() : unavailable(Reason.BUSY);
        });
    }

    private static CompletableFuture<Reply<Long>> unavailable(Reason reason) {
        return CompletableFuture.completedFuture(new Reply.Unavailable<>(reason));
    }
}
