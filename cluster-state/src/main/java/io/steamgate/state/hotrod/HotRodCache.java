package io.steamgate.state.hotrod;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Guard;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Operation;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import io.steamgate.state.store.CacheName;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.infinispan.client.hotrod.MetadataValue;
import org.infinispan.client.hotrod.RemoteCache;
import org.jspecify.annotations.Nullable;

/** One cache on the servers. Until the connection attaches it, every call is answered as disconnected. */
final class HotRodCache<K, V> implements Cache<K, V> {
    private record Attached<K, V>(RemoteCache<K, V> remote, NearManager.@Nullable Near<K, V> near) {}

    private final CacheName name;
    private final Guard guard;
    private final int retries;
    private final LongAdder nearHits = new LongAdder();
    private final LongAdder nearMisses = new LongAdder();
    // Calls of each kind that answer alike are described once: nothing of this is made for each call.
    private final Guard.Call<@Nullable V, Reply<V>> get;
    private final Guard.Call<@Nullable MetadataValue<V>, Reply<Versioned<V>>> getVersioned;
    private final Guard.Call<Map<K, V>, Reply<Map<K, V>>> all;
    private final Map<Operation, Guard.Call<@Nullable Object, Ack>> writes = new EnumMap<>(Operation.class);
    private volatile @Nullable Attached<K, V> attached;

    HotRodCache(CacheName name, ClientSettings settings, Guard guard, Function<Throwable, Reason> reasons) {
        this.name = name;
        this.guard = guard;
        this.retries = settings.retries();
        this.get = read(Operation.GET, settings, reasons, HotRodCache::found);
        this.getVersioned = read(
                Operation.GET,
                settings,
                reasons,
                entry -> entry == null
                        ? new Reply.Absent<>()
                        : new Reply.Found<>(new Versioned<>(entry.getValue(), entry.getVersion())));
        this.all = read(Operation.ALL, settings, reasons, Reply.Found::new);
        for (Operation operation : Operation.values()) {
            writes.put(
                    operation,
                    new Guard.Call<>(
                            name.label(),
                            operation,
                            settings.budget(name, operation).toNanos(),
                            // Conditional writes say false; others say nothing.
                            done -> Boolean.FALSE.equals(done) ? Ack.CONFLICT : Ack.DONE,
                            ack -> ack.done() ? "done" : "conflict",
                            Ack.Unavailable::new,
                            reasons));
        }
    }

    private static <V> Reply<V> found(@Nullable V value) {
        return value == null ? new Reply.Absent<>() : new Reply.Found<>(value);
    }

    private <T extends @Nullable Object, R> Guard.Call<T, Reply<R>> read(
            Operation operation,
            ClientSettings settings,
            Function<Throwable, Reason> reasons,
            Function<T, Reply<R>> answer) {
        return new Guard.Call<>(
                name.label(),
                operation,
                settings.budget(name, operation).toNanos(),
                answer,
                reply -> reply instanceof Reply.Found ? "found" : "absent",
                Reply.Unavailable::new,
                reasons);
    }

    CacheName name() {
        return name;
    }

    void attach(RemoteCache<K, V> remote, NearManager.@Nullable Near<K, V> near) {
        attached = new Attached<>(remote, near);
    }

    boolean isAttached() {
        return attached != null;
    }

    /** Reads answered without a server. */
    long nearHits() {
        return nearHits.sum();
    }

    /** Reads of a near cache that had to ask a server. */
    long nearMisses() {
        return nearMisses.sum();
    }

    @Override
    public CompletableFuture<Reply<V>> get(K key) {
        Attached<K, V> cache = attached;
        if (cache == null) {
            return guard.refuse(get, Reason.DISCONNECTED);
        }
        NearManager.Near<K, V> near = cache.near;
        if (near == null) {
            return guard.run(get, () -> cache.remote.getAsync(key));
        }
        V value = near.get(key);
        if (value != null) {
            nearHits.increment();
            return CompletableFuture.completedFuture(new Reply.Found<>(value));
        }
        nearMisses.increment();
        return guard.run(
                get,
                () -> cache.remote.getAsync(key).whenComplete((found, failure) -> {
                    if (failure != null) {
                        near.forget(key);
                    }
                }));
    }

    @Override
    public CompletableFuture<Reply<Versioned<V>>> getVersioned(K key) {
        Attached<K, V> cache = attached;
        return cache == null
                ? guard.refuse(getVersioned, Reason.DISCONNECTED)
                : guard.run(getVersioned, () -> cache.remote.getWithMetadataAsync(key));
    }

    @Override
    public CompletableFuture<Ack> put(K key, V value, Lifespan lifespan) {
        return write(Operation.PUT, remote -> remote.putAsync(key, value, millis(lifespan), TimeUnit.MILLISECONDS));
    }

    @Override
    public CompletableFuture<Ack> putAll(Map<K, V> entries, Lifespan lifespan) {
        return write(Operation.PUT_ALL, remote -> remote.putAllAsync(entries, millis(lifespan), TimeUnit.MILLISECONDS));
    }

    @Override
    public CompletableFuture<Ack> putIfAbsent(K key, V value, Lifespan lifespan) {
        return write(Operation.PUT_IF_ABSENT, remote -> PutIfAbsent.of(remote, key, value, millis(lifespan)));
    }

    @Override
    public CompletableFuture<Ack> replace(K key, V value, long version, Lifespan lifespan) {
        return write(
                Operation.REPLACE,
                remote -> remote.replaceWithVersionAsync(
                        key, value, version, millis(lifespan), TimeUnit.MILLISECONDS, -1, TimeUnit.MILLISECONDS));
    }

    @Override
    public CompletableFuture<Ack> remove(K key) {
        // It says nothing of what there was, without a flag.
        return write(Operation.REMOVE, remote -> remote.removeAsync(key));
    }

    @Override
    public CompletableFuture<Ack> remove(K key, long version) {
        return write(Operation.REMOVE, remote -> remote.removeWithVersionAsync(key, version));
    }

    @Override
    public CompletableFuture<Ack> removeAll(Set<K> keys) {
        return write(
                Operation.REMOVE_ALL,
                remote -> CompletableFuture.allOf(
                        keys.stream().map(remote::removeAsync).toArray(CompletableFuture[]::new)));
    }

    @Override
    public CompletableFuture<Reply<Map<K, V>>> all(int limit) {
        Attached<K, V> cache = attached;
        return cache == null
                ? guard.refuse(all, Reason.DISCONNECTED)
                : guard.run(all, () -> Entries.of(cache.remote, limit, retries));
    }

    private CompletableFuture<Ack> write(
            Operation operation,
            Function<RemoteCache<K, V>, ? extends CompletableFuture<? extends @Nullable Object>> wire) {
        Attached<K, V> cache = attached;
        Guard.Call<@Nullable Object, Ack> call = Objects.requireNonNull(writes.get(operation));
        if (cache == null) {
            return guard.refuse(call, Reason.DISCONNECTED);
        }
        return guard.run(call, () -> anything(wire.apply(cache.remote)));
    }

    @SuppressWarnings("unchecked") // it is only read
    private static CompletableFuture<@Nullable Object> anything(CompletableFuture<? extends @Nullable Object> future) {
        return (CompletableFuture<@Nullable Object>) future;
    }

    /** Hot Rod takes -1 for immortal, and 0 for what the cache's configuration says. */
    private static long millis(Lifespan lifespan) {
        return lifespan.millis() == 0 ? -1 : lifespan.millis();
    }
}
