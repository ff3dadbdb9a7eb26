package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.runtime.Timers.Timer;
import io.steamgate.edge.wire.TcpView;

/**
 * The timers of a connection: one for the SYN, the tail loss probe (RFC 8985 section 7), retransmission (RFC 6298) and the
 * persist state (RFC 9293 section 3.8.6.1), which exclude each other; one for the reordering window (RFC 8985 section 8);
 * one for delayed acknowledgements; one for keep-alive and FIN-WAIT-2.
 */
final class ConnectionTimers {
    static final long DELAYED_ACK = 40 * Clock.NANOS_PER_MILLI;
    private static final long MAX_PERSIST = 60 * Clock.NANOS_PER_SECOND;

    private final TcpConnection connection;
    private final Tcp tcp;
    private final Timers timers;
    private final Timer retransmit = new Timer(this::retransmit);
    private final Timer reordering = new Timer(this::reorderingPassed);
    private final Timer delayedAck = new Timer(this::delayedAck);
    private final Timer idle = new Timer(this::idle);
    private final long firstTimeout;
    private final int synTries;
    private int synsSent;
    private long synSentAt;
    private boolean unroutable;
    /** Expiries, or window probes, since the peer last answered. */
    private int tries;

    private boolean persisting;
    private int persists;
    /** The timer is armed for a tail loss probe. */
    private boolean probing;
    /** The flight was probed; the next thing to wait for is the retransmission timeout. */
    private boolean probed;

    private long lastReceived;
    private int keepAlives;

    ConnectionTimers(TcpConnection connection, Tcp tcp, long firstTimeout, int synTries) {
        this.connection = connection;
        this.tcp = tcp;
        this.firstTimeout = firstTimeout;
        this.synTries = synTries;
        timers = tcp.timers();
    }

    void cancel() {
        timers.cancel(retransmit);
        timers.cancel(reordering);
        timers.cancel(delayedAck);
        timers.cancel(idle);
    }

    /** A SYN left, or could not: then the outcome is told by the timer, never within the call that opened. */
    void synSent(boolean sent) {
        if (synsSent++ == 0) {
            synSentAt = tcp.now();
        }
        long wait = sent || synsSent > 1 ? firstTimeout << Math.min(synsSent - 1, 16) : 0;
        unroutable = !sent && synsSent == 1;
        timers.armIn(retransmit, wait);
    }

    long synSentAt() {
        return synSentAt;
    }

    boolean synRetransmitted() {
        return synsSent > 1;
    }

    void established() {
        timers.cancel(retransmit);
        lastReceived = tcp.now();
        if (tcp.settings().keepAliveNanos() > 0) {
            timers.armIn(idle, tcp.settings().keepAliveNanos());
        }
    }

    /** Something acceptable arrived. */
    void received(long now) {
        lastReceived = now;
        keepAlives = 0;
    }

    /** The peer acknowledged new bytes: the retransmission timer starts anew (RFC 6298 rule 5.3). */
    void acknowledged() {
        tries = 0;
        probed = false;
        timers.cancel(retransmit);
    }

    /** What the peer must acknowledge next left again: it has the whole timeout from now on (RFC 6675 section 6). */
    void headSentAgain() {
        timers.cancel(retransmit);
    }

    /** The peer answered while its window is shut: it lives, however long that lasts, if anybody still waits for it. */
    void answered() {
        if (!connection.orphan() && (persisting || connection.sender().sndWnd == 0)) {
            tries = 0;
        }
    }

    /** Nobody reads any more: FIN-WAIT-2 must not last for ever. */
    void orphaned() {
        if (connection.state() == TcpState.FIN_WAIT_1 || connection.state() == TcpState.FIN_WAIT_2) {
            timers.armIn(idle, tcp.settings().finWaitNanos());
        }
    }

    /** Arms what the state of the connection asks for. */
    void rearm() {
        Sender sender = connection.sender();
        if (sender.inFlight() > 0) {
            if (persisting || !retransmit.armed()) {
                persisting = false;
                armForLoss(sender);
            }
        } else if (sender.pending()) {
            if (!persisting || !retransmit.armed()) {
                persisting = true;
                persists = 0;
                timers.armIn(retransmit, persistInterval());
            }
        } else {
            persisting = false;
            timers.cancel(retransmit);
        }
        long wait = sender.inFlight() > 0 ? sender.recovery.reorderingWait() : 0;
        if (wait == 0) {
            timers.cancel(reordering);
        } else if (!reordering.armed()) {
            timers.armIn(reordering, wait);
        }
        Receiver receiver = connection.receiver();
        if (receiver.unacknowledged > 0) {
            if (!tcp.settings().delayedAck()) {
                connection.sendAck();
            } else if (!delayedAck.armed()) {
                timers.armIn(delayedAck, DELAYED_ACK);
            }
        } else if (delayedAck.armed()) {
            timers.cancel(delayedAck);
        }
    }

    private void armForLoss(Sender sender) {
        long rto = sender.rtt.rto();
        long probe = RackTlp.probeTimeout(sender.rtt.srtt(), sender.inFlight() <= sender.mss);
        probing = !probed && tries == 0 && probe < rto && sender.rtt.measured() && sender.recovery.mayProbe();
        timers.armIn(retransmit, probing ? probe : rto);
    }

    private void reorderingPassed() {
        connection.sender().recovery.reorderingPassed(tcp.now());
        connection.settle();
    }

    private long persistInterval() {
        return Math.min(connection.sender().rtt.baseRto() << Math.min(persists, 16), MAX_PERSIST);
    }

    private void retransmit() {
        switch (connection.state()) {
            case CLOSED -> {}
            case SYN_SENT, SYN_RECEIVED -> synTimeout();
            default -> {
                if (probing && !persisting) {
                    probing = false;
                    probed = true;
                    connection.sender().recovery.probe(tcp.now());
                    connection.settle();
                    return;
                }
                if (++tries > tcp.settings().dataTries()) {
                    connection.sendReset();
                    connection.end(TcpEnd.TIMED_OUT);
                } else if (persisting) {
                    probe();
                } else {
                    timeout();
                }
                connection.settle();
            }
        }
    }

    private void synTimeout() {
        if (unroutable || synsSent >= synTries) {
            tcp.counters().connectsFailed.increment();
            connection.end(unroutable ? TcpEnd.UNREACHABLE : TcpEnd.TIMED_OUT);
            connection.settle();
            return;
        }
        tcp.counters().retransmittedSegments.increment();
        connection.sendSyn();
    }

    private void timeout() {
        Sender sender = connection.sender();
        tcp.counters().timeouts.increment();
        sender.rtt.backOff();
        sender.recovery.timeout(tries > 1, connection.timestamp(), tcp.now());
    }

    private void probe() {
        Sender sender = connection.sender();
        persists++;
        tcp.counters().windowProbes.increment();
        if (sender.sendWhatFits(tcp.now()) == 0) {
            // No byte, one number too low: every peer answers with its window (RFC 9293 section 3.10.7.4).
            connection.transmit(sender.sndUna - 1, TcpView.ACK, 0, 0);
            timers.armIn(retransmit, persistInterval());
        }
    }

    private void delayedAck() {
        if (connection.receiver().unacknowledged > 0) {
            connection.sendAck();
        }
    }

    private void idle() {
        if (connection.orphan() && connection.state() == TcpState.FIN_WAIT_2) {
            connection.end(TcpEnd.TIMED_OUT);
            connection.settle();
            return;
        }
        long interval = tcp.settings().keepAliveNanos();
        if (connection.orphan() || interval == 0) {
            timers.armIn(idle, tcp.settings().finWaitNanos());
            return;
        }
        long quiet = tcp.now() - lastReceived;
        if (quiet < interval) {
            timers.armIn(idle, interval - quiet);
            return;
        }
        if (keepAlives >= tcp.settings().keepAliveTries()) {
            connection.sendReset();
            connection.end(TcpEnd.TIMED_OUT);
            connection.settle();
            return;
        }
        if (connection.sender().inFlight() == 0) {
            keepAlives++;
            tcp.counters().keepAlives.increment();
            connection.transmit(connection.sender().sndNxt - 1, TcpView.ACK, 0, 0);
        }
        timers.armIn(idle, interval / 8);
    }

    @Override
    public String toString() {
        long now = timers.clock().nanos();
        return "retransmit " + (retransmit.armed() ? (retransmit.deadline() - now) / 1e6 + " ms" : "off") + " tries "
                + tries
                + " probing " + probing + " probed " + probed + " persisting " + persisting + " persists " + persists
                + " delayedAck " + delayedAck.armed() + " idle " + idle.armed();
    }
}
