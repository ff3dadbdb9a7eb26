package io.steamgate.edge.link;

import io.steamgate.edge.runtime.Counter;

/**
 * What a {@link FaultInjector} did in one direction.
 *
 * @param overflowed frames lost because the rate limit's queue was full
 */
public record FaultCounters(
        Counter lost, Counter duplicated, Counter reordered, Counter corrupted, Counter overflowed) {
    public FaultCounters() {
        this(new Counter(), new Counter(), new Counter(), new Counter(), new Counter());
    }
}
