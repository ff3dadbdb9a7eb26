package io.steamgate.state.call;

import java.util.Locale;

/** Why shared state did not answer. */
public enum Reason {
    /** There is no connection to any server yet, or they refused this client: its health says which. */
    DISCONNECTED(false),
    /** The circuit breaker is open: calls are not even tried until a server answers again. */
    BREAKER_OPEN(false),
    /** As many calls as are allowed are under way already. */
    BUSY(false),
    /** The budget is spent. */
    TIMED_OUT(true),
    /** The connection broke and no other server could be tried in time. */
    CONNECTION_LOST(true),
    /** The servers are split, and this side has no majority: this cache is not written here, or this key is on the other side. */
    DEGRADED(false),
    /** A server answered with an error; the log has it. */
    FAILED(false);

    private final boolean silence;

    Reason(boolean silence) {
        this.silence = silence;
    }

    /** Whether it speaks against the servers as a whole, and counts for the circuit breaker. */
    boolean isSilence() {
        return silence;
    }

    /** As it stands in metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
