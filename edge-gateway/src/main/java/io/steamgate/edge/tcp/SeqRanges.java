package io.steamgate.edge.tcp;

import java.util.Arrays;

/**
 * Disjoint ranges of sequence numbers in ascending order, never touching each other: what has arrived beyond a gap, on
 * either side of a connection. Bounded; no memory until the first range.
 */
final class SeqRanges {
    private static final int[] NONE = {};

    private final int limit;
    private int[] left = NONE;
    private int[] right = NONE;
    private int count;

    /** @param limit the most ranges kept */
    SeqRanges(int limit) {
        this.limit = limit;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int left(int index) {
        return left[index];
    }

    int right(int index) {
        return right[index];
    }

    /** The right end of the last range; meaningful unless empty. */
    int highest() {
        return right[count - 1];
    }

    /**
     * Adds {@code [from, to)}, joining it with what it touches.
     *
     * @return how many sequence numbers are new; -1 when the bound keeps it out
     */
    int add(int from, int to) {
        int first = 0;
        while (first < count && Seq.before(right[first], from)) {
            first++;
        }
        int end = first;
        int known = 0;
        int newLeft = from;
        int newRight = to;
        while (end < count && Seq.atMost(left[end], to)) {
            known += Seq.min(right[end], to) - Seq.max(left[end], from);
            newLeft = Seq.min(newLeft, left[end]);
            newRight = Seq.max(newRight, right[end]);
            end++;
        }
        if (first == end) {
            if (count == limit) {
                return -1;
            }
            insert(first);
        } else {
            removeBetween(first + 1, end);
        }
        left[first] = newLeft;
        right[first] = newRight;
        return to - from - known;
    }

    /** Forgets what lies before {@code seq}. */
    void dropBefore(int seq) {
        int gone = 0;
        while (gone < count && Seq.atMost(right[gone], seq)) {
            gone++;
        }
        removeBetween(0, gone);
        if (count > 0 && Seq.before(left[0], seq)) {
            left[0] = seq;
        }
    }

    void clear() {
        count = 0;
    }

    /** The index of the range that holds {@code seq}, or -1. */
    int indexOf(int seq) {
        for (int i = 0; i < count; i++) {
            if (Seq.before(seq, left[i])) {
                return -1;
            }
            if (Seq.before(seq, right[i])) {
                return i;
            }
        }
        return -1;
    }

    /** How many sequence numbers of {@code [from, to)} are in no range. */
    int missing(int from, int to) {
        int missing = to - from;
        if (missing <= 0) {
            return 0;
        }
        for (int i = 0; i < count; i++) {
            int overlap = Seq.min(right[i], to) - Seq.max(left[i], from);
            if (overlap > 0) {
                missing -= overlap;
            }
        }
        return missing;
    }

    private void insert(int at) {
        if (count == left.length) {
            int capacity = Math.min(limit, Math.max(4, count * 2));
            left = Arrays.copyOf(left, capacity);
            right = Arrays.copyOf(right, capacity);
        }
        System.arraycopy(left, at, left, at + 1, count - at);
        System.arraycopy(right, at, right, at + 1, count - at);
        count++;
    }

    private void removeBetween(int from, int to) {
        if (from >= to) {
            return;
        }
        System.arraycopy(left, to, left, from, count - to);
        System.arraycopy(right, to, right, from, count - to);
        count -= to - from;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : " ").append(left[i]).append('-').append(right[i]);
        }
        return text.append(']').toString();
    }
}
