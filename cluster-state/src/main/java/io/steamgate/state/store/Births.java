package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.util.concurrent.CompletableFuture;

/** How often the cluster and its nodes were born; survives their deaths. */
public final class Births {
    private static final String CLUSTER = "cluster";
    private static final String NODE = "node/";
    private static final int MOST_TRIES = 8;

    private final Cache<String, Birth> cache;

    public Births(Cache<String, Birth> cache) {
        this.cache = cache;
    }

    /** The last birth of the cluster; absent before the first. */
    public CompletableFuture<Reply<Versioned<Birth>>> cluster() {
        return cache.getVersioned(CLUSTER);
    }

    /** Counts the first birth of the cluster; {@link Ack.Conflict} if it has been counted. */
    public CompletableFuture<Ack> firstOfCluster(String by, long byAge) {
        return cache.putIfAbsent(CLUSTER, new Birth(1, by, byAge), Lifespan.FOREVER);
    }

    /** Counts another birth of the cluster; {@link Ack.Conflict} if somebody else has since {@code last} was read. */
    public CompletableFuture<Ack> nextOfCluster(Versioned<Birth> last, String by, long byAge) {
        return cache.replace(CLUSTER, new Birth(last.value().count() + 1, by, byAge), last.version(), Lifespan.FOREVER);
    }

    /** Counts a birth of a node and says which it was, from 1. No two births of a node get the same number. */
    public CompletableFuture<Reply<Long>> nextOfNode(String id) {
        return nextOfNode(id, MOST_TRIES);
    }

    private CompletableFuture<Reply<Long>> nextOfNode(String id, int tries) {
        String key = NODE + id;
        return cache.getVersioned(key).thenCompose(reply -> switch (reply) {
            case Reply.Found<Versioned<Birth>>(Versioned<Birth>(Birth last, long version)) -> {
                Birth next = new Birth(last.count() + 1, id, 0);
                yield counted(next, cache.replace(key, next, version, Lifespan.FOREVER), tries);
            }
            case Reply.Absent<Versioned<Birth>>() -> {
                Birth first = new Birth(1, id, 0);
                yield counted(first, cache.putIfAbsent(key, first, Lifespan.FOREVER), tries);
            }
            case Reply.Unavailable<Versioned<Birth>>(Reason reason) ->
                CompletableFuture.completedFuture(new Reply.Unavailable<>(reason));
        });
    }

    private CompletableFuture<Reply<Long>> counted(Birth birth, CompletableFuture<Ack> write, int tries) {
        return write.thenCompose(ack -> switch (ack) {
            case Ack.Done() -> CompletableFuture.completedFuture(new Reply.Found<>(birth.count()));
            case Ack.Unavailable(Reason reason) -> CompletableFuture.completedFuture(new Reply.Unavailable<>(reason));
            case Ack.Conflict() ->
                tries > 1
                        ? nextOfNode(birth.by(), tries - 1)
                        : CompletableFuture.completedFuture(new Reply.Unavailable<>(Reason.BUSY));
        });
    }
}
