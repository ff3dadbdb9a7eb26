package io.steamgate.state.call;

import java.time.Duration;

/**
 * Keeps callers from waiting for servers that do not answer. Closed, it lets every call pass and counts; it opens when at
 * least {@code threshold} calls of the current window were met by silence and these are half of all, or when as many were in a
 * row. Open, it refuses calls for {@code pause}; then it lets one pass as a probe, and the answer to that closes it or opens it for another
 * pause.
 */
public final class CircuitBreaker {
    /** Where it stands. */
    public enum State {
        CLOSED,
        OPEN,
        /** A probe is under way. */
        PROBING
    }

    private final int threshold;
    private final long windowNanos;
    private final long pauseNanos;
    private final Ticks ticks;

    private State state = State.CLOSED;
    private long windowStartedAt;
    private int silent;
    private int silentInRow;
    private int calls;
    private long openedAt;
    private long opened;

    /**
     * @param threshold silent calls that open it
     * @param window over which they are counted
     * @param pause for which it stays open before a probe
     */
    public CircuitBreaker(int threshold, Duration window, Duration pause, Ticks ticks) {
        this.threshold = threshold;
        this.windowNanos = window.toNanos();
        this.pauseNanos = pause.toNanos();
        this.ticks = ticks;
        this.windowStartedAt = ticks.nanos();
    }

    /** Whether a call may be made now; each that may must be followed by {@link #answered} or {@link #silent}. */
    synchronized boolean admits() {
        if (state == State.CLOSED) {
            return true;
        }
        // A probe whose answer never came back here must not keep it open for ever.
        if (ticks.nanos() - openedAt < pauseNanos) {
            return false;
        }
        state = State.PROBING;
        openedAt = ticks.nanos();
        return true;
    }

    /** A server answered, be it with an error. */
    synchronized void answered() {
        if (state != State.CLOSED) {
            // Calls that were under way when it opened say nothing about now; a probe does.
            if (state == State.PROBING) {
                state = State.CLOSED;
                silent = 0;
                silentInRow = 0;
                calls = 0;
                windowStartedAt = ticks.nanos();
            }
            return;
        }
        silentInRow = 0;
        count();
    }

    /** No server answered in time. */
    synchronized void silent() {
        if (state == State.PROBING) {
            open();
        } else if (state == State.CLOSED) {
            count();
            silent++;
            silentInRow++;
            if (silentInRow >= threshold || silent >= threshold && silent * 2 >= calls) {
                open();
            }
        }
    }

    private void count() {
        long now = ticks.nanos();
        if (now - windowStartedAt >= windowNanos) {
            windowStartedAt = now;
            silent = 0;
            calls = 0;
        }
        calls++;
    }

    private void open() {
        state = State.OPEN;
        openedAt = ticks.nanos();
        opened++;
    }

    public synchronized State state() {
        return state;
    }

    /** How often it opened. */
    public synchronized long opened() {
        return opened;
    }
}
