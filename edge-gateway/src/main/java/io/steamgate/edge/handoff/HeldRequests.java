package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.Bytes;
import io.steamgate.edge.follow.HttpExchanges;
import io.steamgate.edge.follow.HttpExchanges.Step;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpState;

/**
 * The requests of a kept connection while the stack holds both of its ends: what belongs to the endpoint is moved there, and
 * what belongs elsewhere stays in the client's buffer.
 */
final class HeldRequests {
    private final KeptConnection kept;
    /** Bytes of the client's stream that have left its buffer. */
    private long moved;

    /** The endpoint's connection was kept from before, and has not shown since that it still lives. */
    private boolean onTrust;
    /** {@link #moved} when it was taken up again. */
    private long trustedFrom;
    /** Whether all that was moved since may be sent a second time. */
    private boolean repeatable;

    HeldRequests(KeptConnection kept) {
        this.kept = kept;
    }

    KeptConnection kept() {
        return kept;
    }

    HttpExchanges exchanges() {
        return kept.exchanges();
    }

    /** Admits what the client has sent, up to what belongs elsewhere or is not there yet. */
    void read(TcpConnection front, KeptConnection.Owner owner) {
        while (kept.read(front, moved) == Step.HEAD && owner.stays()) {
            admit();
        }
    }

    /** The announced request goes where the connection leads. */
    void admit() {
        repeatable &= exchanges().head().idempotent();
        kept.admit();
    }

    /** Moves what is admitted to the endpoint, and its answers to the client; then the ends of both streams. */
    void move(TcpConnection front, TcpConnection back) {
        HttpExchanges exchanges = exchanges();
        moved += Pump.some(front, back, (int) Math.min(Integer.MAX_VALUE, exchanges.admittedTo() - moved));
        int answers = back.readable();
        if (answers > 0) {
            exchanges.response(
                    new Bytes(back.receiveArray(), back.receiveOffset(), Math.min(answers, front.writable())));
            Pump.some(back, front, answers);
        }
        if (back.endOfStream() && back.readable() == 0) {
            front.shutdownOutput();
        }
        if (front.endOfStream() && front.readable() == 0) {
            back.shutdownOutput();
        }
    }

    /** Whether the client has begun a request and not told all of its head. */
    boolean inHead() {
        return kept.step() == Step.MORE
                && exchanges().admittedTo() < exchanges().requestOffset();
    }

    /** Whether the next thing the client says cannot go where the connection leads now. */
    boolean stopped() {
        return kept.step() == Step.HEAD || kept.step() == Step.MALFORMED;
    }

    /** Whether the client waits behind an endpoint that sent what cannot be framed. */
    boolean broken(TcpConnection front) {
        return front.readable() > 0 && exchanges().state() == HttpExchanges.State.BROKEN;
    }

    /** Whether everything before the next request is answered and acknowledged, so that it may go elsewhere. */
    boolean quiet(TcpConnection front, TcpConnection back) {
        return exchanges().answered()
                && moved == exchanges().admittedTo()
                && back.allAcknowledged()
                && back.readable() == 0
                && front.allAcknowledged()
                && !back.endOfStream();
    }

    /** What is moved from now on goes to an endpoint on a connection that waited for it; it may be closing just now. */
    void trust() {
        onTrust = true;
        trustedFrom = moved;
        repeatable = true;
    }

    /**
     * Whether the endpoint has ended that connection without having taken or answered a byte since, so that all may be said
     * again on another: to nobody's harm, if a method that was sent is idempotent (RFC 9112 section 9.3.1).
     */
    boolean unheard(TcpConnection back) {
        long since = moved - trustedFrom;
        return onTrust
                && back.readable() == 0
                && back.unacknowledged() == since
                && (repeatable || since == 0)
                && (back.endOfStream() || back.state() == TcpState.CLOSED);
    }

    /** Another connection is opened for what was not heard. */
    void repeated() {
        onTrust = false;
    }

    /** Both ends are the stack's again: what was admitted has passed. */
    void takenBack() {
        moved = exchanges().admittedTo();
        onTrust = false;
    }
}
