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
    private boolean rescued;

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
            lostBefore = Seq.max(lostBefore, scoreboard.lostBefore(sender.sndUna, sender.mss));
        }
        // RFC 6582 section 3.2 step 2: duplicates of what a timeout sent twice are no new loss.
        boolean fresh = sack || Seq.after(sender.sndUna, recoveryPoint);
        if (phase == Phase.NONE
                && (dupAcks >= SackScoreboard.DUP_THRESH && fresh || Seq.after(lostBefore, sender.sndUna))) {
            enterFast(now);
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
        if (sack) {
            lostBefore = Seq.max(lostBefore, scoreboard.lostBefore(sndUna, sender.mss));
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

    /** The retransmission timer expired; {@code again} when nothing was acknowledged since the last time. */
    void timeout(boolean again, long now) {
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
}
