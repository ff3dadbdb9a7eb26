package io.steamgate.edge.handoff;

/** Why a connection of a client, or its datagrams, ended; the {@code end} label of the metrics and the access log. */
public enum FlowEnd {
    /** Both ends closed. */
    CLOSED,
    /** One end reset it. */
    RESET,
    /** The client's next request belonged elsewhere. */
    MOVED,
    /** Nothing passed for the listener's idle time-out. */
    IDLE,
    /** Its ports were needed for a new connection while it lingered, or the client opened anew. */
    REPLACED,
    /** Datagrams: every question has its answer. */
    ANSWERED,
    /** Datagrams: the endpoint does not answer any more. */
    LOST,
    /** Datagrams: there was no room for one flow more, and this one was used least recently. */
    EVICTED,
    /** The edge stops. */
    STOPPED;

    /** As labels are written. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
