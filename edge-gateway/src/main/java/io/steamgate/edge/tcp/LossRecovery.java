package io.steamgate.edge.tcp;

/**
 * Which bytes are lost and what is sent while they are repaired. With selective acknowledgements {@link RackTlp} says what is
 * lost and RFC 6675 what is sent; without, RFC 6582 (NewReno) says both. They are told in the same terms: bytes before
 * {@code lostBefore} that are not acknowledged are lost; those of them before {@code highRxt} were sent again, and may be
 * lost again; {@code pipe} is what is thought to be in the network. Sequence numbers, bytes, nanoseconds.
 */
final class LossRecovery {
    private enum Phase {
        NONE,
        /** Fast recovery, entered by acknowledgements that show a loss. */
        FAST,
        /** After the retransmission timer expired: everything that was in flight is lost, in slow start. */
        TIMEOUT
    }

    /** Segments that have arrived above one that is lost rather than late (RFC 5681 section 3.2, RFC 8985 section 6.2). */
    static final int DUP_THRESH = 3;

    private final Sender sender;
    private final SackScoreboard scoreboard = new SackScoreboard();
    private final RackTlp rack = new RackTlp();
    private boolean sack;
    private Phase phase = Phase.NONE;
    private int recoveryPoint;
    private int highRxt;
    private int lostBefore;
    private int dupAcks;
    private boolean headDue;
    private int timeoutStamp;
    private boolean rescued;
    /** When the window was reduced for the last time: what was sent before and is lost is the same sign of congestion. */
    private long reducedAt;

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

    /** {@code [from, to)} leaves. */
    void sent(int from, int to, long now) {
        if (sack) {
            rack.sent.sent(from, to, now);
        }
    }

    /**
     * An ACK that does not advance.
     *
     * @param duplicate whether it is one by RFC 5681 section 2
     * @param news whether its SACK blocks say something new
     * @param echoAge age of the echoed timestamp in milliseconds, -1 without
     */
    void duplicate(boolean duplicate, boolean news, int echoAge, long now) {
        if (sack ? news : duplicate) {
            dupAcks++;
            sender.counters().duplicateAcks.increment();
        }
        if (sack) {
            if (news) {
                rack.acknowledged(scoreboard, sender.sndUna, echoAge, now);
                reorderingPassed(now);
            }
        } else if (phase == Phase.NONE && Seq.after(sender.sndUna, recoveryPoint) && dupAcks >= DUP_THRESH) {
            // RFC 6582 section 3.2 step 2: duplicates of what a timeout sent twice are no new loss.
            enterFast(now);
        }
    }

    /** Looks for losses, after an acknowledgement or when the reordering window has passed without one. */
    void reorderingPassed(long now) {
        detect(now);
        if (phase == Phase.NONE && Seq.after(lostBefore, sender.sndUna)) {
            enterFast(now);
        }
    }

    /** Nanoseconds until {@link #reorderingPassed} has something to say; 0 when it has not. */
    long reorderingWait() {
        return rack.reorderingWait();
    }

    private void detect(long now) {
        rack.detect(phase != Phase.NONE, sender.rtt.srtt(), now);
        lostBefore = Seq.max(lostBefore, rack.sent.lostBefore(sender.sndUna));
        if (phase != Phase.NONE && rack.lostAgainSince(reducedAt)) {
            // The loss of a retransmission is a sign of congestion of its own (RFC 5681 section 4.3).
            reducedAt = now;
            sender.congestion.loss(Math.min(sender.inFlight(), sender.congestion.cwnd()), now);
        }
    }

    /** Whether a tail loss probe makes sense: the peer can say what it got, and the timer has not spoken yet. */
    boolean mayProbe() {
        return sack && phase != Phase.TIMEOUT;
    }

    /**
     * Nothing new was acknowledged for two round trips: one segment is sent that the peer must answer, long before the
     * timeout. What its answer says of all that was sent before is for {@link RackTlp} to see.
     */
    void probe(long now) {
        sender.counters().tailLossProbes.increment();
        if (phase == Phase.FAST) {
            // Beyond the RFC, which leaves this to the timeout: what was sent again was lost again, the last of it too.
            int sent = sender.resend(sender.sndUna, scoreboard.gapEnd(sender.sndUna, sender.sndNxt), now);
            highRxt = Seq.max(highRxt, sender.sndUna + sent);
        } else if (sender.sendNew(sender.mss, now) == 0) {
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
        reducedAt = now;
        sender.congestion.loss(sender.inFlight(), now);
        sender.counters().fastRecoveries.increment();
    }

    /** {@code sndUna} advanced by {@code count}. */
    void advanced(int count, boolean windowUsed, int echoAge, long now) {
        int sndUna = sender.sndUna;
        scoreboard.acknowledged(sndUna);
        if (scoreboard.reneged(sndUna)) {
            forgetSacks();
        }
        highRxt = Seq.max(highRxt, sndUna);
        lostBefore = Seq.max(lostBefore, sndUna);
        if (sack) {
            rack.acknowledged(scoreboard, sndUna, echoAge, now);
            if (phase != Phase.NONE || !scoreboard.isEmpty() || rack.reorderingWait() > 0) {
                detect(now);
            }
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
            lostBefore = rack.sent.lostBefore(sndUna);
            if (Seq.after(lostBefore, sndUna)) {
                enterFast(now);
            }
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
            forgetSacks();
        }
        reducedAt = now;
        resendAll();
    }

    private void forgetSacks() {
        scoreboard.clear();
        rack.sent.forgetDelivered();
    }

    /** Everything in flight is taken for lost. */
    void resendAll() {
        phase = Phase.TIMEOUT;
        recoveryPoint = sender.sndNxt;
        lostBefore = sender.sndNxt;
        highRxt = sender.sndUna;
        dupAcks = 0;
        rescued = true;
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

    /** NextSeg() of RFC 6675 section 4, before all else what is lost again. */
    private int sendNext(int room, long now) {
        int again = sendLostAgain(now);
        if (again > 0) {
            return again;
        }
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

    private int sendLostAgain(long now) {
        for (int i = 0; i < rack.sent.count() && Seq.before(rack.sent.left(i), highRxt); i++) {
            if (isLostAgain(i)) {
                int from = scoreboard.nextMissing(Seq.max(rack.sent.left(i), sender.sndUna));
                int end = Seq.min(rack.sent.end(i), highRxt);
                if (Seq.before(from, end)) {
                    return sender.resend(from, scoreboard.gapEnd(from, end), now);
                }
            }
        }
        return 0;
    }

    private boolean isLostAgain(int index) {
        return rack.sent.lost(index) && !rack.sent.delivered(index);
    }

    private int lostAgain() {
        int bytes = 0;
        for (int i = 0; i < rack.sent.count() && Seq.before(rack.sent.left(i), highRxt); i++) {
            if (isLostAgain(i)) {
                int from = Seq.max(rack.sent.left(i), sender.sndUna);
                bytes += scoreboard.missing(from, Seq.min(rack.sent.end(i), highRxt));
            }
        }
        return bytes;
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
        return Math.max(0, flight - lost - lostAgain() - left);
    }

    @Override
    public String toString() {
        return phase + " recoveryPoint " + recoveryPoint + " highRxt " + highRxt + " lostBefore " + lostBefore
                + " dupAcks " + dupAcks + " rescued " + rescued + " headDue " + headDue
                + " pipe " + pipe() + " sacked " + scoreboard;
    }
}
