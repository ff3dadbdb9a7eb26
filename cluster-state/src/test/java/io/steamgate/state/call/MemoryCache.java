package io.steamgate.state.call;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A cache in a map, which can be away. Lifespans are the test's business: {@link #expire}. */
public final class MemoryCache<K, V> implements Cache<K, V> {
    private final Map<K, Versioned<V>> entries = new HashMap<>();
    private long version;
    private boolean away;

    public void away(boolean now) {
        away = now;
    }

    /** An entry's lifespan is over. */
    public void expire(K key) {
        entries.remove(key);
    }

    private <T> CompletableFuture<Reply<T>> reply(Reply<T> reply) {
        return CompletableFuture.completedFuture(away ? new Reply.Unavailable<>(Reason.TIMED_OUT) : reply);
    }

    private CompletableFuture<Ack> write(boolean condition, Runnable write) {
        if (away) {
            return CompletableFuture.completedFuture(new Ack.Unavailable(Reason.TIMED_OUT));
        }
        if (condition) {
            write.run();
        }
        return CompletableFuture.completedFuture(condition ? Ack.DONE : Ack.CONFLICT);
    }

    private Versioned<V> next(V value) {
        return new Versioned<>(value, ++version);
    }

    @Override
    public CompletableFuture<Reply<V>> get(K key) {
        return getVersioned(key).thenApply(reply -> reply.map(Versioned::value));
    }

    @Override
    public CompletableFuture<Reply<Versioned<V>>> getVersioned(K key) {
        Versioned<V> entry = entries.get(key);
        return reply(entry == null ? new Reply.Absent<>() : new Reply.Found<>(entry));
    }

    @Override
    public CompletableFuture<Ack> put(K key, V value, Lifespan lifespan) {
        return write(true, () -> entries.put(key, next(value)));
    }

    @Override
    public CompletableFuture<Ack> putAll(Map<K, V> all, Lifespan lifespan) {
        return write(true, () -> all.forEach((key, value) -> entries.put(key, next(value))));
    }

    @Override
    public CompletableFuture<Ack> putIfAbsent(K key, V value, Lifespan lifespan) {
        return write(!entries.containsKey(key), () -> entries.put(key, next(value)));
    }

    @Override
    public CompletableFuture<Ack> replace(K key, V value, long expected, Lifespan lifespan) {
        return write(has(key, expected), () -> entries.put(key, next(value)));
    }

    @Override
    public CompletableFuture<Ack> remove(K key) {
        return write(true, () -> entries.remove(key));
    }

    @Override
    public CompletableFuture<Ack> remove(K key, long expected) {
        return write(has(key, expected), () -> entries.remove(key));
    }

    @Override
    public CompletableFuture<Ack> removeAll(Set<K> keys) {
        return write(true, () -> entries.keySet().removeAll(keys));
    }

    @Override
    public CompletableFuture<Reply<Map<K, V>>> all(int limit) {
        Map<K, V> all = new HashMap<>();
        entries.forEach((key, entry) -> all.put(key, entry.value()));
        return reply(new Reply.Found<>(all));
    }

    private boolean has(K key, long expected) {
        Versioned<V> entry = entries.get(key);
        return entry != null && entry.version() == expected;
    }
}
