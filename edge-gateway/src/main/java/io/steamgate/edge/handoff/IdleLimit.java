package io.steamgate.edge.handoff;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.runtime.Timers.Timer;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How long the stack holds two connections on which nothing moves: as long as the listener's flows may be idle, but not while
 * bytes wait for an end that does not take them. An end that says nothing at all is given up by its own connection, sooner or
 * later; that is for one that answers and takes nothing.
 */
final class IdleLimit {
    static final int STALL_SECONDS = 120;

    private static final long STALL = STALL_SECONDS * Clock.NANOS_PER_SECOND;

    private final Timers timers;
    private final long flows;
    private final BooleanSupplier waiting;
    private final Runnable over;
    /** Late by {@link #STALL} at most: what waits may change in between. */
    private final Timer timer = new Timer(this::look);

    private long movedAt;

    /**
     * @param waiting whether bytes are on their way through the stack
     * @param over runs when the limit is reached
     */
    IdleLimit(Timers timers, Duration flows, BooleanSupplier waiting, Runnable over) {
        this.timers = timers;
        this.flows = flows.toNanos();
        this.waiting = waiting;
        this.over = over;
    }

    void start() {
        moved();
        timers.armIn(timer, Math.min(limit(), STALL));
    }

    void stop() {
        timers.cancel(timer);
    }

    /** Bytes were received or acknowledged, on either side. */
    void moved() {
        movedAt = timers.clock().nanos();
    }

    private long limit() {
        return waiting.getAsBoolean() ? Math.min(flows, STALL) : flows;
    }

    private void look() {
        long left = limit() - (timers.clock().nanos() - movedAt);
        if (left > 0) {
            timers.armIn(timer, Math.min(left, STALL));
        } else {
            over.run();
        }
    }
}
