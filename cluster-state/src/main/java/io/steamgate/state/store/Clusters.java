package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The clusters that are known: kept until they are removed, also over restarts of every server. */
public final class Clusters {
    private static final int MOST = 10_000;

    private final Cache<String, Cluster> cache;

    public Clusters(Cache<String, Cluster> cache) {
        this.cache = cache;
    }

    public CompletableFuture<Reply<Versioned<Cluster>>> get(String id) {
        return cache.getVersioned(id);
    }

    /** All of them by id. */
    public CompletableFuture<Reply<Map<String, Cluster>>> all() {
        return cache.all(MOST);
    }

    /** Writes over what there is. */
    public CompletableFuture<Ack> put(Cluster cluster) {
        return cache.put(cluster.id(), cluster, Lifespan.FOREVER);
    }

    /** {@link Ack.Conflict} if the id is known already. */
    public CompletableFuture<Ack> add(Cluster cluster) {
        return cache.putIfAbsent(cluster.id(), cluster, Lifespan.FOREVER);
    }

    /** {@link Ack.Conflict} if somebody has written since {@code version} was read. */
    public CompletableFuture<Ack> replace(Cluster cluster, long version) {
        return cache.replace(cluster.id(), cluster, version, Lifespan.FOREVER);
    }

    public CompletableFuture<Ack> remove(String id) {
        return cache.remove(id);
    }
}
