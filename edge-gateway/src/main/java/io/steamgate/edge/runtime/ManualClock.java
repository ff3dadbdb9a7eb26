package io.steamgate.edge.runtime;

/** A clock that stands still until it is told to move: what makes a test of timers deterministic. */
public final class ManualClock implements Clock {
    private long now;

    public ManualClock() {
        this(0);
    }

    /** @param start nanoseconds; tests start near {@code Long.MAX_VALUE} to see that comparisons survive the wrap */
    public ManualClock(long start) {
        now = start;
    }

    @Override
    public long nanos() {
        return now;
    }

    public void advanceNanos(long nanos) {
        now += nanos;
    }

    public void advanceMillis(long millis) {
        now += millis * NANOS_PER_MILLI;
    }
}
