package io.steamgate.edge.tcp;

import io.steamgate.edge.wire.TcpOptions;

/** What the peer has selectively acknowledged (RFC 2018), and what is missing between (RFC 6675 section 4). */
final class SackScoreboard {
    private static final int MAX_RANGES = 256;

    private final SeqRanges sacked = new SeqRanges(MAX_RANGES);

    /**
     * Takes the blocks of an ACK. Blocks outside {@code (sndUna, sndNxt]} are D-SACKs (RFC 2883) or lies and ignored.
     *
     * @return whether something new was said
     */
    boolean update(TcpOptions options, int sndUna, int sndNxt) {
        boolean news = false;
        for (int i = 0; i < options.sackBlocks(); i++) {
            int left = options.sackLeft(i);
            int right = options.sackRight(i);
            if (Seq.before(left, right) && Seq.after(left, sndUna) && Seq.atMost(right, sndNxt)) {
                news |= sacked.add(left, right) > 0;
            }
        }
        return news;
    }

    void acknowledged(int sndUna) {
        sacked.dropBefore(sndUna);
    }

    void clear() {
        sacked.clear();
    }

    boolean isEmpty() {
        return sacked.isEmpty();
    }

    /** Whether the peer says it has the very byte it does not acknowledge: it took a selective acknowledgement back. */
    boolean reneged(int sndUna) {
        return !sacked.isEmpty() && sacked.left(0) == sndUna;
    }

    /** After the highest byte acknowledged; {@code sndUna} when none is. */
    int highest(int sndUna) {
        return sacked.isEmpty() ? sndUna : sacked.highest();
    }

    /** Bytes of {@code [from, to)} not acknowledged. */
    int missing(int from, int to) {
        return sacked.missing(from, to);
    }

    /** The first byte at or after {@code from} that is not acknowledged. */
    int nextMissing(int from) {
        int index = sacked.indexOf(from);
        return index < 0 ? from : sacked.right(index);
    }

    /** The end of the gap that {@code from}, a missing byte, lies in: where the next range starts, or {@code end}. */
    int gapEnd(int from, int end) {
        for (int i = 0; i < sacked.count(); i++) {
            if (Seq.after(sacked.left(i), from)) {
                return Seq.min(sacked.left(i), end);
            }
        }
        return end;
    }

    @Override
    public String toString() {
        return sacked.toString();
    }
}
