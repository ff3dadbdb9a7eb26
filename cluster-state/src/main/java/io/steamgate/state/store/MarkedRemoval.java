package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * Removal from a persistent cache. A server that was away comes back with what is on its disk, and what was removed meanwhile
 * would be there again; what was written is not outdated by it. So removal writes a mark, which lives as long as an old copy could.
 */
final class MarkedRemoval<V> {
    private final Cache<String, V> cache;
    private final Predicate<V> isMark;

    MarkedRemoval(Cache<String, V> cache, Predicate<V> isMark) {
        this.cache = cache;
        this.isMark = isMark;
    }

    /** What is marked is absent. */
    CompletableFuture<Reply<Versioned<V>>> get(String key) {
        return cache.getVersioned(key)
                .thenApply(reply -> reply.found()
                        .filter(entry -> isMark.test(entry.value()))
                        .<Reply<Versioned<V>>>map(marked -> new Reply.Absent<>())
                        .orElse(reply));
    }

    /** {@link Ack.Conflict} if there is an entry that is not marked. */
    CompletableFuture<Ack> create(String key, V value, Lifespan lifespan) {
        return cache.putIfAbsent(key, value, lifespan)
                .thenCompose(ack -> ack instanceof Ack.Conflict
                        ? createOverMark(key, value, lifespan)
                        : CompletableFuture.completedFuture(ack));
    }

    private CompletableFuture<Ack> createOverMark(String key, V value, Lifespan lifespan) {
        return cache.getVersioned(key).thenCompose(reply -> switch (reply) {
            case Reply.Found<Versioned<V>>(Versioned<V>(V there, long version)) ->
                isMark.test(there)
                        ? cache.replace(key, value, version, lifespan)
                        : CompletableFuture.completedFuture(Ack.CONFLICT);
            case Reply.Absent<Versioned<V>>() -> CompletableFuture.completedFuture(Ack.CONFLICT);
            case Reply.Unavailable<Versioned<V>>(Reason reason) ->
                CompletableFuture.completedFuture(new Ack.Unavailable(reason));
        });
    }
}
