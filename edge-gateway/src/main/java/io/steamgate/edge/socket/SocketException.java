package io.steamgate.edge.socket;

import io.steamgate.edge.tcp.TcpEnd;

/** A socket cannot do what it was asked: its connection has ended, or it was closed. */
public final class SocketException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SocketException(String message) {
        super(message);
    }

    static SocketException ended(TcpEnd end) {
        return new SocketException("the connection has ended: " + end);
    }
}
