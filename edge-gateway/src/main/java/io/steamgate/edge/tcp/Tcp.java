package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.IcmpError;
import io.steamgate.edge.stack.IpOutput;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.stack.Transport;
import io.steamgate.edge.wire.NetworkOrder;
import io.steamgate.edge.wire.TcpView;

/** TCP over one IP (RFC 9293): finds the connection, handshake, TIME-WAIT entry or listener of a segment. */
public final class Tcp implements Transport {
    /** The IP protocol number. */
    public static final int PROTOCOL = 6;
    /** Below this a path MTU is not believed; segments of that size are sent without "don't fragment" instead. */
    static final int LEAST_PATH_MTU = 552;

    private final IpOutput output;
    private final Timers timers;
    private final Clock clock;
    private final TcpSettings settings;
    private final TcpCounters counters = new TcpCounters();
    private final ListenTable listeners = new ListenTable();
    private final ConnectionTable table;
    private final IsnGenerator isns;
    private final SegmentWriter writer;
    private final SegmentArrival arrival;
    private final SynCookies cookies;
    private final Handshakes handshakes;
    private final TimeWaits timeWaits;
    private final IcmpErrors icmpErrors;
    private final RateLimit challenges;
    private final RateLimit resets;
    private final TcpView view = new TcpView();
    private final Segment segment = new Segment();
    private CookieOffload offload = CookieOffload.NONE;
    private boolean busy;

    public Tcp(IpOutput output, Timers timers, Randomness randomness, TcpSettings settings) {
        this.output = output;
        this.timers = timers;
        this.settings = settings;
        clock = timers.clock();
        table = new ConnectionTable(randomness.nextLong());
        isns = new IsnGenerator(clock, randomness);
        writer = new SegmentWriter(output, counters);
        arrival = new SegmentArrival(this);
        cookies = new SynCookies(clock, randomness);
        handshakes = new Handshakes(this, listeners, cookies);
        timeWaits = new TimeWaits(this);
        icmpErrors = new IcmpErrors(this, handshakes);
        challenges = new RateLimit(settings.challengeAcksPerSecond(), clock, randomness);
        resets = new RateLimit(settings.resetsPerSecond(), clock, randomness);
    }

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

    /** What whoever is to answer SYNs must know. */
    public CookieOffload.Keys offloadKeys() {
        return new CookieOffload.Keys(
                cookies.hash().k0, cookies.hash().k1, isns.hash().k0, isns.hash().k1, table.key());
    }

    /** Has SYNs answered by somebody else, with cookies by {@link #offloadKeys}. */
    public void offload(CookieOffload to) {
        table.claimBy(to);
        offload = to;
    }

    /** Whether more than half of the handshakes are under way that may be remembered. */
    public boolean crowded() {
        return handshakes.crowded();
    }

    /** The tick that a cookie made now has. */
    public int cookieTick() {
        return cookies.tick();
    }

    /** What an undamaged segment tells about a handshake that somebody else has begun with its client. */
    public SynCookies.Echo cookieOf(IpPacket packet) {
        if (!offload.answers() || !checksumRight(packet)) {
            return SynCookies.Echo.NONE;
        }
        // Not the segment and view at hand: those of the one under way may still be needed.
        TcpView its = new TcpView();
        return its.wrap(packet.memory(), packet.payloadOffset(), packet.payloadLength())
                ? handshakes.echo(new Segment().read(packet, its))
                : SynCookies.Echo.NONE;
    }

    /** Whether {@link #connect} or {@link #resume} may use this four-tuple. One in TIME-WAIT is not free. */
    public boolean free(int localAddress, int localPort, int remoteAddress, int remotePort) {
        return table.get(localAddress, remoteAddress, localPort << 16 | remotePort) == null;
    }

    /**
     * Sends a SYN. The outcome is told by {@link TcpEvents#connected} or {@link TcpEvents#closed}, never before this
     * returns.
     *
     * @throws IllegalStateException when the four-tuple is in use
     */
    public TcpConnection connect(ConnectRequest request, TcpEvents events) {
        int ports = request.localPort() << 16 | request.remotePort();
        int iss = isns.next(request.localAddress(), request.remoteAddress(), ports);
        TcpConnection connection = Openings.active(this, request, iss, events);
        claim(connection);
        counters.connectsStarted.increment();
        connection.sendSyn();
        return connection;
    }

    /**
     * Puts a connection back, in ESTABLISHED or CLOSE-WAIT, and sends nothing. Bytes before {@code snapshot.sndMax()} are
     * not ours to retransmit.
     *
     * @param receiveLimit bytes the application will buffer
     * @throws IllegalStateException when the four-tuple is in use
     */
    public TcpConnection resume(TcpSnapshot snapshot, int receiveLimit, TcpEvents events) {
        TcpConnection connection = Openings.resumed(this, snapshot, receiveLimit, events);
        claim(connection);
        TcpState state = connection.state();
        connection.established();
        connection.state(state);
        counters.resumed.increment();
        return connection;
    }

    private void claim(TcpConnection connection) {
        if (table.get(connection.localAddress, connection.remoteAddress, connection.ports) != null) {
            throw new IllegalStateException(connection.addresses() + " is in use");
        }
        table.put(connection);
    }

    /** Answers a segment with a reset (RFC 9293 section 3.10.7.1), within the rate limit; never answers a reset. */
    public void reset(IpPacket packet) {
        // Called from within events, while the segment under way is still needed.
        TcpView view = new TcpView();
        if (view.wrap(packet.memory(), packet.payloadOffset(), packet.payloadLength())) {
            answerReset(new Segment().read(packet, view));
        }
    }

    /**
     * Asks the other end of a connection that the stack does not hold whether it still has it: with an empty segment that
     * is outside of every window, which one that has it answers by an acknowledgement (RFC 9293 section 3.10.7.4) and one
     * that has not by a reset. It carries timestamps, because one that agreed on them answers nothing else (RFC 7323
     * section 3.2).
     *
     * @param ports the local one in the upper 16 bits
     * @param seq a number that the other end does not expect
     */
    public void ask(int localAddress, int remoteAddress, int ports, int seq, int tsVal) {
        writer.stamped(localAddress, remoteAddress, ports, seq, seq, TcpView.ACK, 0, tsVal, 0);
    }

    /**
     * Acknowledges what a connection had received when it was detached.
     *
     * @param window to announce, in bytes
     */
    public void acknowledge(TcpSnapshot of, int window) {
        int ports = of.localPort() << 16 | of.remotePort();
        int scaled = Math.min(0xFFFF, window >>> of.agreement().rcvWndShift());
        if (of.agreement().timestamps()) {
            writer.stamped(
                    of.localAddress(),
                    of.remoteAddress(),
                    ports,
                    of.sndMax(),
                    of.rcvNxt(),
                    TcpView.ACK,
                    scaled,
                    of.tsNow(),
                    of.tsRecent());
        } else {
            writer.bare(of.localAddress(), of.remoteAddress(), ports, of.sndMax(), of.rcvNxt(), TcpView.ACK, scaled);
        }
    }

    /**
     * Resets a connection that the stack does not hold.
     *
     * @param ports the local one in the upper 16 bits
     * @param seq what the other end expects next; it answers any other by an acknowledgement that says what it does (RFC
     *     5961 section 3.2)
     */
    public void breakOff(int localAddress, int remoteAddress, int ports, int seq) {
        writer.bare(localAddress, remoteAddress, ports, seq, 0, TcpView.RST, 0);
        counters.resetsSent.increment();
    }

    /** The timestamp offset of a four-tuple: the same for every connection that uses it, so its clock never goes back. */
    public int timestampOffset(int localAddress, int localPort, int remoteAddress, int remotePort) {
        return isns.timestampOffset(localAddress, remoteAddress, localPort << 16 | remotePort);
    }

    /** The timestamp clock: milliseconds; a connection adds its offset. */
    public int timestampClock() {
        return (int) Long.divideUnsigned(clock.nanos(), Clock.NANOS_PER_MILLI);
    }

    /** Whether a packet's TCP checksum is right, or need not be looked at. For who acts on a segment before TCP does. */
    public boolean checksumRight(IpPacket packet) {
        return packet.frame().checksumTrusted()
                || view.wrap(packet.memory(), packet.payloadOffset(), packet.payloadLength())
                        && view.checksumValid(packet.source(), packet.destination());
    }

    @Override
    public void receive(IpPacket packet) {
        if (busy) {
            // From within an event: the segment under way is still needed.
            receive(packet, new TcpView(), new Segment());
            return;
        }
        busy = true;
        try {
            receive(packet, view, segment);
        } finally {
            busy = false;
        }
    }

    private void receive(IpPacket packet, TcpView view, Segment segment) {
        counters.segmentsReceived.increment();
        if (!view.wrap(packet.memory(), packet.payloadOffset(), packet.payloadLength())) {
            counters.malformed.increment();
            return;
        }
        if (!packet.frame().checksumTrusted() && !view.checksumValid(packet.source(), packet.destination())) {
            counters.badChecksum.increment();
            return;
        }
        segment.read(packet, view);
        switch (table.get(segment.localAddress, segment.remoteAddress, segment.ports())) {
            case TcpConnection connection -> connection.receive(segment);
            case Embryo embryo -> handshakes.receive(embryo, segment);
            case TimeWait entry -> {
                if (timeWaits.receive(entry, segment)) {
                    // Beyond everything the old connection sent, whatever the clock says (RFC 9293 section 3.6.1).
                    unclaimed(segment, true, entry.sndNxt + 0x1_0000);
                }
            }
            case null -> unclaimed(segment, false, 0);
        }
    }

    /** A segment whose four-tuple nobody has. */
    private void unclaimed(Segment segment, boolean bounded, int leastIss) {
        if (segment.rst()) {
            counters.unexpected.increment();
            return;
        }
        boolean taken;
        if (segment.hasAck()) {
            taken = !segment.syn() && handshakes.cookieAck(segment) != null;
        } else if (segment.syn() && !segment.fin()) {
            taken = handshakes.syn(segment, bounded, leastIss);
        } else {
            taken = false;
        }
        if (!taken) {
            counters.unexpected.increment();
            if (settings.resetUnexpected() && handshakes.echo(segment) != SynCookies.Echo.EARLY) {
                answerReset(segment);
            }
        }
    }

    @Override
    public void error(
            IcmpError error, int source, int destination, IpPacket quote, int quotedOffset, int quotedLength) {
        if (quotedLength < 8
                || quotedOffset < 0
                || quotedOffset + 8L > quote.memory().byteSize()) {
            return;
        }
        int ports = NetworkOrder.i32(quote.memory(), quotedOffset);
        int seq = NetworkOrder.i32(quote.memory(), quotedOffset + TcpView.SEQUENCE);
        icmpErrors.receive(error, table.get(source, destination, ports), destination, seq);
    }

    // ---------------------------------------------------------------- what the rest of the package works with

    /** Resets a connection that is not there, within the rate. */
    void reset(int localAddress, int remoteAddress, int ports, int seq) {
        if (resets.allow()) {
            counters.resetsSent.increment();
            writer.bare(localAddress, remoteAddress, ports, seq, 0, TcpView.RST, 0);
        } else {
            counters.resetsSuppressed.increment();
        }
    }

    /** Answers with a reset if the limit allows; never answers one. */
    void answerReset(Segment to) {
        if (to.rst()) {
            return;
        }
        if (resets.allow()) {
            writer.reset(to);
        } else {
            counters.resetsSuppressed.increment();
        }
    }

    /** Whether a challenge acknowledgement may be sent now (RFC 5961 section 7). */
    boolean allowChallenge() {
        boolean allowed = challenges.allow();
        (allowed ? counters.challengeAcks : counters.challengeAcksSuppressed).increment();
        return allowed;
    }

    void remember(TcpEntry entry) {
        table.put(entry);
    }

    void forgetEntry(TcpEntry entry) {
        table.remove(entry);
    }

    void forget(TcpConnection connection) {
        table.remove(connection);
        if (connection.counted()) {
            counters.connections.add(-1);
        }
    }

    long now() {
        return clock.nanos();
    }

    IpOutput output() {
        return output;
    }

    Timers timers() {
        return timers;
    }

    public TcpSettings settings() {
        return settings;
    }

    CookieOffload cookieOffload() {
        return offload;
    }

    IsnGenerator isns() {
        return isns;
    }

    SegmentWriter writer() {
        return writer;
    }

    SegmentArrival arrival() {
        return arrival;
    }

    TimeWaits timeWaits() {
        return timeWaits;
    }
}
