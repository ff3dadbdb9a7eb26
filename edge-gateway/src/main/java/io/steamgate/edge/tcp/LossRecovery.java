package io.steamgate.edge.tcp;

/**
 * Which bytes are lost and what is sent while they are repaired: RFC 6675 with selective acknowledgements, RFC 6582
 * (NewReno) without. Both are told in the same terms: bytes before {@code lostBefore} that are not acknowledged are lost,
 * those before {@code highRxt} were sent again, and {@code pipe} is what is thought to be in the network.
 */
final class LossRecovery {
    private enum Phase {
        NONE,
        /** Fast recovery, entered by duplicate acknowledgements. */
        FAST,
        /** After the retransmission timer expired: everything that was in flight is lost, in slow start. */
        TIMEOUT
    }

    private final Sender sender;
    private final SackScoreboard scoreboard = new SackScoreboard();
    private boolean sack;
    private Phase phase = Phase.NONE;
    private int recoveryPoint;
    private int highRxt;
    private int lostBefore;
    private int dupAcks;
    private boolean headDue;
    private int timeoutStamp;
    private boolean rescued;
    /** A tail loss probe is on its way. */
    private boolean probed;

    LossRecovery(Sender sender, int iss) {
        this.sender = sender;
        recoveryPoint = iss;
        highRxt = iss;
        lostBefore = iss;
    }

    void useSack(boolean sack) {
        this.sack = sack;
    }

    boolean active() {
        return phase != Phase.NONE;
    }

    /** RFC 3042: one new segment for each of the first two duplicates. */
    int limitedTransmit() {
        return Math.min(dupAcks, 2) * sender.mss;
    }

    /** Takes SACK blocks. Returns whether they say something new. */
    boolean blocks(Segment segment) {
        return sack
                && segment.options.sackBlocks() > 0
                && scoreboard.update(segment.options, Seq.max(sender.sndUna, segment.ack), sender.sndNxt);
    }

    /** An ACK that does not advance. */
    void duplicate(boolean duplicate, boolean news, long now) {
        if (sack ? news : duplicate) {
            dupAcks++;
            sender.counters().duplicateAcks.increment();
        }
        if (sack) {
            lostBefore = Seq.max(lostBefore, scoreboard.lostBefore(sender.sndUna, threshold()));
        }
        // RFC 6582 section 3.2 step 2: duplicates of what a timeout sent twice are no new loss.
        boolean fresh = sack || Seq.after(sender.sndUna, recoveryPoint);
        if (phase == Phase.NONE
                && (dupAcks >= SackScoreboard.DUP_THRESH && fresh || Seq.after(lostBefore, sender.sndUna))) {
            enterFast(now);
        }
    }

    /**
     * Bytes that must be acknowledged above one for it to be lost: two segments and one more; less where so little is in
     * flight that they could never come (RFC 5827); none once a probe was sent, because what it reports was sent a round
     * trip after all the rest (RFC 8985 section 7.4).
     */
    private int threshold() {
        if (probed) {
            return 0;
        }
        int outstanding = sender.inFlight();
        boolean early = outstanding < (SackScoreboard.DUP_THRESH + 1) * sender.mss && !sender.pending();
        return early ? Math.max(0, outstanding - 2 * sender.mss) : (SackScoreboard.DUP_THRESH - 1) * sender.mss;
    }

    /** Whether a tail loss probe makes sense: the peer can say what it got, and the timer has not spoken yet. */
    boolean mayProbe() {
        return sack && phase != Phase.TIMEOUT;
    }

    /** Nothing was heard for two round trips: something is sent that the peer must answer, long before the timeout. */
    void probe(long now) {
        sender.counters().tailLossProbes.increment();
        if (phase == Phase.FAST) {
            // What was sent again was lost again: a sign of congestion of its own (RFC 6675 section 5.1).
            sender.congestion.loss(sender.inFlight(), now);
            highRxt = sender.sndUna;
            headDue = true;
            return;
        }
        probed = true;
        if (sender.sendNew(sender.mss, now) == 0) {
            int from = Seq.max(scoreboard.highest(sender.sndUna), sender.sndNxt - sender.mss);
            sender.resend(Seq.before(from, sender.sndNxt) ? from : sender.sndUna, sender.sndNxt, now);
        }
    }

    private void enterFast(long now) {
        phase = Phase.FAST;
        recoveryPoint = sender.sndNxt;
        highRxt = sender.sndUna;
        lostBefore = Seq.max(lostBefore, Seq.min(sender.sndUna + sender.mss, sender.sndNxt));
        headDue = true;
        rescued = false;
        sender.congestion.loss(sender.inFlight(), now);
        sender.counters().fastRecoveries.increment();
    }

    /** {@code sndUna} advanced by {@code count}. */
    void advanced(int count, boolean windowUsed, long now) {
        int sndUna = sender.sndUna;
        scoreboard.acknowledged(sndUna);
        if (scoreboard.reneged(sndUna)) {
            scoreboard.clear();
        }
        highRxt = Seq.max(highRxt, sndUna);
        lostBefore = Seq.max(lostBefore, sndUna);
        probed = false;
        if (sack) {
            lostBefore = Seq.max(lostBefore, scoreboard.lostBefore(sndUna, threshold()));
        }
        if (phase != Phase.FAST) {
            sender.congestion.acknowledged(count, now, sender.rtt.srtt(), windowUsed || phase == Phase.TIMEOUT);
        }
        if (phase == Phase.NONE) {
            dupAcks = 0;
            if (Seq.after(lostBefore, sndUna)) {
                enterFast(now);
            }
        } else if (Seq.atMost(recoveryPoint, sndUna)) {
            phase = Phase.NONE;
            dupAcks = 0;
            lostBefore = sndUna;
        } else if (phase == Phase.FAST && !sack) {
            // A partial acknowledgement: the next segment is lost as well (RFC 6582). Duplicates had stood for segments
            // that this acknowledgement covers.
            lostBefore = Seq.min(sndUna + sender.mss, sender.sndNxt);
            highRxt = sndUna;
            headDue = true;
            dupAcks -= Math.clamp(count / sender.mss - 1, 0, dupAcks);
        }
    }

    /** Whether an echoed timestamp may be a round trip: after a timeout only one of what was sent since. */
    boolean measures(int echo) {
        return phase != Phase.TIMEOUT || !Seq.before(echo, timeoutStamp);
    }

    /** The retransmission timer expired; {@code again} when nothing was acknowledged since the last time. */
    void timeout(boolean again, int timestamp, long now) {
        timeoutStamp = timestamp;
        sender.congestion.timeout(sender.inFlight(), now, again);
        if (again) {
            // What was selectively acknowledged may have been taken back (RFC 2018 section 8).
            scoreboard.clear();
        }
        resendAll();
    }

    /** Everything in flight is taken for lost. */
    void resendAll() {
        phase = Phase.TIMEOUT;
        recoveryPoint = sender.sndNxt;
        lostBefore = sender.sndNxt;
        highRxt = sender.sndUna;
        dupAcks = 0;
        rescued = true;
        probed = false;
        headDue = true;
    }

    /** Sends as RFC 6675 section 5 (C) says: while the pipe has room, what NextSeg() names. */
    void output(long now) {
        int pipe = pipe();
        while (headDue || pipe == 0 || sender.congestion.cwnd() - pipe >= sender.mss) {
            headDue = false;
            int sent = sendNext(sender.congestion.cwnd() - pipe, now);
            if (sent == 0) {
                return;
            }
            pipe += sent;
        }
    }

    /** NextSeg() of RFC 6675 section 4. */
    private int sendNext(int room, long now) {
        int next = scoreboard.nextMissing(Seq.max(highRxt, sender.sndUna));
        if (Seq.before(next, lostBefore)) {
            return resend(next, Seq.min(scoreboard.gapEnd(next, sender.sndNxt), lostBefore), now);
        }
        int sent = sender.sendNew(room, now);
        if (sent > 0) {
            return sent;
        }
        int highest = scoreboard.highest(sender.sndUna);
        if (Seq.before(next, highest)) {
            return resend(next, scoreboard.gapEnd(next, highest), now);
        }
        if (sack && !rescued && phase == Phase.FAST && Seq.before(highest, sender.sndNxt)) {
            // Rule 4: the end of the flight once more, so that the peer has something to answer.
            rescued = true;
            int from = Seq.max(highest, sender.sndNxt - sender.mss);
            return sender.resend(from, sender.sndNxt, now);
        }
        return 0;
    }

    private int resend(int from, int to, long now) {
        int sent = sender.resend(from, to, now);
        highRxt = from + sent;
        return sent;
    }

    /** SetPipe() of RFC 6675 section 4; without SACK each duplicate stands for a segment that left the network. */
    private int pipe() {
        int flight = scoreboard.missing(sender.sndUna, sender.sndNxt);
        int lost = scoreboard.missing(Seq.max(highRxt, sender.sndUna), lostBefore);
        int left = sack ? 0 : dupAcks * sender.mss;
        return Math.max(0, flight - lost - left);
    }

    @Override
    public String toString() {
        return phase + " recoveryPoint " + recoveryPoint + " highRxt " + highRxt + " lostBefore " + lostBefore
                + " dupAcks " + dupAcks + " rescued " + rescued + " probed " + probed + " headDue " + headDue
                + " pipe " + pipe() + " sacked " + scoreboard;
    }
}
