package io.steamgate.edge.tcp;

/**
 * What happens to a connection, told on the poll loop after the segment that caused it was processed. Every method may
 * call the connection, also to detach or abort it; after that nothing more is told.
 */
public interface TcpEvents {
    /** For a connection nobody looks at. */
    TcpEvents NONE = new TcpEvents() {};

    /** An active open succeeded. */
    default void connected() {}

    /** There are new bytes in order, or the peer's FIN was reached. */
    default void readable() {}

    /** The peer has acknowledged more. */
    default void acknowledged() {}

    /** A {@link TcpConnection#write} that took less than it was given may be tried again. */
    default void writable() {}

    /** The last event. */
    default void closed(TcpEnd reason) {}
}
