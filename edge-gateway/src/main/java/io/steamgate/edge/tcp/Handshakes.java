package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.wire.TcpView;
import org.jspecify.annotations.Nullable;

/** Passive opens, from SYN to accepted connection: remembered as {@link Embryo}s while there is room, else by cookie. */
final class Handshakes {
    private static final long FIRST_TIMEOUT = Clock.NANOS_PER_SECOND;
    /** SYN-ACKs of each handshake while more than half of the embryonic table is taken: a flood must not live for a minute. */
    private static final int TRIES_WHEN_CROWDED = 3;

    private final Tcp tcp;
    private final TcpCounters counters;
    private final ListenTable listeners;
    private final SynCookies cookies;
    private int embryos;
    private boolean cookieSent;
    private long cookieSentAt;

    Handshakes(Tcp tcp, ListenTable listeners, SynCookies cookies) {
        this.tcp = tcp;
        this.listeners = listeners;
        this.cookies = cookies;
        counters = tcp.counters();
    }

    /**
     * A SYN for a four-tuple nobody has.
     *
     * @param leastIss the least initial sequence number, where {@code bounded}: beyond what TIME-WAIT remembers
     * @return false when nobody listens
     */
    boolean syn(Segment syn, boolean bounded, int leastIss) {
        TcpListener listener = listeners.find(syn.localAddress, syn.localPort);
        if (listener == null) {
            return false;
        }
        ListenOptions options = listener.options();
        if (!options.admit(syn.remoteAddress)) {
            counters.synsNotAdmitted.increment();
            return true;
        }
        SynOffer offer = options.offer();
        int pathMtu = tcp.output().pathMtu(syn.remoteAddress);
        SynOffer answer = new SynOffer(
                Math.clamp(pathMtu - 40, 1, offer.mss()),
                syn.options.windowScale() >= 0 ? offer.windowScale() : SynOffer.NO_SCALE,
                offer.sack() && syn.options.sackPermitted(),
                offer.timestamps() && syn.options.hasTimestamps());
        int limit = Math.max(1, options.receiveLimit());
        counters.handshakesStarted.increment();
        if (embryos >= tcp.settings().embryonicLimit()) {
            cookie(syn, answer, Math.min(limit, 0xFFFF));
            return true;
        }
        int iss = tcp.isns().next(syn.localAddress, syn.remoteAddress, syn.ports());
        if (bounded && Seq.before(iss, leastIss)) {
            iss = leastIss;
        }
        Embryo embryo = new Embryo(
                this,
                listener,
                syn,
                iss,
                answer,
                TcpAgreement.of(answer, syn.options, pathMtu),
                Math.min(limit, 0xFFFF),
                tcp.isns().timestampOffset(syn.localAddress, syn.remoteAddress, syn.ports()),
                tcp.now());
        embryos++;
        counters.embryonic.increment();
        tcp.remember(embryo);
        send(embryo);
        tcp.timers().armIn(embryo.timer, FIRST_TIMEOUT);
        return true;
    }

    private void send(Embryo embryo) {
        tcp.writer()
                .syn(
                        embryo,
                        embryo.iss,
                        embryo.irs + 1,
                        TcpView.SYN | TcpView.ACK,
                        embryo.announcedWindow,
                        embryo.answer,
                        tcp.timestampClock() + embryo.tsOffset,
                        embryo.tsRecent);
        embryo.sent++;
    }

    void timeout(Embryo embryo) {
        if (embryo.sent >= tries()) {
            fail(embryo);
            tell(embryo);
            return;
        }
        counters.retransmittedSegments.increment();
        send(embryo);
        tcp.timers().armIn(embryo.timer, FIRST_TIMEOUT << embryo.sent - 1);
    }

    boolean crowded() {
        return embryos > tcp.settings().embryonicLimit() / 2;
    }

    private int tries() {
        int tries = tcp.settings().synAckTries();
        return crowded() ? Math.min(tries, TRIES_WHEN_CROWDED) : tries;
    }

    /**
     * A client whose acknowledgements were all lost takes the connection for established, and where the server speaks
     * first it would wait for ever. Without ACK, so that one that is still in SYN-SENT goes on trying.
     */
    private void tell(Embryo embryo) {
        if (tcp.settings().resetUnexpected()) {
            tcp.reset(embryo.localAddress, embryo.remoteAddress, embryo.ports, embryo.iss + 1);
        }
    }

    private void cookie(Segment syn, SynOffer answer, int window) {
        SynOffer offer = answer.timestamps() ? answer : new SynOffer(answer.mss(), SynOffer.NO_SCALE, false, false);
        int now = tcp.timestampClock() + tcp.isns().timestampOffset(syn.localAddress, syn.remoteAddress, syn.ports());
        int peerShift = offer.scalesWindow() ? syn.options.windowScale() : -1;
        cookieSent = true;
        cookieSentAt = tcp.now();
        counters.cookiesSent.increment();
        tcp.writer()
                .syn(
                        syn.localAddress,
                        syn.remoteAddress,
                        syn.ports(),
                        cookies.make(syn, TcpAgreement.peerMss(syn.options)),
                        syn.seq + 1,
                        TcpView.SYN | TcpView.ACK,
                        window,
                        offer,
                        SynCookies.timestamp(now, peerShift, offer.windowScale(), offer.sack()),
                        syn.options.tsVal());
    }

    /**
     * An ACK for a four-tuple nobody has: it may bring a cookie back.
     *
     * @return the connection it completes; null when it is none of ours
     */
    @Nullable
    TcpConnection cookieAck(Segment ack) {
        if (!cookiesAreOut()) {
            return null;
        }
        TcpListener listener = listeners.find(ack.localAddress, ack.localPort);
        if (listener == null) {
            return null;
        }
        if (cookies.check(ack) != SynCookies.Echo.WHOLE) {
            counters.cookiesRejected.increment();
            return null;
        }
        ListenOptions options = listener.options();
        SynOffer offer = options.offer();
        // What was agreed is what the SYN-ACK said, and only the client still knows: the offer may be another by now.
        boolean timestamps = ack.options.hasTimestamps();
        int echo = timestamps ? ack.options.tsEcr() : -1;
        if (timestamps && !recent(ack, echo)) {
            counters.cookiesRejected.increment();
            return null;
        }
        int pathMtu = tcp.output().pathMtu(ack.remoteAddress);
        SynOffer ours = new SynOffer(
                Math.clamp(pathMtu - 40, 1, offer.mss()),
                timestamps ? SynCookies.ownShift(echo) : SynOffer.NO_SCALE,
                timestamps && SynCookies.sack(echo),
                timestamps);
        TcpAgreement agreement =
                TcpAgreement.of(ours, SynCookies.mss(ack), timestamps ? SynCookies.peerShift(echo) : -1, pathMtu);
        counters.cookiesAccepted.increment();
        return accept(listener, ack, ours, agreement, Math.min(Math.max(1, options.receiveLimit()), 0xFFFF), -1);
    }

    /** Whether anybody may still have one. */
    private boolean cookiesAreOut() {
        return tcp.cookieOffload().answers() || cookieSent && tcp.now() - cookieSentAt <= SynCookies.LIFE;
    }

    /** What a segment tells about a handshake that is remembered by its cookie alone. */
    SynCookies.Echo echo(Segment ack) {
        boolean possible =
                cookiesAreOut() && ack.hasAck() && (!ack.options.hasTimestamps() || recent(ack, ack.options.tsEcr()));
        return possible ? cookies.check(ack) : SynCookies.Echo.NONE;
    }

    /** Whether our timestamp clock could have said this while a cookie lives: the options in it are not hashed. */
    private boolean recent(Segment ack, int echo) {
        int now = tcp.timestampClock() + tcp.isns().timestampOffset(ack.localAddress, ack.remoteAddress, ack.ports());
        int age = now - echo;
        return age >= 0 && age < SynCookies.LIFE / Clock.NANOS_PER_MILLI;
    }

    /** A segment for a handshake under way. */
    void receive(Embryo embryo, Segment segment) {
        int rcvNxt = embryo.irs + 1;
        if (segment.rst()) {
            if (segment.seq == rcvNxt) {
                counters.resetsReceived.increment();
                fail(embryo);
            }
            return;
        }
        if (segment.syn()) {
            if (segment.seq == embryo.irs && !segment.hasAck()) {
                // The SYN-ACK was lost, or is late; the tries of the timer are not used up by it.
                embryo.tsRecent = segment.options.tsVal();
                send(embryo);
                embryo.sent--;
            } else if (tcp.allowChallenge()) {
                acknowledge(embryo);
            }
            return;
        }
        if (!segment.hasAck()) {
            return;
        }
        if (segment.ack != embryo.iss + 1) {
            if (tcp.cookieOffload().answers() && echo(segment) == SynCookies.Echo.WHOLE) {
                // Its SYN was answered here and below: the client has taken the other answer.
                forget(embryo);
                cookieAck(segment);
            } else {
                tcp.answerReset(segment);
            }
            return;
        }
        if (embryo.agreement.timestamps()) {
            if (!segment.options.hasTimestamps() || Seq.before(segment.options.tsVal(), embryo.tsRecent)) {
                counters.pawsRejected.increment();
                return;
            }
        }
        if (Seq.before(segment.seq, rcvNxt) || Seq.after(segment.seq, rcvNxt + embryo.announcedWindow)) {
            counters.outOfWindow.increment();
            if (tcp.allowChallenge()) {
                acknowledge(embryo);
            }
            return;
        }
        if (embryo.listener.closed()) {
            fail(embryo);
            tcp.answerReset(segment);
            return;
        }
        forget(embryo);
        // A retransmitted SYN-ACK measures nothing (Karn).
        long rtt = embryo.sent == 1 ? tcp.now() - embryo.startedAt : -1;
        int seq = segment.seq;
        segment.seq = rcvNxt;
        accept(embryo.listener, segment, embryo.answer, embryo.agreement, embryo.announcedWindow, rtt, seq);
    }

    private @Nullable TcpConnection accept(
            TcpListener listener, Segment ack, SynOffer ours, TcpAgreement agreement, int window, long rtt) {
        return accept(listener, ack, ours, agreement, window, rtt, ack.seq);
    }

    private TcpConnection accept(
            TcpListener listener, Segment ack, SynOffer ours, TcpAgreement agreement, int window, long rtt, int seq) {
        int limit = Math.max(1, listener.options().receiveLimit());
        TcpConnection connection = Openings.passive(tcp, ack, ours, agreement, window, limit);
        ack.seq = seq;
        if (agreement.timestamps()) {
            connection.receiver().tsRecent = ack.options.tsVal();
            connection.receiver().tsRecentAt = tcp.timestampClock();
        }
        if (rtt >= 0) {
            connection.sender().rtt.sample(rtt);
        }
        tcp.remember(connection);
        connection.established();
        counters.handshakesCompleted.increment();
        listener.acceptor().accepted(connection);
        connection.receive(ack);
        return connection;
    }

    /** An acknowledgement of the SYN alone. */
    private void acknowledge(Embryo embryo) {
        int window = embryo.announcedWindow >>> embryo.agreement.rcvWndShift();
        if (embryo.agreement.timestamps()) {
            int tsVal = tcp.timestampClock() + embryo.tsOffset;
            tcp.writer().stamped(embryo, embryo.iss + 1, embryo.irs + 1, TcpView.ACK, window, tsVal, embryo.tsRecent);
        } else {
            tcp.writer()
                    .bare(
                            embryo.localAddress,
                            embryo.remoteAddress,
                            embryo.ports,
                            embryo.iss + 1,
                            embryo.irs + 1,
                            TcpView.ACK,
                            window);
        }
    }

    /** The peer cannot be reached, says the network. */
    void unreachable(Embryo embryo) {
        fail(embryo);
    }

    private void fail(Embryo embryo) {
        counters.handshakesFailed.increment();
        forget(embryo);
    }

    private void forget(Embryo embryo) {
        tcp.timers().cancel(embryo.timer);
        tcp.forgetEntry(embryo);
        embryos--;
        counters.embryonic.add(-1);
    }
}
