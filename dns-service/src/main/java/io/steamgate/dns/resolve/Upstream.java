package io.steamgate.dns.resolve;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/** A server that questions are forwarded to, and how it has been doing. Changed on one event loop, read by metrics. */
public final class Upstream {
    private static final long MIN_PATIENCE_NANOS = 20_000_000;
    private static final long MAX_PATIENCE_NANOS = 800_000_000;
    private static final int DOWN_AFTER = 3;

    private final Server server;
    private volatile double smoothed = 50_000_000;
    private double variation = 25_000_000;
    private volatile int failures;
    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder probed = new LongAdder();
    private volatile LongConsumer latency = nanos -> {};

    Upstream(Server server) {
        this.server = server;
    }

    public Server server() {
        return server;
    }

    /** Smoothed round trip (RFC 6298 §2). */
    public double smoothedNanos() {
        return smoothed;
    }

    public boolean isUp() {
        return failures < DOWN_AFTER;
    }

    public LongAdder answered() {
        return answered;
    }

    public LongAdder failed() {
        return failed;
    }

    /** Questions that it was only asked to see whether it is back. */
    public LongAdder probed() {
        return probed;
    }

    /** Has somebody told how long each usable answer took, in nanoseconds. */
    public void watchLatency(LongConsumer watcher) {
        latency = watcher;
    }

    /** How long to wait before somebody else is asked beside it. */
    long patienceNanos() {
        return (long) Math.clamp(smoothed + 4 * variation, MIN_PATIENCE_NANOS, MAX_PATIENCE_NANOS);
    }

    void succeeded(long nanos) {
        variation = 0.75 * variation + 0.25 * Math.abs(smoothed - nanos);
        smoothed = 0.875 * smoothed + 0.125 * nanos;
        failures = 0;
        answered.increment();
        latency.accept(nanos);
    }

    /** It refused, or nobody listens there. */
    void broke() {
        failed.increment();
        failures = Math.min(failures + 1, 1000);
    }

    void timedOut() {
        failed.increment();
        failures = Math.min(failures + 1, 1000);
        smoothed = Math.min(smoothed * 1.5, 2_000_000_000);
    }
}
