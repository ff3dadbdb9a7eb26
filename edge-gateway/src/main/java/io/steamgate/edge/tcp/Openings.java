package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;

/** How connections come to be: by our SYN, by a peer's, or back from a snapshot. */
final class Openings {
    private Openings() {}

    /** An active open; {@link TcpConnection#sendSyn} starts it. */
    static TcpConnection active(Tcp tcp, ConnectRequest request, int iss, TcpEvents events) {
        Receiver none =
                new Receiver(0, 0, 0, request.offer().shift(), request.offer().mss(), request.receiveLimit());
        TcpConnection connection = new TcpConnection(
                tcp,
                request.localAddress(),
                request.localPort(),
                request.remoteAddress(),
                request.remotePort(),
                TcpState.SYN_SENT,
                request.offer(),
                iss,
                none,
                events,
                request.tries(),
                request.firstTimeoutNanos());
        connection.sender().sndNxt = iss + 1;
        return connection;
    }

    /** A passive open whose handshake {@code ack} completes. */
    static TcpConnection passive(
            Tcp tcp, Segment ack, SynOffer ours, TcpAgreement agreement, int announcedWindow, int limit) {
        int irs = ack.seq - 1;
        Receiver receiver =
                new Receiver(irs, irs + 1, irs + 1 + announcedWindow, agreement.rcvWndShift(), ours.mss(), limit);
        TcpConnection connection = new TcpConnection(
                tcp,
                ack.localAddress,
                ack.localPort,
                ack.remoteAddress,
                ack.remotePort,
                TcpState.ESTABLISHED,
                ours,
                ack.ack - 1,
                receiver,
                TcpEvents.NONE,
                1,
                Clock.NANOS_PER_SECOND);
        connection.sender().sndUna = ack.ack;
        connection.sender().sndNxt = ack.ack;
        connection.agree(agreement);
        connection.sender().windowIs(ack.window << agreement.sndWndShift(), ack.seq, ack.ack);
        return connection;
    }

    /** A connection that comes back from a snapshot. */
    static TcpConnection resumed(Tcp tcp, TcpSnapshot from, int receiveLimit, TcpEvents events) {
        TcpAgreement agreement = from.agreement();
        SynOffer offer = new SynOffer(
                Math.max(1, agreement.mss()),
                agreement.windowScaling() ? agreement.rcvWndShift() : SynOffer.NO_SCALE,
                agreement.sack(),
                agreement.timestamps());
        Receiver receiver = new Receiver(
                from.irs(), from.rcvNxt(), from.rcvAdv(), agreement.rcvWndShift(), agreement.mss(), receiveLimit);
        receiver.lastAckSent = from.lastAckSent();
        receiver.finReceived = from.finReceived();
        receiver.tsRecent = from.tsRecent();
        receiver.tsRecentAt = tcp.timestampClock();
        TcpConnection connection = new TcpConnection(
                tcp,
                from.localAddress(),
                from.localPort(),
                from.remoteAddress(),
                from.remotePort(),
                from.finReceived() ? TcpState.CLOSE_WAIT : TcpState.ESTABLISHED,
                offer,
                from.iss(),
                receiver,
                events,
                1,
                Clock.NANOS_PER_SECOND);
        connection.tsOffset(from.tsOffset());
        connection.sender().sndUna = from.sndMax();
        connection.sender().sndNxt = from.sndMax();
        connection.agree(agreement);
        // The whole window first: how far back an acknowledgement may lie is judged by the largest one.
        connection.sender().windowIs(from.sndWnd(), from.sndWl1(), from.sndWl2());
        int inFlight = from.sndMax() - from.sndUna();
        connection.sender().windowIs(Math.max(0, from.sndWnd() - inFlight), from.sndWl1(), from.sndWl2());
        return connection;
    }
}
