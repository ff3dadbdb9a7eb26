package io.steamgate.state.call;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A cache of shared state, as the stores see it. Every future completes normally, and within the budget of its call; it may
 * complete on a thread of the client, which must not be blocked. On a virtual thread {@code join()} is the way to wait.
 *
 * @param <K> keys, compared by what they are on the wire
 * @param <V> values
 */
public interface Cache<K, V> {
    CompletableFuture<Reply<V>> get(K key);

    /** From an owner, past the near cache. */
    CompletableFuture<Reply<Versioned<V>>> getVersioned(K key);

    CompletableFuture<Ack> put(K key, V value, Lifespan lifespan);

    /** Not atomic as a whole: after {@link Ack.Unavailable} some entries may have been written. */
    CompletableFuture<Ack> putAll(Map<K, V> entries, Lifespan lifespan);

    /** {@link Ack.Conflict} if there is an entry. */
    CompletableFuture<Ack> putIfAbsent(K key, V value, Lifespan lifespan);

    /** {@link Ack.Conflict} if the entry has another version by now, or is gone. */
    CompletableFuture<Ack> replace(K key, V value, long version, Lifespan lifespan);

    /** Done also when there was none. */
    CompletableFuture<Ack> remove(K key);

    /** {@link Ack.Conflict} if the entry has another version by now, or is gone. */
    CompletableFuture<Ack> remove(K key, long version);

    /** Not atomic as a whole. */
    CompletableFuture<Ack> removeAll(Set<K> keys);

    /**
     * Every entry; what is written meanwhile may be missed. For caches that are small, or when there is no other way.
     *
     * @param limit more entries than these are not read
     */
    CompletableFuture<Reply<Map<K, V>>> all(int limit);
}
