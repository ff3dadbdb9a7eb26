package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The nodes of the cluster as their last heartbeats left them. Membership keeps this; who wants to know who is there asks
 * Membership, which answers at once.
 */
public final class Nodes {
    private static final int MOST = 10_000;

    private final Cache<String, Node> cache;

    public Nodes(Cache<String, Node> cache) {
        this.cache = cache;
    }

    /** A node writes itself; it is gone when {@code lifespan} passes without another heartbeat. */
    public CompletableFuture<Ack> beat(Node node, Lifespan lifespan) {
        return cache.put(node.id(), node, lifespan);
    }

    /** A node leaves. */
    public CompletableFuture<Ack> leave(String id) {
        return cache.remove(id);
    }

    /** What is written under an id, now. */
    public CompletableFuture<Reply<Node>> get(String id) {
        return cache.getVersioned(id).thenApply(reply -> reply.map(Versioned::value));
    }

    /** All of them by id. Reading keeps nobody alive. */
    public CompletableFuture<Reply<Map<String, Node>>> all() {
        return cache.all(MOST);
    }
}
