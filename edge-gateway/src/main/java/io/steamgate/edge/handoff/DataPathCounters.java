package io.steamgate.edge.handoff;

import io.steamgate.edge.runtime.Counter;
import io.steamgate.edge.runtime.CounterFamily;

/**
 * What a path forwarded, and what it would not.
 *
 * @param bytesToEndpoints of IP packets, headers included, by service
 * @param bytesToClients the same the other way
 */
public record DataPathCounters(
        Counter packetsToEndpoints,
        Counter packetsToClients,
        CounterFamily bytesToEndpoints,
        CounterFamily bytesToClients,
        Counter malformed,
        Counter lifetimeExceeded,
        Counter revived,
        Counter icmpErrors,
        Counter held) {
    public DataPathCounters() {
        this(
                new Counter(),
                new Counter(),
                new CounterFamily(),
                new CounterFamily(),
                new Counter(),
                new Counter(),
                new Counter(),
                new Counter(),
                new Counter());
    }

    /** Counts what has gone the way of a splice. */
    void forwarded(Splice splice, long packets, long bytes) {
        boolean toEndpoint = splice.way == Splice.Way.TO_ENDPOINT;
        (toEndpoint ? packetsToEndpoints : packetsToClients).add(packets);
        (toEndpoint ? bytesToEndpoints : bytesToClients)
                .of(splice.flow.endpoint.serviceName())
                .add(bytes);
    }
}
