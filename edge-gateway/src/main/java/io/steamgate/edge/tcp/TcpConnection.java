package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.wire.TcpOptions;
import io.steamgate.edge.wire.TcpView;
import java.util.Arrays;

/**
 * One connection past LISTEN (RFC 9293 section 3.3.1). The poll loop's: every method is called there. The segments it
 * receives are judged by {@link SegmentArrival}; this is its state and what an application does with it.
 */
public final class TcpConnection extends TcpEntry {
    private final Tcp tcp;
    private final ConnectionTimers timers;
    private final Sender sender;
    private Receiver receiver;
    private final SynOffer offer;
    private TcpState state;
    private TcpEvents events;
    private TcpAgreement agreed = TcpAgreement.NONE;
    private int tsOffset;
    private int pathMtu;

    /** What is to be told once the segment or timer under way is dealt with. */
    private int news;

    private static final int CONNECTED = 1;
    private static final int READABLE = 2;
    private static final int ACKNOWLEDGED = 4;
    private static final int CLOSED = 8;

    private TcpEnd end = TcpEnd.FINISHED;
    private boolean busy;
    /** The application is done with it. */
    private boolean orphan;
    /** Past the handshake: the gauge counts it. */
    private boolean counted;

    private long emptyAnsweredAt;
    private boolean emptyAnswered;

    /** RFC 5961 leaves it open; twice a second is what Linux answers of segments that carry nothing. */
    private static final long EMPTY_ANSWER_INTERVAL = Clock.NANOS_PER_SECOND / 2;

    /** Made by {@link Openings}. */
    TcpConnection(
            Tcp tcp,
            int localAddress,
            int localPort,
            int remoteAddress,
            int remotePort,
            TcpState state,
            SynOffer offer,
            int iss,
            Receiver receiver,
            TcpEvents events,
            int firstTimeoutTries,
            long firstTimeoutNanos) {
        super(localAddress, localPort, remoteAddress, remotePort);
        this.tcp = tcp;
        this.state = state;
        this.offer = offer;
        this.receiver = receiver;
        this.events = events;
        pathMtu = tcp.output().pathMtu(remoteAddress);
        sender = new Sender(this, iss, Math.max(TcpAgreement.LEAST_MSS, pathMtu - 40), tcp.settings());
        timers = new ConnectionTimers(this, tcp, firstTimeoutNanos, firstTimeoutTries);
        tsOffset = tcp.isns().timestampOffset(localAddress, remoteAddress, ports);
    }

    // ---------------------------------------------------------------- what an application sees

    public TcpState state() {
        return state;
    }

    /** What the handshake agreed on; {@link TcpAgreement#NONE} before it is complete. */
    public TcpAgreement agreed() {
        return agreed;
    }

    /** Who is told from now on. */
    public void events(TcpEvents events) {
        this.events = events;
    }

    /** The array that holds the bytes received in order: {@link #readable} of them from {@link #receiveOffset} on. */
    public byte[] receiveArray() {
        return receiver.buffer.array();
    }

    public int receiveOffset() {
        return receiver.buffer.start();
    }

    /** Bytes received in order and not yet consumed. */
    public int readable() {
        return receiver.buffer.length();
    }

    /**
     * Drops the first {@code count} readable bytes; the window opens by as much, and the peer is told when it is worth a
     * segment (RFC 9293 section 3.8.6.2.2).
     */
    public void consume(int count) {
        if (count < 0 || count > readable()) {
            throw new IndexOutOfBoundsException(count + " of " + readable() + " readable bytes");
        }
        receiver.consume(count);
        settle();
    }

    /** Whether the peer's FIN was received in order: no more bytes than the readable ones will come. */
    public boolean endOfStream() {
        return receiver.finReceived;
    }

    /**
     * Changes the bound of what may be buffered. Windows are announced in steps of {@code 1 << rcvWndShift}, so up to one
     * step more may come. A window already announced is never taken back.
     */
    public void receiveLimit(int bytes) {
        receiver.limit(bytes);
        settle();
    }

    public int receiveLimit() {
        return receiver.limit();
    }

    /** Freezes the right edge of the announced window whatever is consumed, until {@link #releaseWindow}. */
    public void holdWindow() {
        receiver.hold(true);
    }

    /** Lets the window follow the buffer again and announces it now when it grew. */
    public void releaseWindow() {
        receiver.hold(false);
        settle();
    }

    /** Whether an acknowledgement may be delayed now (RFC 1122 section 4.2.3.2, RFC 5681 section 4.2). */
    public boolean mayAcknowledgeLater() {
        return receiver.patient();
    }

    /** Sends an acknowledgement that is being delayed. */
    public void acknowledgeNow() {
        if (receiver.unacknowledged > 0) {
            receiver.ackNow = true;
        }
        settle();
    }

    /** Takes as many bytes as the send buffer has room for and sends what the windows allow. 0 after the output is shut. */
    public int write(byte[] bytes, int offset, int length) {
        if (sender.finQueued || state == TcpState.CLOSED) {
            return 0;
        }
        int taken = Math.clamp((long) tcp.settings().sendBuffer() - sender.buffer.length(), 0, length);
        sender.refused = taken < length;
        if (taken > 0) {
            sender.buffer.append(bytes, offset, taken);
            settle();
        }
        return taken;
    }

    /** Bytes that {@link #write} would take now. */
    public int writable() {
        return sender.finQueued || state == TcpState.CLOSED
                ? 0
                : Math.max(0, tcp.settings().sendBuffer() - sender.buffer.length());
    }

    /** Bytes written and not yet acknowledged, a FIN not counted. */
    public int unacknowledged() {
        return sender.buffer.length();
    }

    /** A copy of the bytes written and not yet acknowledged, also of a connection that has ended. */
    public byte[] unacknowledgedBytes() {
        int from = sender.buffer.start();
        return Arrays.copyOfRange(sender.buffer.array(), from, from + sender.buffer.length());
    }

    /** Whether every written byte and, if the output is shut, the FIN has been acknowledged. */
    public boolean allAcknowledged() {
        return sender.buffer.length() == 0 && (!sender.finQueued || sender.finAcked);
    }

    /**
     * Whether a segment with these numbers is the peer's next one and acknowledges all that was ever written here: before
     * its payload is taken, nothing is on its way in either direction.
     */
    public boolean atRest(int seq, int ack) {
        return state != TcpState.CLOSED
                && seq == receiver.rcvNxt
                && !receiver.hasEarly()
                && ack == sender.sndNxt
                && !sender.pending();
    }

    /** Sends FIN after what is written: half-close. */
    public void shutdownOutput() {
        switch (state) {
            case SYN_SENT, SYN_RECEIVED -> sender.finQueued = true;
            case ESTABLISHED -> {
                sender.finQueued = true;
                state = TcpState.FIN_WAIT_1;
                settle();
            }
            case CLOSE_WAIT -> {
                sender.finQueued = true;
                state = TcpState.LAST_ACK;
                settle();
            }
            case FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, CLOSED -> {}
        }
    }

    /** Resets the connection. {@link TcpEvents#closed} is told {@link TcpEnd#ABORTED}. */
    public void abort() {
        if (state == TcpState.CLOSED) {
            return;
        }
        if (state != TcpState.SYN_SENT) {
            sendReset();
        }
        news = 0;
        end(TcpEnd.ABORTED);
        settle();
    }

    /**
     * Nobody will read any more: shuts the output. Bytes that are unread or still come are answered by a reset (RFC 9293
     * section 3.6.1), so an application that wants its last words to arrive shuts its output, reads to the end of stream
     * and closes then.
     */
    public void close() {
        if (state == TcpState.SYN_SENT || readable() > 0) {
            abort();
            return;
        }
        orphan = true;
        shutdownOutput();
        timers.orphaned();
    }

    /**
     * Takes the connection out of every table and timer and sends nothing: from now on its packets are somebody else's.
     * No event follows.
     */
    public TcpSnapshot detach() {
        TcpSnapshot snapshot = snapshot();
        if (state != TcpState.CLOSED) {
            state = TcpState.CLOSED;
            tcp.forget(this);
            timers.cancel();
            tcp.counters().detached.increment();
        }
        news = 0;
        events = TcpEvents.NONE;
        return snapshot;
    }

    /** The connection's numbers now, without detaching it. */
    public TcpSnapshot snapshot() {
        return new TcpSnapshot(
                localAddress,
                localPort(),
                remoteAddress,
                remotePort(),
                sender.iss,
                receiver.irs,
                sender.sndUna,
                sender.sndNxt,
                sender.sndNxt,
                sender.sndWnd,
                sender.sndWl1,
                sender.sndWl2,
                receiver.rcvNxt,
                receiver.window(),
                receiver.rcvAdv,
                receiver.lastAckSent,
                agreed,
                receiver.tsRecent,
                timestamp(),
                tsOffset,
                receiver.finReceived,
                sender.finSent,
                sender.finAcked);
    }

    @Override
    public String toString() {
        return addresses() + " " + state;
    }

    // ---------------------------------------------------------------- what the rest of the package works with

    Tcp tcp() {
        return tcp;
    }

    Sender sender() {
        return sender;
    }

    Receiver receiver() {
        return receiver;
    }

    ConnectionTimers timers() {
        return timers;
    }

    boolean orphan() {
        return orphan;
    }

    SynOffer offer() {
        return offer;
    }

    void state(TcpState next) {
        state = next;
    }

    /** Our timestamp now. */
    int timestamp() {
        return tcp.timestampClock() + tsOffset;
    }

    int tsOffset() {
        return tsOffset;
    }

    /** Our clock goes on from one that the peer has seen. */
    void tsOffset(int offset) {
        tsOffset = offset;
    }

    /** Settles the peer's sequence numbers when its SYN arrives in SYN-SENT. */
    void synchronise(Segment syn) {
        int announced = Math.min(receiver.limit(), 0xFFFF);
        boolean scaled = offer.scalesWindow() && syn.options.windowScale() >= 0;
        receiver = new Receiver(
                syn.seq,
                syn.seq + 1,
                syn.seq + 1 + announced,
                scaled ? offer.shift() : 0,
                offer.mss(),
                receiver.limit());
        if (syn.options.hasTimestamps()) {
            receiver.tsRecent = syn.options.tsVal();
            receiver.tsRecentAt = tcp.timestampClock();
        }
        agree(TcpAgreement.of(offer, syn.options, pathMtu));
        // The window of a SYN is never scaled (RFC 7323 section 2.2).
        sender.windowIs(syn.window, syn.seq, syn.ack);
    }

    void agree(TcpAgreement agreement) {
        agreed = agreement;
        sender.start(agreement);
    }

    void established() {
        state = TcpState.ESTABLISHED;
        timers.established();
        counted = true;
        tcp.counters().connections.increment();
        if (sender.finQueued) {
            state = TcpState.FIN_WAIT_1;
        }
    }

    boolean counted() {
        return counted;
    }

    /** Whether an unacceptable segment without bytes may be answered now. */
    boolean mayAnswerEmpty(long now) {
        if (emptyAnswered && now - emptyAnsweredAt < EMPTY_ANSWER_INTERVAL) {
            return false;
        }
        emptyAnswered = true;
        emptyAnsweredAt = now;
        return true;
    }

    void connected() {
        news |= CONNECTED;
    }

    void readableNews() {
        news |= READABLE;
    }

    void acknowledgedNews() {
        news |= ACKNOWLEDGED;
    }

    /** Ends the connection: out of every table and timer, and the application is told. */
    void end(TcpEnd reason) {
        if (state == TcpState.CLOSED) {
            return;
        }
        state = TcpState.CLOSED;
        end = reason;
        news |= CLOSED;
        tcp.forget(this);
        timers.cancel();
    }

    /** Both directions are closed; the four-tuple is left to a small entry (RFC 9293 section 3.6.1). */
    void timeWait() {
        end(TcpEnd.FINISHED);
        tcp.timeWaits().add(new TimeWait(this));
    }

    /** Bytes of payload that fit a segment with the options it will carry. */
    int payloadRoom() {
        if (!agreed.sack() || !receiver.hasEarly()) {
            return sender.mss;
        }
        int blocks = Math.min(receiver.earlyRanges(), agreed.timestamps() ? 3 : TcpOptions.MAX_SACK_BLOCKS);
        return sender.mss - TcpOptions.sackLength(blocks);
    }

    void transmit(int seq, int flags, int index, int length) {
        int window = receiver.window();
        boolean dontFragment = pathMtu > Tcp.LEAST_PATH_MTU;
        tcp.writer().data(this, seq, flags, window, index, length, dontFragment);
        receiver.announced(window);
    }

    void sendAck() {
        transmit(sender.sndNxt, TcpView.ACK, 0, 0);
    }

    void sendReset() {
        tcp.counters().resetsSent.increment();
        tcp.writer()
                .bare(localAddress, remoteAddress, ports, sender.sndNxt, receiver.rcvNxt, TcpView.RST | TcpView.ACK, 0);
    }

    void sendSyn() {
        int tsEcr = state == TcpState.SYN_RECEIVED ? receiver.tsRecent : 0;
        int flags = state == TcpState.SYN_RECEIVED ? TcpView.SYN | TcpView.ACK : TcpView.SYN;
        int ack = state == TcpState.SYN_RECEIVED ? receiver.rcvNxt : 0;
        int window = Math.min(receiver.limit(), 0xFFFF);
        boolean sent = tcp.writer().syn(this, sender.iss, ack, flags, window, offer, timestamp(), tsEcr);
        timers.synSent(sent);
    }

    /** A segment for this connection. */
    void receive(Segment segment) {
        busy = true;
        tcp.arrival().receive(this, segment);
        finish();
    }

    /** The path carries less than we sent (RFC 1191). */
    void pathMtu(int mtu) {
        if (mtu >= pathMtu) {
            return;
        }
        pathMtu = Math.max(mtu, Tcp.LEAST_PATH_MTU);
        int mss = Math.max(TcpAgreement.LEAST_MSS, pathMtu - 40 - (agreed.timestamps() ? 12 : 0));
        if (mss < sender.mss) {
            sender.segmentSize(mss);
            settle();
        }
    }

    int pathMtu() {
        return pathMtu;
    }

    /** After a call of the application or a timer: tells what there is to tell, then sends what there is to send. */
    void settle() {
        if (!busy) {
            busy = true;
            finish();
        }
    }

    private void finish() {
        try {
            tell();
        } finally {
            busy = false;
        }
        if (state == TcpState.CLOSED || state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED) {
            return;
        }
        sender.output(tcp.now());
        if (receiver.ackNow || receiver.updateDue()) {
            sendAck();
        }
        timers.rearm();
    }

    private void tell() {
        while (news != 0) {
            int first = Integer.lowestOneBit(news);
            news &= ~first;
            switch (first) {
                case CONNECTED -> events.connected();
                case READABLE -> events.readable();
                case ACKNOWLEDGED -> {
                    events.acknowledged();
                    if (sender.refused && writable() > 0) {
                        sender.refused = false;
                        events.writable();
                    }
                }
                default -> events.closed(end);
            }
        }
    }
}
