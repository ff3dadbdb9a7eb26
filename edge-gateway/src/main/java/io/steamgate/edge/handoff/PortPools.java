package io.steamgate.edge.handoff;

import io.steamgate.edge.runtime.Randomness;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The local ports of one transport: a pool for each service-side address towards each endpoint. */
final class PortPools {
    private record Towards(int local, int endpoint, int port) {}

    private final Randomness randomness;
    private final Map<Towards, PortPool> pools = new HashMap<>();

    PortPools(Randomness randomness) {
        this.randomness = randomness;
    }

    /** Address bits and the endpoint's port. */
    PortPool of(int local, int endpoint, int port) {
        return pools.computeIfAbsent(new Towards(local, endpoint, port), key -> new PortPool(randomness));
    }

    /** The pool that a flow's local port is of; null where its endpoint sees the client's own address and port. */
    @Nullable
    PortPool of(Flow.Path path) {
        boolean own = path.local() == path.client() && path.localPort() == path.clientPort();
        return own ? null : of(path.local(), path.endpoint(), path.endpointPort());
    }

    /** Ports in use towards every endpoint together. */
    int inUse() {
        int used = 0;
        for (PortPool pool : pools.values()) {
            used += PortPool.COUNT - pool.available();
        }
        return used;
    }
}
