package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/** The location service of the registrar, by address of record. An entry ends with its last contact. */
public final class SipLocation {
    private final Cache<String, Bindings> cache;
    private final InstantSource clock;

    public SipLocation(Cache<String, Bindings> cache, InstantSource clock) {
        this.cache = cache;
        this.clock = clock;
    }

    /** Contacts may have ended: the caller compares them with the time. */
    public CompletableFuture<Reply<Versioned<Bindings>>> get(String addressOfRecord) {
        return cache.getVersioned(addressOfRecord);
    }

    /** The first registration; {@link Ack.Conflict} if there is one. */
    public CompletableFuture<Ack> create(String addressOfRecord, Bindings bindings) {
        Duration left = left(bindings);
        return left.isPositive()
                ? cache.putIfAbsent(addressOfRecord, bindings, Lifespan.of(left))
                : CompletableFuture.completedFuture(Ack.DONE);
    }

    /** {@link Ack.Conflict} if another registrar has written since {@code version} was read. Without live contacts it removes. */
    public CompletableFuture<Ack> replace(String addressOfRecord, Bindings bindings, long version) {
        Duration left = left(bindings);
        return left.isPositive()
                ? cache.replace(addressOfRecord, bindings, version, Lifespan.of(left))
                : cache.remove(addressOfRecord, version);
    }

    private Duration left(Bindings bindings) {
        Instant now = clock.instant();
        return bindings.contacts().stream()
                .map(Bindings.Contact::expires)
                .max(Instant::compareTo)
                .map(last -> Duration.between(now, last))
                .orElse(Duration.ZERO);
    }
}
