package io.steamgate.state.hotrod;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.infinispan.client.hotrod.RemoteCache;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Collects the entries of a cache, up to a limit. Its future, when cancelled, ends the iteration on the servers too. */
final class Entries<K, V> implements Subscriber<Map.Entry<K, V>> {
    private static final int BATCH = 1_000;

    private final int limit;
    private final Map<K, V> entries = new HashMap<>();
    private final CompletableFuture<Map<K, V>> result = new CompletableFuture<>();

    private Entries(int limit) {
        this.limit = limit;
    }

    static <K, V> CompletableFuture<Map<K, V>> of(RemoteCache<K, V> cache, int limit) {
        Entries<K, V> entries = new Entries<>(limit);
        cache.<V>publishEntries(null, null, null, BATCH).subscribe(entries);
        return entries.result;
    }

    @Override
    public void onSubscribe(Subscription given) {
        result.whenComplete((all, failure) -> given.cancel());
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Map.Entry<K, V> entry) {
        if (entries.size() < limit) {
            entries.put(entry.getKey(), entry.getValue());
        } else {
            onComplete();
        }
    }

    @Override
    public void onError(Throwable failure) {
        result.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        result.complete(Map.copyOf(entries));
    }
}
