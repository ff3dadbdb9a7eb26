package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.wire.TcpView;

/**
 * The sending half of a connection: the bytes that are not acknowledged, the peer's window, and what to send next.
 * {@link LossRecovery} says what must be sent again; the timers are the connection's.
 */
final class Sender {
    final ByteQueue buffer = new ByteQueue();
    final int iss;
    /** The oldest sequence number not acknowledged; {@code buffer} starts with it once the SYN is acknowledged. */
    int sndUna;
    /** After the highest ever sent: retransmission does not move it back. */
    int sndNxt;

    int sndWnd;
    int sndWl1;
    int sndWl2;
    private int maxSndWnd;
    int shift;
    /** Payload bytes of a full segment. */
    int mss;

    boolean finQueued;
    boolean finSent;
    boolean finAcked;
    /** Whether a {@code write} was cut short. */
    boolean refused;

    final RttEstimator rtt;
    final CongestionControl congestion;
    final LossRecovery recovery;
    private final TcpConnection connection;
    private final boolean nagle;

    private boolean timing;
    private int timedEnd;
    private long timedAt;
    private long lastSentAt;
    private boolean cwndLimited;

    Sender(TcpConnection connection, int iss, int mss, TcpSettings settings) {
        this.connection = connection;
        this.iss = iss;
        this.mss = mss;
        sndUna = iss;
        sndNxt = iss;
        nagle = settings.nagle();
        rtt = new RttEstimator(settings.minRtoNanos());
        congestion = settings.cubic() ? new Cubic(mss) : new Reno(mss);
        recovery = new LossRecovery(this, iss);
    }

    TcpCounters counters() {
        return connection.tcp().counters();
    }

    int inFlight() {
        return sndNxt - sndUna;
    }

    /** The sequence number after the last byte written; a FIN has it. */
    int dataEnd() {
        return sndUna + buffer.length();
    }

    /** Bytes or a FIN that were never sent. */
    boolean pending() {
        return !finSent && (dataEnd() != sndNxt || finQueued);
    }

    /** The handshake is complete. */
    void start(TcpAgreement agreement) {
        mss = agreement.mss();
        congestion.start(mss);
        recovery.useSack(agreement.sack());
    }

    /** Sends what windows, congestion and recovery allow. */
    void output(long now) {
        cwndLimited = false;
        if (inFlight() == 0 && pending() && now - lastSentAt > rtt.rto()) {
            congestion.idle();
        }
        if (recovery.active()) {
            recovery.output(now);
        } else {
            int room = congestion.cwnd() + recovery.limitedTransmit() - inFlight();
            for (int sent = sendNew(room, now); sent > 0; sent = sendNew(room, now)) {
                room -= sent;
            }
        }
    }

    /**
     * Sends one new segment.
     *
     * @param room bytes that congestion control still allows
     * @return the sequence numbers it took; 0 when nothing may be sent
     */
    int sendNew(int room, long now) {
        if (!pending()) {
            return 0;
        }
        int unsent = dataEnd() - sndNxt;
        int window = sndUna + sndWnd - sndNxt;
        int most = Math.min(mss, connection.payloadRoom());
        int length = Math.min(Math.min(unsent, most), Math.max(0, window));
        if (unsent > 0 && length == 0) {
            return 0;
        }
        if (length > room && inFlight() > 0 || room <= 0 && inFlight() > 0) {
            cwndLimited = true;
            return 0;
        }
        boolean last = length == unsent;
        if (length < most && !worthSending(length, last)) {
            return 0;
        }
        boolean fin = last && finQueued && window > length;
        if (length == 0 && !fin) {
            return 0;
        }
        return sendAt(sndNxt, length, fin, now);
    }

    /** RFC 9293 section 3.8.6.2.1: a short segment goes out when it is all there is, or half of the largest window. */
    private boolean worthSending(int length, boolean last) {
        if (last) {
            return !nagle || finQueued || inFlight() == 0;
        }
        return length >= maxSndWnd / 2;
    }

    /** The override timeout of silly window avoidance: sends what fits, however little. Returns what was sent. */
    int sendWhatFits(long now) {
        int length = Math.min(Math.min(dataEnd() - sndNxt, mss), sndUna + sndWnd - sndNxt);
        return length > 0 ? sendAt(sndNxt, length, false, now) : 0;
    }

    /**
     * Sends sequence numbers again.
     *
     * @param to where to stop at the latest
     * @return how many were sent
     */
    int resend(int from, int to, long now) {
        int dataEnd = dataEnd();
        int most = Math.min(mss, connection.payloadRoom());
        int length = Math.clamp(Seq.min(to, dataEnd) - from, 0, most);
        boolean fin = finSent && from + length == dataEnd && Seq.after(to, dataEnd);
        if (length == 0 && !fin) {
            return 0;
        }
        timing = false;
        counters().retransmittedSegments.increment();
        if (from == sndUna) {
            connection.timers().headSentAgain();
        }
        return sendAt(from, length, fin, now);
    }

    private int sendAt(int seq, int length, boolean fin, long now) {
        int flags = TcpView.ACK;
        if (fin) {
            flags |= TcpView.FIN;
        }
        if (length > 0 && seq + length == dataEnd()) {
            flags |= TcpView.PSH;
        }
        int taken = length + (fin ? 1 : 0);
        int end = seq + taken;
        if (Seq.after(end, sndNxt)) {
            sndNxt = end;
            finSent |= fin;
            if (!timing) {
                timing = true;
                timedEnd = end;
                timedAt = now;
            }
        }
        lastSentAt = now;
        recovery.sent(seq, end, now);
        connection.transmit(seq, flags, seq - sndUna, length);
        return taken;
    }

    /** Whether an acknowledgement number is one we may believe (RFC 5961 section 5.2). */
    boolean acceptable(int ack) {
        return Seq.atMost(ack, sndNxt) && Seq.atMost(sndUna - maxSndWnd, ack);
    }

    /**
     * Takes the acknowledgement of an acceptable segment.
     *
     * @param scaled the segment's window in bytes
     * @param echoAge age of the echoed timestamp in milliseconds, -1 without
     * @return whether {@code sndUna} advanced
     */
    boolean acknowledge(Segment segment, int scaled, int echoAge, long now) {
        boolean windowChanged = window(segment, scaled);
        boolean news = recovery.blocks(segment);
        if (Seq.after(segment.ack, sndUna)) {
            advance(segment, echoAge, now);
            return true;
        }
        if (segment.ack == sndUna && inFlight() > 0) {
            // RFC 5681 section 2; with SACK a duplicate is one that says something new (RFC 6675 section 2).
            boolean duplicate = segment.sequenceLength() == 0 && !windowChanged && scaled > 0;
            recovery.duplicate(duplicate, news, echoAge, now);
        }
        return false;
    }

    /** RFC 9293 section 3.10.7.4, fifth step: only a segment not older than the last one moves the window. */
    private boolean window(Segment segment, int scaled) {
        boolean newer = Seq.before(sndWl1, segment.seq) || sndWl1 == segment.seq && Seq.atMost(sndWl2, segment.ack);
        if (!newer || Seq.before(segment.ack, sndUna)) {
            return false;
        }
        boolean changed = scaled != sndWnd;
        windowIs(scaled, segment.seq, segment.ack);
        return changed;
    }

    void windowIs(int bytes, int wl1, int wl2) {
        sndWnd = bytes;
        sndWl1 = wl1;
        sndWl2 = wl2;
        maxSndWnd = Math.max(maxSndWnd, bytes);
    }

    private void advance(Segment segment, int echoAge, long now) {
        int ack = segment.ack;
        int before = inFlight();
        int count = ack - sndUna;
        buffer.drop(Math.min(count, buffer.length()));
        sndUna = ack;
        finAcked = finSent && ack == sndNxt;
        rtt.progress();
        if (timing && Seq.atMost(timedEnd, ack)) {
            timing = false;
            rtt.sample(now - timedAt);
        } else if (!timing && echoAge >= 0 && recovery.measures(segment.options.tsEcr())) {
            rtt.sample(echoAge * Clock.NANOS_PER_MILLI);
        }
        // RFC 7661 in short: growth needs a window that was used; in slow start half of it is enough.
        boolean used = cwndLimited
                || before >= congestion.cwnd() - mss
                || congestion.cwnd() < congestion.ssthresh() && 2 * before >= congestion.cwnd();
        recovery.advanced(count, used, echoAge, now);
        if (buffer.length() == 0 && !finQueued && inFlight() == 0 && buffer.array().length > 16_384) {
            buffer.clear();
        }
    }

    /** The path carries less than was thought: everything in flight is cut anew. */
    void segmentSize(int mss) {
        this.mss = mss;
        congestion.segmentSize(mss);
        timing = false;
        recovery.resendAll();
    }

    @Override
    public String toString() {
        return "sndUna " + sndUna + " sndNxt " + sndNxt + " dataEnd " + dataEnd() + " sndWnd " + sndWnd + " wl1 "
                + sndWl1
                + " wl2 " + sndWl2 + " maxWnd " + maxSndWnd + " mss " + mss + " cwnd " + congestion.cwnd()
                + " ssthresh "
                + congestion.ssthresh() + " fin " + finQueued + finSent + finAcked + " refused " + refused + "\n  "
                + rtt
                + "\n  " + recovery;
    }
}
