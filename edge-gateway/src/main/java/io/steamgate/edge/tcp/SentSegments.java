package io.steamgate.edge.tcp;

import java.util.Arrays;

/**
 * When each part of what is in flight was sent last, in the order of sequence numbers: what RACK looks at (RFC 8985 section
 * 5.2). Entries follow each other without gaps. Bounded: beyond {@link #MOST} the latest entry covers what follows it.
 */
final class SentSegments {
    /** More than a full send buffer has in segments of 256 bytes. */
    static final int MOST = 1024;

    private static final byte RESENT = 1;
    private static final byte DELIVERED = 2;
    private static final byte LOST = 4;

    private int[] ends = {};
    private long[] times = {};
    private byte[] marks = {};
    private int first;
    private int count;
    /** Where the first entry begins. */
    private int left;

    int count() {
        return count;
    }

    int left(int index) {
        return index == 0 ? left : ends[first + index - 1];
    }

    int end(int index) {
        return ends[first + index];
    }

    /** Nanoseconds at which it was sent for the last time. */
    long time(int index) {
        return times[first + index];
    }

    boolean resent(int index) {
        return (marks[first + index] & RESENT) != 0;
    }

    /** Known to have arrived. */
    boolean delivered(int index) {
        return (marks[first + index] & DELIVERED) != 0;
    }

    /** How many are known to have arrived. */
    int delivered() {
        int segments = 0;
        for (int i = 0; i < count; i++) {
            segments += delivered(i) ? 1 : 0;
        }
        return segments;
    }

    void deliver(int index) {
        marks[first + index] |= DELIVERED;
    }

    /** What was sent last is lost. */
    boolean lost(int index) {
        return (marks[first + index] & LOST) != 0;
    }

    void lose(int index) {
        marks[first + index] |= LOST;
    }

    /** {@code [from, to)} leaves; where it was sent before, for a second time. */
    void sent(int from, int to, long now) {
        if (count == 0) {
            left = from;
        }
        int known = count == 0 ? from : end(count - 1);
        if (Seq.before(from, known)) {
            resend(from, Seq.min(to, known), now);
        }
        if (Seq.after(to, known)) {
            append(to, now);
        }
    }

    private void append(int end, long now) {
        if (count == MOST) {
            ends[first + count - 1] = end;
            times[first + count - 1] = now;
            return;
        }
        insert(count, end, now, (byte) 0);
    }

    private void resend(int from, int to, long now) {
        for (int i = 0; i < count && Seq.before(left(i), to); i++) {
            if (Seq.atMost(end(i), from)) {
                continue;
            }
            i += split(i, from);
            split(i, to);
            times[first + i] = now;
            marks[first + i] = RESENT;
        }
    }

    /** Cuts an entry in two at {@code at}, if it lies inside and there is room; else a resent part renews the whole. */
    private int split(int index, int at) {
        if (count == MOST || !Seq.after(at, left(index)) || !Seq.before(at, end(index))) {
            return 0;
        }
        insert(index, at, time(index), marks[first + index]);
        return 1;
    }

    private void insert(int index, int end, long time, byte mark) {
        makeRoom();
        int at = first + index;
        System.arraycopy(ends, at, ends, at + 1, count - index);
        System.arraycopy(times, at, times, at + 1, count - index);
        System.arraycopy(marks, at, marks, at + 1, count - index);
        ends[at] = end;
        times[at] = time;
        marks[at] = mark;
        count++;
    }

    private void makeRoom() {
        if (first + count < ends.length) {
            return;
        }
        if (count > ends.length / 2 || ends.length == 0) {
            int capacity = Math.clamp(2L * ends.length, 16, 2 * MOST);
            ends = Arrays.copyOf(ends, capacity);
            times = Arrays.copyOf(times, capacity);
            marks = Arrays.copyOf(marks, capacity);
        }
        System.arraycopy(ends, first, ends, 0, count);
        System.arraycopy(times, first, times, 0, count);
        System.arraycopy(marks, first, marks, 0, count);
        first = 0;
    }

    /** Forgets what lies before {@code seq} as a whole. */
    void dropBefore(int seq) {
        while (count > 0 && Seq.atMost(end(0), seq)) {
            left = end(0);
            first++;
            count--;
        }
        if (count == 0) {
            first = 0;
        }
    }

    /** After the last part that is lost and did not arrive; {@code sndUna} when nothing is. */
    int lostBefore(int sndUna) {
        for (int i = count - 1; i >= 0; i--) {
            if (lost(i) && !delivered(i)) {
                return Seq.max(sndUna, end(i));
            }
        }
        return sndUna;
    }

    /** Selective acknowledgements were taken back. */
    void forgetDelivered() {
        for (int i = 0; i < count; i++) {
            marks[first + i] &= ~DELIVERED;
        }
    }
}
