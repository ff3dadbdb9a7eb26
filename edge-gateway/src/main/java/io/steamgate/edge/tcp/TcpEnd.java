package io.steamgate.edge.tcp;

/** How a connection ended. */
public enum TcpEnd {
    /** The SYN was answered by a reset. */
    REFUSED,
    /** The peer did not answer: to the SYN, to data, to keep-alives or to window probes. */
    TIMED_OUT,
    /** The peer reset an established connection. */
    RESET,
    /** Both directions were closed and acknowledged. */
    FINISHED,
    /** The network says the peer cannot be reached (ICMP), or there is no route. */
    UNREACHABLE,
    /** {@link TcpConnection#abort()} was called. */
    ABORTED
}
