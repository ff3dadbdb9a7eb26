package io.steamgate.state.hotrod;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.infinispan.client.hotrod.RemoteCache;
import org.infinispan.client.hotrod.exceptions.TransportException;
import org.infinispan.client.hotrod.impl.InternalRemoteCache;
import org.infinispan.client.hotrod.impl.iteration.KeyTracker;
import org.infinispan.client.hotrod.impl.operations.CacheOperationsFactory;
import org.infinispan.client.hotrod.impl.operations.IterationNextResponse;
import org.infinispan.client.hotrod.impl.operations.IterationStartResponse;
import org.infinispan.client.hotrod.impl.protocol.HotRodConstants;
import org.infinispan.client.hotrod.impl.transport.netty.OperationDispatcher;
import org.infinispan.commons.configuration.ClassAllowList;
import org.infinispan.commons.util.IntSet;
import org.jspecify.annotations.Nullable;

/**
 * Collects the entries of a cache, up to a limit, batch after batch from one server, which asks the others for theirs. The client's
 * own publisher would do it by two hundred classes of RxJava, which every service would hold for this alone.
 */
final class Entries<K, V> {
    private static final int BATCH = 1_000;

    private final CacheOperationsFactory operations;
    private final OperationDispatcher servers;
    private final int limit;
    private final CompletableFuture<Map<K, V>> result = new CompletableFuture<>();

    private Entries(RemoteCache<K, V> cache, int limit) {
        InternalRemoteCache<K, V> inside = (InternalRemoteCache<K, V>) cache;
        this.operations = inside.getOperationsFactory();
        this.servers = inside.getDispatcher();
        this.limit = limit;
    }

    /**
     * @param retries how often it begins again, at another server, when one is lost
     * @return when cancelled, nothing more is asked for
     */
    static <K, V> CompletableFuture<Map<K, V>> of(RemoteCache<K, V> cache, int limit, int retries) {
        Entries<K, V> entries = new Entries<>(cache, limit);
        var unused = entries.read(retries).whenComplete((all, failure) -> {
            if (failure == null) {
                entries.result.complete(Map.copyOf(all));
            } else {
                entries.result.completeExceptionally(failure);
            }
        });
        return entries.result;
    }

    private CompletionStage<Map<K, V>> read(int retries) {
        Map<K, V> entries = new HashMap<>();
        return servers.execute(operations.newIterationStartOperation(null, null, null, BATCH, false))
                .thenCompose(iteration -> next(iteration, entries))
                .exceptionallyCompose(failure ->
                        retries > 0 && !result.isDone() ? read(retries - 1) : CompletableFuture.failedStage(failure));
    }

    private CompletionStage<Map<K, V>> next(IterationStartResponse iteration, Map<K, V> entries) {
        return servers.executeOnSingleAddress(
                        operations.<K, V>newIterationNextOperation(iteration.getIterationId(), ALL),
                        iteration.getSocketAddress())
                .thenCompose(batch -> {
                    if (HotRodConstants.isInvalidIteration(batch.getStatus())) {
                        // It was asked of another server than the one that has it.
                        return CompletableFuture.failedStage(
                                new TransportException("the iteration is gone", iteration.getSocketAddress()));
                    }
                    return take(batch, entries) && !result.isDone()
                            ? next(iteration, entries)
                            : end(iteration, entries);
                });
    }

    /** Whether there may be more. */
    private boolean take(IterationNextResponse<K, V> batch, Map<K, V> entries) {
        for (Map.Entry<K, V> entry : batch.getEntries()) {
            if (entries.size() == limit) {
                return false;
            }
            entries.put(entry.getKey(), entry.getValue());
        }
        return batch.hasMore();
    }

    /** A server keeps an iteration until it hears that nobody wants it any more. */
    private CompletionStage<Map<K, V>> end(IterationStartResponse iteration, Map<K, V> entries) {
        var unused = servers.executeOnSingleAddress(
                operations.newIterationEndOperation(iteration.getIterationId()), iteration.getSocketAddress());
        return CompletableFuture.completedStage(entries);
    }

    /** Takes every key: one that comes twice is the same entry of the result. */
    private static final KeyTracker ALL = new KeyTracker() {
        @Override
        public boolean track(byte[] key, short status, ClassAllowList classes) {
            return true;
        }

        @Override
        public void segmentsFinished(IntSet segments) {}

        @Override
        public @Nullable Set<Integer> missedSegments() {
            return null;
        }
    };
}
