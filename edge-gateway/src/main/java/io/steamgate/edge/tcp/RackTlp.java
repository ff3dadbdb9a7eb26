package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;

/**
 * RACK-TLP (RFC 8985): a segment is lost when one that was sent later has arrived, however often either was sent; and the end
 * of a flight, which nothing follows, is probed for. Unlike counting duplicates this sees that a retransmission was lost.
 * D-SACKs are not read, so the reordering window stays at a quarter of the least round trip (section 6.2 step 4).
 * Nanoseconds, but for the echoed timestamp.
 */
final class RackTlp {
    /** Less than this a probe does not wait, whatever the round trip: a busy peer is no lossy path. */
    private static final long LEAST_PROBE = 10 * Clock.NANOS_PER_MILLI;

    final SentSegments sent = new SentSegments();
    /** Of the segment that was sent last of those that have arrived (RACK.segment, RACK.xmit_ts, RACK.end_seq). */
    private boolean known;

    private long xmitTime;
    private int endSeq;
    private long rtt;

    private long minRtt = Long.MAX_VALUE;
    /** The highest sequence number that arrived (RACK.fack). */
    private int fack;

    private boolean fackKnown;
    private boolean reorderingSeen;
    private long wait;
    private boolean lostAgain;
    private long lostAgainSentAt;

    /** When to probe for the end of a flight (section 7.2), from its last segment on. */
    static long probeTimeout(long srtt, boolean oneSegment) {
        return Math.max(2 * srtt, LEAST_PROBE) + (oneSegment ? ConnectionTimers.DELAYED_ACK : 0);
    }

    /**
     * Steps 1 to 3: notes what an acknowledgement says has arrived.
     *
     * @param echoAge age of the echoed timestamp in whole milliseconds of our clock, -1 without: older than a
     *     retransmission it answers what was sent before
     */
    void acknowledged(SackScoreboard scoreboard, int sndUna, int echoAge, long now) {
        int highest = scoreboard.highest(sndUna);
        for (int i = 0; i < sent.count() && Seq.atMost(sent.end(i), highest); i++) {
            int left = Seq.max(sent.left(i), sndUna);
            if (sent.delivered(i) || Seq.before(left, sent.end(i)) && scoreboard.missing(left, sent.end(i)) > 0) {
                continue;
            }
            sent.deliver(i);
            // What came out of order is not echoed (RFC 7323 section 4.3): the echo then says nothing of it.
            delivered(i, Seq.atMost(sent.end(i), sndUna) ? echoAge : -1, now);
        }
        sent.dropBefore(sndUna);
    }

    private void delivered(int i, int echoAge, long now) {
        int end = sent.end(i);
        boolean resent = sent.resent(i);
        if (!fackKnown || Seq.after(end, fack)) {
            fackKnown = true;
            fack = end;
        } else if (Seq.before(end, fack) && !resent) {
            reorderingSeen = true;
        }
        long took = now - sent.time(i);
        if (resent && (took < minRtt && minRtt != Long.MAX_VALUE || echoAge > age(sent.time(i), now))) {
            // Rather the first one arrived (step 2).
            return;
        }
        if (!resent) {
            minRtt = Math.min(minRtt, took);
        }
        if (!known || sentAfter(sent.time(i), end, xmitTime, endSeq)) {
            known = true;
            xmitTime = sent.time(i);
            endSeq = end;
            rtt = took;
        }
    }

    private static int age(long since, long now) {
        return (int) (now / Clock.NANOS_PER_MILLI - since / Clock.NANOS_PER_MILLI);
    }

    private static boolean sentAfter(long time, int end, long otherTime, int otherEnd) {
        return time - otherTime > 0 || time == otherTime && Seq.after(end, otherEnd);
    }

    /**
     * Steps 4 and 5: marks as lost what was sent before what has arrived, longer ago than the reordering window.
     *
     * @param recovering whether losses are being repaired: reordering that was not seen by now is not waited for
     */
    void detect(boolean recovering, long srtt, long now) {
        wait = 0;
        lostAgain = false;
        if (!known) {
            return;
        }
        long window = reorderingWindow(recovering, srtt);
        for (int i = 0; i < sent.count(); i++) {
            if (sent.delivered(i) || sent.lost(i) || !sentAfter(xmitTime, endSeq, sent.time(i), sent.end(i))) {
                continue;
            }
            long remaining = sent.time(i) + rtt + window - now;
            if (remaining <= 0) {
                sent.lose(i);
                if (sent.resent(i) && (!lostAgain || sent.time(i) - lostAgainSentAt > 0)) {
                    lostAgain = true;
                    lostAgainSentAt = sent.time(i);
                }
            } else {
                wait = Math.max(wait, remaining);
            }
        }
    }

    private long reorderingWindow(boolean recovering, long srtt) {
        if (minRtt == Long.MAX_VALUE
                || !reorderingSeen && (recovering || sent.delivered() >= LossRecovery.DUP_THRESH)) {
            return 0;
        }
        return Math.min(minRtt / 4, srtt);
    }

    /** Whether the last {@link #detect} found a retransmission lost that was sent at {@code since} or later. */
    boolean lostAgainSince(long since) {
        return lostAgain && lostAgainSentAt - since >= 0;
    }

    /** After this {@link #detect} will find more; 0 when it will not. */
    long reorderingWait() {
        return wait;
    }
}
