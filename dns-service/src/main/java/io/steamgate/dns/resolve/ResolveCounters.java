package io.steamgate.dns.resolve;

import java.util.concurrent.atomic.LongAdder;

/** What the resolver did, for metrics. */
public final class ResolveCounters {
    public final LongAdder fetched = new LongAdder();
    public final LongAdder failed = new LongAdder();
    public final LongAdder joined = new LongAdder();
    public final LongAdder sharedHits = new LongAdder();
    /** Questions that another node was already asking. */
    public final LongAdder awaited = new LongAdder();

    public final LongAdder prefetched = new LongAdder();
    public final LongAdder hedged = new LongAdder();
    public final LongAdder refused = new LongAdder();
    public final LongAdder forged = new LongAdder();
    public final LongAdder streamed = new LongAdder();
    /** Connections to servers that were begun. */
    public final LongAdder connections = new LongAdder();

    public final LongAdder stale = new LongAdder();
}
