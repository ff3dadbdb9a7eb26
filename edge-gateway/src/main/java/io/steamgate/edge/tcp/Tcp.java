package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.IcmpError;
import io.steamgate.edge.stack.IpOutput;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.stack.Transport;

/** TCP over one IP (RFC 9293): finds the connection, listener or TIME-WAIT entry of a segment. */
public final class Tcp implements Transport {
    /** The IP protocol number. */
    public static final int PROTOCOL = 6;

    private final ListenTable listeners = new ListenTable();
    private final TcpCounters counters = new TcpCounters();

    @SuppressWarnings("unused")
    public Tcp(IpOutput output, Timers timers, Randomness randomness, TcpSettings settings) {}

    @Override
    public int protocol() {
        return PROTOCOL;
    }

    public TcpCounters counters() {
        return counters;
    }

    /**
     * Accepts connections to a range of ports.
     *
     * @param localAddress {@code int} bits; 0 for every address that IP gives us packets for
     * @throws IllegalStateException when another listener has one of the ports on the same address
     */
    public TcpListener listen(int localAddress, int firstPort, int lastPort, ListenOptions options, Acceptor acceptor) {
        TcpListener listener = new TcpListener(listeners, localAddress, firstPort, lastPort, options, acceptor);
        listeners.add(listener);
        return listener;
    }

    /** Whether {@link #connect} or {@link #resume} may use this four-tuple: nothing, or an expendable TIME-WAIT, has it. */
    public boolean free(int localAddress, int localPort, int remoteAddress, int remotePort) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Sends a SYN. The outcome is told by {@link TcpEvents#connected} or {@link TcpEvents#closed}, never before this
     * returns.
     *
     * @throws IllegalStateException when the four-tuple is in use
     */
    public TcpConnection connect(ConnectRequest request, TcpEvents events) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Puts a connection back, in ESTABLISHED or CLOSE-WAIT, and sends nothing. Bytes in flight at {@code
     * snapshot.sndUna()} are not ours to retransmit.
     *
     * @throws IllegalStateException when the four-tuple is in use
     */
    public TcpConnection resume(TcpSnapshot snapshot, int receiveLimit, TcpEvents events) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Answers a segment with a reset (RFC 9293 section 3.10.7.1), within the rate limit; never answers a reset. */
    public void reset(IpPacket packet) {
        throw new UnsupportedOperationException("not yet");
    }

    /** The timestamp offset of a four-tuple: the same for every connection that uses it, so its clock never goes back. */
    public int timestampOffset(int localAddress, int localPort, int remoteAddress, int remotePort) {
        throw new UnsupportedOperationException("not yet");
    }

    /** The timestamp clock: milliseconds; a connection adds its offset. */
    public int timestampClock() {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public void receive(IpPacket packet) {}

    @Override
    public void error(
            IcmpError error, int source, int destination, IpPacket quote, int quotedOffset, int quotedLength) {}
}
