package io.steamgate.edge.tcp;

/** RFC 9293 section 3.3.2. LISTEN is a {@link TcpListener}; TIME-WAIT outlives the connection as a small entry. */
public enum TcpState {
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK,
    /** Nothing is known of it any more: ended, detached, or passed to TIME-WAIT. */
    CLOSED
}
