package io.steamgate.edge.tcp;

import java.util.Arrays;

/**
 * The receiving half of a connection: the window, reassembly, and when to acknowledge. Bytes that come early are placed
 * where they belong in the buffer; the announced window is never larger than what the buffer may still take, so they
 * always fit.
 */
final class Receiver {
    /** Ranges beyond gaps that are remembered; what would be one more is dropped and comes again. */
    private static final int MAX_EARLY_RANGES = 64;

    private static final int RECENT = 4;

    final ByteQueue buffer = new ByteQueue();
    final int irs;
    int rcvNxt;
    /** The highest right edge ever announced: what is before it is taken, whatever the limit became. */
    int rcvAdv;

    final int shift;
    private int limit;
    private boolean held;
    private boolean finKnown;
    private int finSeq;
    boolean finReceived;
    int lastAckSent;
    int tsRecent;
    /** Milliseconds of the stack's clock at which {@link #tsRecent} was set. */
    int tsRecentAt;

    boolean ackNow;
    /** Bytes in order that no acknowledgement has covered. */
    int unacknowledged;

    /** Our estimate of the peer's segment size, for "every second full-sized segment". */
    private int segmentSize = 536;

    private final int announcedMss;
    private final SeqRanges early = new SeqRanges(MAX_EARLY_RANGES);
    /** A sequence number in each of the ranges that changed last, the latest first (RFC 2018 section 4). */
    private int[] recent = {};

    Receiver(int irs, int rcvNxt, int rcvAdv, int shift, int announcedMss, int limit) {
        this.irs = irs;
        this.rcvNxt = rcvNxt;
        this.rcvAdv = rcvAdv;
        this.shift = shift;
        this.announcedMss = announcedMss;
        this.limit = limit;
        lastAckSent = rcvNxt;
    }

    /**
     * Whether a segment may be looked at (RFC 9293 section 3.10.7.4, first step). As everybody does it: one without bytes
     * is also taken at the right edge itself, where a peer that filled our window stands when it acknowledges.
     */
    boolean acceptable(Segment segment) {
        return Seq.atMost(segment.seq, rcvAdv) && Seq.atMost(rcvNxt, segment.end());
    }

    /**
     * Whether the peer loses nothing when it hears of what it sent a little later: it was less than a segment, and the peer
     * has room to go on.
     */
    boolean patient() {
        return !ackNow && unacknowledged < announcedMss && rcvAdv - rcvNxt >= 2 * announcedMss && !finReceived;
    }

    /** Takes the payload and FIN of an acceptable segment, cut to the window. Returns whether in-order bytes were added. */
    boolean take(Segment segment) {
        if (segment.length == 0 && !segment.fin()) {
            return false;
        }
        if (finReceived) {
            ackNow = true;
            return false;
        }
        segment.cutBefore(rcvNxt);
        segment.cutAfter(rcvAdv);
        if (finKnown) {
            segment.cutAfter(finSeq);
        }
        if (segment.length == 0 && !segment.fin()) {
            ackNow = true;
            return false;
        }
        int end = segment.seq + segment.length;
        if (segment.fin() && !finKnown && (early.isEmpty() || Seq.atMost(early.highest(), end))) {
            finKnown = true;
            finSeq = end;
        }
        boolean added = segment.seq == rcvNxt ? takeInOrder(segment) : takeEarly(segment);
        if (finKnown && rcvNxt == finSeq) {
            rcvNxt++;
            rcvAdv = Seq.max(rcvAdv, rcvNxt);
            finReceived = true;
            ackNow = true;
        }
        return added;
    }

    private boolean takeInOrder(Segment segment) {
        int length = segment.length;
        if (length == 0) {
            return false;
        }
        segmentSize = Math.clamp(length, segmentSize, Math.max(segmentSize, announcedMss));
        boolean filledGap = !early.isEmpty();
        buffer.place(0, segment.memory, segment.payloadOffset, length);
        buffer.advance(length);
        rcvNxt += length;
        if (filledGap) {
            early.dropBefore(rcvNxt);
            if (!early.isEmpty() && early.left(0) == rcvNxt) {
                int more = early.right(0) - rcvNxt;
                buffer.advance(more);
                rcvNxt += more;
                early.dropBefore(rcvNxt);
            }
            // RFC 5681 section 4.2: at once when a gap is filled in part or whole.
            ackNow = true;
        }
        unacknowledged += length;
        if (unacknowledged >= 2 * segmentSize) {
            ackNow = true;
        }
        return true;
    }

    private boolean takeEarly(Segment segment) {
        ackNow = true;
        if (segment.length == 0) {
            return false;
        }
        int end = segment.seq + segment.length;
        int fresh = early.add(segment.seq, end);
        if (fresh > 0) {
            buffer.place(segment.seq - rcvNxt, segment.memory, segment.payloadOffset, segment.length);
        }
        if (fresh >= 0) {
            remember(segment.seq);
        }
        return false;
    }

    private void remember(int seq) {
        if (recent.length == 0) {
            recent = new int[RECENT];
            Arrays.fill(recent, seq);
        }
        System.arraycopy(recent, 0, recent, 1, RECENT - 1);
        recent[0] = seq;
    }

    boolean hasEarly() {
        return !early.isEmpty();
    }

    int earlyRanges() {
        return early.count();
    }

    /**
     * Fills in the blocks to report: the range that changed last first, then those before it, then any other.
     *
     * @return how many of {@code blocks}, pairs of left and right, were filled in
     */
    int sackBlocks(int[] blocks, int most) {
        int count = 0;
        if (early.isEmpty()) {
            return 0;
        }
        for (int i = 0; i < recent.length && count < most; i++) {
            count = block(blocks, count, early.indexOf(recent[i]));
        }
        for (int i = early.count() - 1; i >= 0 && count < most; i--) {
            count = block(blocks, count, i);
        }
        return count;
    }

    private int block(int[] blocks, int count, int index) {
        if (index < 0) {
            return count;
        }
        for (int i = 0; i < count; i++) {
            if (blocks[2 * i] == early.left(index)) {
                return count;
            }
        }
        blocks[2 * count] = early.left(index);
        blocks[2 * count + 1] = early.right(index);
        return count + 1;
    }

    void consume(int count) {
        buffer.drop(count);
    }

    int limit() {
        return limit;
    }

    void limit(int bytes) {
        limit = bytes;
    }

    void hold(boolean hold) {
        held = hold;
    }

    /** What the right edge would be if the whole free buffer were announced. */
    private int freeEdge() {
        int edge = rcvNxt + Math.max(0, limit - buffer.length());
        return held ? rcvAdv : Seq.max(edge, rcvAdv);
    }

    /** Whether the window has opened so far that telling is worth a segment of its own (RFC 9293 section 3.8.6.2.2). */
    boolean updateDue() {
        if (finReceived) {
            return false;
        }
        int gain = freeEdge() - rcvAdv;
        return gain > 0 && gain >= Math.min(limit / 2, 2 * segmentSize);
    }

    /** The window in bytes that a segment sent now announces: a multiple of the scale's step. */
    int window() {
        int edge = freeEdge();
        // Silly window avoidance: small steps are kept back until they add up.
        if (edge - rcvAdv < Math.min(limit / 2, segmentSize)) {
            edge = rcvAdv;
        }
        int open = edge - rcvNxt;
        int step = 1 << shift;
        // Rounded up, or room smaller than a step could never be offered and a peer with more to say would wait for
        // ever;
        // but never so that more than one step beyond the limit could come.
        int window = open + step - 1 >>> shift << shift;
        if (held || window + buffer.length() > limit + step) {
            window = open >>> shift << shift;
        }
        return Math.min(window, 0xFFFF << shift);
    }

    /** A segment with an acknowledgement and {@code window} has left. */
    void announced(int window) {
        rcvAdv = Seq.max(rcvAdv, rcvNxt + window);
        lastAckSent = rcvNxt;
        unacknowledged = 0;
        ackNow = false;
    }
}
