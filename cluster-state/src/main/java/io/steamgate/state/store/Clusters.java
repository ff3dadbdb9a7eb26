package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** The clusters that are known: kept until they are removed, also over restarts of every server. */
public final class Clusters {
    private static final int MOST = 10_000;

    /** A server that has been away for longer than this has to begin with an empty directory. */
    private static final Lifespan MARK = Lifespan.of(Duration.ofDays(90));

    private static final String NOWHERE = "-";

    private final Cache<String, Cluster> cache;
    private final MarkedRemoval<Cluster> removal;

    public Clusters(Cache<String, Cluster> cache) {
        this.cache = cache;
        this.removal = new MarkedRemoval<>(cache, Clusters::isMark);
    }

    private static boolean isMark(Cluster cluster) {
        return cluster.publicAddress().equals(NOWHERE);
    }

    public CompletableFuture<Reply<Versioned<Cluster>>> get(String id) {
        return removal.get(id);
    }

    /** All of them by id. */
    public CompletableFuture<Reply<Map<String, Cluster>>> all() {
        return cache.all(MOST)
                .thenApply(reply -> reply.map(all -> all.entrySet().stream()
                        .filter(entry -> !isMark(entry.getValue()))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))));
    }

    /** Writes over what there is. */
    public CompletableFuture<Ack> put(Cluster cluster) {
        return cache.put(cluster.id(), cluster, Lifespan.FOREVER);
    }

    /** {@link Ack.Conflict} if the id is known already. */
    public CompletableFuture<Ack> add(Cluster cluster) {
        return removal.create(cluster.id(), cluster, Lifespan.FOREVER);
    }

    /** {@link Ack.Conflict} if somebody has written since {@code version} was read. */
    public CompletableFuture<Ack> replace(Cluster cluster, long version) {
        return cache.replace(cluster.id(), cluster, version, Lifespan.FOREVER);
    }

    public CompletableFuture<Ack> remove(String id) {
        return cache.put(id, new Cluster(id, NOWHERE, Instant.EPOCH, 0), MARK);
    }
}
