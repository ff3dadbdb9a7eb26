package io.steamgate.state.call;

import java.time.Duration;

/**
 * Keeps callers from waiting for servers that do not answer. Closed, it lets every call pass and counts. It opens when there was
 * no answer at all for a whole window in which at least {@value #FEW} calls were made, or when of the last one to two windows
 * at least {@value #MANY} calls, and half of all, were met by silence: one server of three that dies under load does not open it.
 * Open, it refuses calls for a pause; then it lets one pass as a probe, and the answer to that closes it or opens it for
 * another pause.
 */
public final class CircuitBreaker {
    static final int FEW = 5;
    static final int MANY = 20;

    /** Where it stands. */
    public enum State {
        CLOSED,
        OPEN,
        /** A probe is under way. */
        PROBING
    }

    private final long windowNanos;
    private final long pauseNanos;
    private final Ticks ticks;

    /** Written under the lock, and read without it by every call. */
    private volatile State state = State.CLOSED;

    private long windowStartedAt;
    private int silent;
    private int calls;
    private int silentBefore;
    private int callsBefore;
    private long lastAnswerAt;
    private int silentSinceAnswer;
    private long openedAt;
    private long opened;

    /**
     * @param window over which is counted
     * @param pause for which it stays open before a probe
     */
    public CircuitBreaker(Duration window, Duration pause, Ticks ticks) {
        this.windowNanos = window.toNanos();
        this.pauseNanos = pause.toNanos();
        this.ticks = ticks;
        close();
    }

    /** Whether a call may be made now; each that may must be followed by {@link #answered} or {@link #silent}. */
    boolean admits() {
        return state == State.CLOSED || admitsProbe();
    }

    private synchronized boolean admitsProbe() {
        if (state == State.CLOSED) {
            return true;
        }
        // Also for a probe that never came back: it must not keep everybody out for ever.
        if (ticks.nanos() - openedAt < pauseNanos) {
            return false;
        }
        state = State.PROBING;
        openedAt = ticks.nanos();
        return true;
    }

    /** A server answered, be it with an error. */
    synchronized void answered() {
        switch (state) {
            case CLOSED -> {
                lastAnswerAt = ticks.nanos();
                silentSinceAnswer = 0;
                count();
            }
            case PROBING -> close();
            // A call that was under way when it opened says nothing about now.
            case OPEN -> {}
        }
    }

    /** No server answered in time, or none could be reached. */
    synchronized void silent() {
        switch (state) {
            case CLOSED -> {
                count();
                silent++;
                silentSinceAnswer++;
                boolean none = silentSinceAnswer >= FEW && ticks.nanos() - lastAnswerAt >= windowNanos;
                int all = silent + silentBefore;
                if (none || all >= MANY && all * 2 >= calls + callsBefore) {
                    open();
                }
            }
            case PROBING -> open();
            case OPEN -> {}
        }
    }

    private void count() {
        long age = ticks.nanos() - windowStartedAt;
        if (age >= windowNanos) {
            boolean next = age < 2 * windowNanos;
            silentBefore = next ? silent : 0;
            callsBefore = next ? calls : 0;
            silent = 0;
            calls = 0;
            windowStartedAt += next ? windowNanos : age;
        }
        calls++;
    }

    private void close() {
        state = State.CLOSED;
        windowStartedAt = ticks.nanos();
        lastAnswerAt = windowStartedAt;
        silent = 0;
        calls = 0;
        silentBefore = 0;
        callsBefore = 0;
        silentSinceAnswer = 0;
    }

    private void open() {
        state = State.OPEN;
        openedAt = ticks.nanos();
        opened++;
    }

    public State state() {
        return state;
    }

    /** How often it opened. */
    public synchronized long opened() {
        return opened;
    }
}
