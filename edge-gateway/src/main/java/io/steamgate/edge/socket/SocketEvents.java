package io.steamgate.edge.socket;

/** What happens to a TCP socket, as method calls on the poll loop: they must not wait, nor call what waits. */
public interface SocketEvents {
    /** For a socket whose thread asks instead. */
    SocketEvents NONE = new SocketEvents() {};

    /** Bytes are buffered in both directions from now on. */
    default void connected(TcpSocket socket) {}

    /** There is more to read, or the end of the stream. */
    default void readable(TcpSocket socket) {}

    /** Nothing more happens. */
    default void closed(TcpSocket socket) {}
}
