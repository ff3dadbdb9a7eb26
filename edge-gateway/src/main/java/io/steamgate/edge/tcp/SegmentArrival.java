package io.steamgate.edge.tcp;

/** SEGMENT ARRIVES for a connection (RFC 9293 section 3.10.7), with RFC 5961 and RFC 7323 where they say otherwise. */
final class SegmentArrival {
    /** A timestamp this old, in milliseconds, says nothing (RFC 7323 section 5.5). */
    private static final int TS_RECENT_LIFE = 24 * 24 * 3600 * 1000;

    private final Tcp tcp;
    private final TcpCounters counters;

    SegmentArrival(Tcp tcp) {
        this.tcp = tcp;
        counters = tcp.counters();
    }

    void receive(TcpConnection connection, Segment segment) {
        switch (connection.state()) {
            case SYN_SENT -> synSent(connection, segment);
            case CLOSED -> {}
            case SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK ->
                synchronised(connection, segment);
        }
    }

    /** Section 3.10.7.3. */
    private void synSent(TcpConnection connection, Segment segment) {
        Sender sender = connection.sender();
        boolean acked = segment.hasAck();
        if (acked && segment.ack != sender.iss + 1) {
            if (!segment.rst()) {
                tcp.writer().reset(segment);
            }
            return;
        }
        if (segment.rst()) {
            if (acked) {
                counters.resetsReceived.increment();
                counters.connectsFailed.increment();
                connection.end(TcpEnd.REFUSED);
            }
            return;
        }
        if (!segment.syn()) {
            return;
        }
        connection.synchronise(segment);
        if (!acked) {
            connection.state(TcpState.SYN_RECEIVED);
            connection.sendSyn();
            return;
        }
        sender.sndUna = segment.ack;
        if (!connection.timers().synRetransmitted()) {
            sender.rtt.sample(tcp.now() - connection.timers().synSentAt());
        }
        connection.established();
        counters.connectsCompleted.increment();
        connection.connected();
        connection.receiver().ackNow = true;
        payload(connection, segment);
    }

    /** Section 3.10.7.4. */
    private void synchronised(TcpConnection connection, Segment segment) {
        Receiver receiver = connection.receiver();
        Sender sender = connection.sender();
        boolean timestamps = connection.agreed().timestamps();
        if (timestamps && !segment.rst() && !timely(connection, segment)) {
            return;
        }
        if (!receiver.acceptable(segment)) {
            counters.outOfWindow.increment();
            if (!segment.rst()) {
                outOfWindow(connection, segment);
            }
            return;
        }
        if (segment.rst()) {
            reset(connection, segment);
            return;
        }
        if (segment.syn()) {
            // Of a simultaneous open the SYN comes again with its acknowledgement; any other is answered (RFC 5961
            // 4.2).
            if (connection.state() != TcpState.SYN_RECEIVED || segment.seq != receiver.irs) {
                challenge(connection);
                return;
            }
            segment.cutBefore(receiver.rcvNxt);
        }
        if (!segment.hasAck()) {
            return;
        }
        if (connection.state() == TcpState.SYN_RECEIVED && !completes(connection, segment)) {
            return;
        }
        if (!sender.acceptable(segment.ack)) {
            counters.badAcks.increment();
            challenge(connection);
            return;
        }
        long now = tcp.now();
        connection.timers().received(now);
        int echoAge = -1;
        if (timestamps) {
            // RFC 7323 section 4.3: of the segments that may be acknowledged next, the oldest is echoed.
            if (Seq.atMost(segment.seq, receiver.lastAckSent)) {
                receiver.tsRecent = segment.options.tsVal();
                receiver.tsRecentAt = tcp.timestampClock();
            }
            int elapsed = connection.timestamp() - segment.options.tsEcr();
            if (elapsed >= 0 && elapsed < 60_000) {
                echoAge = elapsed;
            }
        }
        int window = segment.window << connection.agreed().sndWndShift();
        boolean wasAcked = sender.finAcked;
        if (sender.acknowledge(segment, window, echoAge, now)) {
            connection.timers().acknowledged();
            connection.acknowledgedNews();
        }
        connection.timers().answered();
        if (sender.finAcked && !wasAcked && finAcknowledged(connection)) {
            return;
        }
        payload(connection, segment);
    }

    /** PAWS (RFC 7323 section 5): whether the segment is not an old duplicate. */
    private boolean timely(TcpConnection connection, Segment segment) {
        Receiver receiver = connection.receiver();
        if (!segment.options.hasTimestamps()) {
            // Section 3.2: dropped in silence once timestamps were agreed.
            counters.pawsRejected.increment();
            return false;
        }
        if (Seq.before(segment.options.tsVal(), receiver.tsRecent)
                && tcp.timestampClock() - receiver.tsRecentAt < TS_RECENT_LIFE) {
            counters.pawsRejected.increment();
            outOfWindow(connection, segment);
            return false;
        }
        return true;
    }

    /** An acknowledgement tells the peer where we are; for segments without bytes not too often, or two could go on forever. */
    private void outOfWindow(TcpConnection connection, Segment segment) {
        if (segment.length > 0 || segment.fin()) {
            counters.duplicates.increment();
            connection.receiver().ackNow = true;
        } else if (connection.mayAnswerEmpty(tcp.now())) {
            connection.receiver().ackNow = true;
        }
    }

    /** RFC 5961 section 3.2: only a reset at exactly RCV.NXT is believed. */
    private void reset(TcpConnection connection, Segment segment) {
        if (segment.seq != connection.receiver().rcvNxt) {
            challenge(connection);
            return;
        }
        counters.resetsReceived.increment();
        if (connection.state() == TcpState.SYN_RECEIVED) {
            counters.connectsFailed.increment();
            connection.end(TcpEnd.REFUSED);
        } else {
            connection.end(TcpEnd.RESET);
        }
    }

    private void challenge(TcpConnection connection) {
        if (tcp.allowChallenge()) {
            connection.sendAck();
        }
    }

    /** The ACK that ends a simultaneous open. */
    private boolean completes(TcpConnection connection, Segment segment) {
        Sender sender = connection.sender();
        if (segment.ack != sender.iss + 1) {
            tcp.writer().reset(segment);
            return false;
        }
        sender.sndUna = segment.ack;
        sender.windowIs(segment.window << connection.agreed().sndWndShift(), segment.seq, segment.ack);
        connection.established();
        counters.connectsCompleted.increment();
        connection.connected();
        return true;
    }

    /** Our FIN was acknowledged. Returns whether the connection has ended by it. */
    private static boolean finAcknowledged(TcpConnection connection) {
        switch (connection.state()) {
            case FIN_WAIT_1 -> {
                connection.state(TcpState.FIN_WAIT_2);
                if (connection.orphan()) {
                    connection.timers().orphaned();
                }
                return false;
            }
            case CLOSING -> {
                connection.timeWait();
                return true;
            }
            case LAST_ACK -> {
                connection.end(TcpEnd.FINISHED);
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    /** Steps seven and eight: text and FIN. */
    private void payload(TcpConnection connection, Segment segment) {
        Receiver receiver = connection.receiver();
        if (connection.orphan() && segment.length > 0 && Seq.after(segment.seq + segment.length, receiver.rcvNxt)) {
            // Section 3.6.1: the application is gone, these bytes would be lost without a word.
            connection.sendReset();
            connection.end(TcpEnd.ABORTED);
            return;
        }
        int expected = receiver.rcvNxt;
        boolean early = segment.length > 0 && Seq.after(segment.seq, expected);
        boolean finBefore = receiver.finReceived;
        if (receiver.take(segment)) {
            connection.readableNews();
        } else if (early) {
            counters.outOfOrder.increment();
        } else if (segment.length > 0) {
            counters.duplicates.increment();
        }
        if (receiver.finReceived && !finBefore) {
            connection.readableNews();
            finReceived(connection);
        }
    }

    private static void finReceived(TcpConnection connection) {
        switch (connection.state()) {
            case SYN_RECEIVED, ESTABLISHED -> connection.state(TcpState.CLOSE_WAIT);
            case FIN_WAIT_1 -> connection.state(TcpState.CLOSING);
            case FIN_WAIT_2 -> {
                connection.sendAck();
                connection.timeWait();
            }
            case SYN_SENT, CLOSE_WAIT, CLOSING, LAST_ACK, CLOSED -> {}
        }
    }
}
