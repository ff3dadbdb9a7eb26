package io.steamgate.edge.handoff;

import io.steamgate.edge.runtime.Counter;

/** What the user path forwarded, and what it would not. */
public record DataPathCounters(
        Counter packetsToEndpoints,
        Counter packetsToClients,
        Counter bytesToEndpoints,
        Counter bytesToClients,
        Counter malformed,
        Counter lifetimeExceeded,
        Counter revived,
        Counter icmpErrors,
        Counter held) {
    public DataPathCounters() {
        this(
                new Counter(),
                new Counter(),
                new Counter(),
                new Counter(),
                new Counter(),
                new Counter(),
                new Counter(),
                new Counter(),
                new Counter());
    }
}
