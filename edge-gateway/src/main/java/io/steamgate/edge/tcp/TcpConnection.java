package io.steamgate.edge.tcp;

import org.jspecify.annotations.Nullable;

/** One connection past LISTEN (RFC 9293 section 3.3.1). The poll loop's: every method is called there. */
public final class TcpConnection {
    TcpConnection() {}

    private static UnsupportedOperationException soon() {
        return new UnsupportedOperationException("not yet");
    }

    public int localAddress() {
        throw soon();
    }

    public int localPort() {
        throw soon();
    }

    public int remoteAddress() {
        throw soon();
    }

    public int remotePort() {
        throw soon();
    }

    public TcpState state() {
        throw soon();
    }

    /** What the handshake agreed on; before it is complete, null. */
    public @Nullable TcpAgreement agreed() {
        throw soon();
    }

    /** Who is told from now on. */
    public void events(TcpEvents events) {
        throw soon();
    }

    /** The array that holds the bytes received in order: {@link #readable} of them from {@link #receiveOffset} on. */
    public byte[] receiveArray() {
        throw soon();
    }

    public int receiveOffset() {
        throw soon();
    }

    /** Bytes received in order and not yet consumed. */
    public int readable() {
        throw soon();
    }

    /**
     * Drops the first {@code count} readable bytes; the window opens by as much, and the peer is told when it is worth a
     * segment (RFC 9293 section 3.8.6.2.2).
     */
    public void consume(int count) {
        throw soon();
    }

    /** Whether the peer's FIN was received in order: no more bytes than the readable ones will come. */
    public boolean endOfStream() {
        throw soon();
    }

    /** Changes the bounds of what may be buffered. A window already announced is never taken back. */
    public void receiveLimit(int bytes) {
        throw soon();
    }

    /** Freezes the right edge of the announced window whatever is consumed, until {@link #releaseWindow}. */
    public void holdWindow() {
        throw soon();
    }

    /** Lets the window follow the buffer again and announces it now when it grew. */
    public void releaseWindow() {
        throw soon();
    }

    /** Sends an acknowledgement that is being delayed. */
    public void acknowledgeNow() {
        throw soon();
    }

    /** Takes as many bytes as the send buffer has room for and sends what the windows allow. 0 after the output is shut. */
    public int write(byte[] bytes, int offset, int length) {
        throw soon();
    }

    /** Bytes written and not yet acknowledged, a FIN not counted. */
    public int unacknowledged() {
        throw soon();
    }

    /** Whether every written byte and, if the output is shut, the FIN has been acknowledged. */
    public boolean allAcknowledged() {
        throw soon();
    }

    /** Sends FIN after what is written: half-close. */
    public void shutdownOutput() {
        throw soon();
    }

    /** Resets the connection. {@link TcpEvents#closed} is told {@link TcpEnd#ABORTED}. */
    public void abort() {
        throw soon();
    }

    /**
     * Nobody will read any more: shuts the output. Unread or further bytes are answered by a reset (RFC 9293 section
     * 3.6.1), so what must arrive is written and acknowledged first.
     */
    public void close() {
        throw soon();
    }

    /**
     * Takes the connection out of every table and timer and sends nothing: from now on its packets are somebody else's.
     * No event follows.
     */
    public TcpSnapshot detach() {
        throw soon();
    }
}
