package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Clock;

/** A rate limit that allows bursts. */
final class TokenBucket {
    private final Clock clock;
    private final long nanosPerToken;
    private final long burstNanos;
    /** Time saved up, in nanoseconds; one token costs {@link #nanosPerToken} of it. */
    private long saved;

    private long last;

    TokenBucket(Clock clock, int perSecond, int burst) {
        this.clock = clock;
        nanosPerToken = Clock.NANOS_PER_SECOND / perSecond;
        burstNanos = nanosPerToken * burst;
        saved = burstNanos;
        last = clock.nanos();
    }

    boolean take() {
        long now = clock.nanos();
        saved = Math.min(burstNanos, saved + Math.min(burstNanos, Math.max(0, now - last)));
        last = now;
        if (saved < nanosPerToken) {
            return false;
        }
        saved -= nanosPerToken;
        return true;
    }
}
