package io.steamgate.edge.tcp;

/** Takes the connections of a listener. */
@FunctionalInterface
public interface Acceptor {
    /**
     * The handshake is complete. The acceptor sets {@link TcpConnection#events(TcpEvents)} here; data that came with the
     * last ACK is announced right after by {@link TcpEvents#readable}.
     */
    void accepted(TcpConnection connection);
}
