package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Spliced connections, for the edge that takes over. On two servers, in memory. */
public final class Flows {
    private final Cache<Flow.Key, Flow> cache;

    public Flows(Cache<Flow.Key, Flow> cache) {
        this.cache = cache;
    }

    public CompletableFuture<Reply<Flow>> get(Flow.Key key) {
        return cache.get(key);
    }

    /**
     * Writes a batch; of two with the same key the last counts.
     *
     * @param idle how long they are kept without being written again
     */
    public CompletableFuture<Ack> putAll(Collection<Flow> flows, Lifespan idle) {
        return cache.putAll(
                flows.stream().collect(Collectors.toMap(Flow::key, Function.identity(), (first, last) -> last)), idle);
    }

    public CompletableFuture<Ack> removeAll(Set<Flow.Key> keys) {
        return cache.removeAll(keys);
    }

    /** All of them, for an edge that takes over; {@code limit} bounds the memory. */
    public CompletableFuture<Reply<Map<Flow.Key, Flow>>> all(int limit) {
        return cache.all(limit);
    }
}
