package io.steamgate.edge.handoff;

import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** One end of a connection as a test drives it: keeps what it reads, and does nothing by itself. */
final class RawEnd implements TcpEvents {
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    final TcpConnection connection;
    Optional<TcpEnd> closed = Optional.empty();
    boolean connected;

    RawEnd(TcpConnection connection) {
        this.connection = connection;
        connection.events(this);
    }

    void send(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        if (connection.write(bytes, 0, bytes.length) < bytes.length) {
            throw new AssertionError("the send buffer is full");
        }
    }

    String text() {
        return received.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void connected() {
        connected = true;
    }

    @Override
    public void readable() {
        received.write(connection.receiveArray(), connection.receiveOffset(), connection.readable());
        connection.consume(connection.readable());
    }

    @Override
    public void closed(TcpEnd reason) {
        closed = Optional.of(reason);
    }
}
