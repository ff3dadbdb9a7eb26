package io.steamgate.edge.tcp;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An end of a test connection: writes what it is given, reads all, closes when told and done. */
final class Application implements TcpEvents {
    final byte[] toSend;
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    final List<String> log = new ArrayList<>();

    @Nullable
    TcpConnection connection;

    @Nullable
    TcpEnd end;

    int written;
    int readMost = Integer.MAX_VALUE;
    boolean closesWhenSent = true;
    boolean sawEnd;

    Application(byte[] toSend) {
        this.toSend = toSend;
    }

    Application on(TcpConnection connection) {
        this.connection = connection;
        connection.events(this);
        return this;
    }

    TcpConnection connection() {
        if (connection == null) {
            throw new AssertionError("no connection");
        }
        return connection;
    }

    @Override
    public void connected() {
        log.add("connected");
        pump();
    }

    @Override
    public void readable() {
        read(readMost);
        if (connection().endOfStream()) {
            sawEnd = true;
        }
    }

    void read(int most) {
        int count = Math.min(most, connection().readable());
        received.write(connection().receiveArray(), connection().receiveOffset(), count);
        connection().consume(count);
    }

    @Override
    public void acknowledged() {
        pump();
    }

    @Override
    public void writable() {
        pump();
    }

    void pump() {
        if (written < toSend.length) {
            written += connection().write(toSend, written, toSend.length - written);
        }
        if (written == toSend.length && closesWhenSent) {
            connection().shutdownOutput();
        }
    }

    @Override
    public void closed(TcpEnd reason) {
        log.add("closed " + reason);
        end = reason;
    }
}
