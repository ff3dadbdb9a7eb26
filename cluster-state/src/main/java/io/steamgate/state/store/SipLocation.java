package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The location service of the registrar, by address of record. An entry ends with its last contact, after a day at most. */
public final class SipLocation {
    /** No registration is longer. */
    private static final Duration LONGEST = Duration.ofDays(1);

    private final Cache<String, Bindings> cache;
    private final MarkedRemoval<Bindings> removal;
    private final InstantSource clock;

    public SipLocation(Cache<String, Bindings> cache, InstantSource clock) {
        this.cache = cache;
        this.removal =
                new MarkedRemoval<>(cache, bindings -> bindings.contacts().isEmpty());
        this.clock = clock;
    }

    /** Contacts may have ended: the caller compares them with the time. */
    public CompletableFuture<Reply<Versioned<Bindings>>> get(String addressOfRecord) {
        return removal.get(addressOfRecord);
    }

    /** The first registration; {@link Ack.Conflict} if there is one. */
    public CompletableFuture<Ack> create(String addressOfRecord, Bindings bindings) {
        Duration left = left(bindings);
        return left.isPositive()
                ? removal.create(addressOfRecord, bindings, Lifespan.of(left))
                : CompletableFuture.completedFuture(Ack.DONE);
    }

    /** {@link Ack.Conflict} if another registrar has written since {@code version} was read. Without live contacts it removes. */
    public CompletableFuture<Ack> replace(String addressOfRecord, Bindings bindings, long version) {
        Duration left = left(bindings);
        return left.isPositive()
                ? cache.replace(addressOfRecord, bindings, version, Lifespan.of(left))
                : cache.replace(addressOfRecord, new Bindings(List.of()), version, Lifespan.of(LONGEST));
    }

    private Duration left(Bindings bindings) {
        Instant now = clock.instant();
        return bindings.contacts().stream()
                .map(Bindings.Contact::expires)
                .max(Instant::compareTo)
                .map(last -> Duration.between(now, last))
                .map(left -> left.compareTo(LONGEST) > 0 ? LONGEST : left)
                .orElse(Duration.ZERO);
    }
}
