package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;

/**
 * A handshake without memory: everything needed to make the connection is in what the client must send back (Bernstein
 * 1996; RFC 4987 section 3.6).
 *
 * <p>The sequence number is five bits of a clock that ticks every 64 seconds, three bits that say which MSS, ten of a keyed
 * hash of these, the four-tuple and the client's sequence number, and 14 of one without the latter. So a segment that has
 * overtaken the one that ends the handshake can be told from any other: also from later ones, whose acknowledgments are beyond the
 * cookie and differ in the low bits. Where the client sends timestamps, the low
 * nine bits of ours say the rest: both window shifts and whether it permits SACK. Without, there is neither scaling nor
 * SACK.
 */
public final class SynCookies {
    /** Low bits of the timestamp that carry options. */
    static final int TIMESTAMP_BITS = 9;

    private static final int[] MSS = {64, 512, 536, 1024, 1220, 1440, 1460, 8960};
    private static final long TICK_NANOS = 64 * Clock.NANOS_PER_SECOND;
    /** A cookie is good in the tick it was made in and the one after. */
    private static final int MAX_AGE = 1;
    /**
     * No cookie is older, in nanoseconds: an ACK out of nowhere is looked at only so long after the last one was sent. Two seconds
     * for a timestamp that lags: by its low bits, and by the kernel's view of the clock where that has answered.
     */
    public static final long LIFE = (MAX_AGE + 1) * TICK_NANOS + 2 * Clock.NANOS_PER_SECOND;

    private static final int TUPLE_BITS = 14;
    private static final int BEGINNING_BITS = 10;
    private static final int FOR_TUPLE = 1 << 8;
    private static final int FOR_BEGINNING = 2 << 8;

    private static final int NO_SCALE = 15;

    private final SipHash hash;
    private final Clock clock;

    SynCookies(Clock clock, Randomness randomness) {
        this.clock = clock;
        hash = SipHash.keyed(randomness);
    }

    /** The largest MSS of the table that is not larger. */
    static int indexOfMss(int mss) {
        int index = MSS.length - 1;
        while (index > 0 && MSS[index] > mss) {
            index--;
        }
        return index;
    }

    /** The initial sequence number of a SYN-ACK. */
    int make(Segment syn, int peerMss) {
        int index = indexOfMss(peerMss);
        int said = tick() << 27 | index << 24;
        return said | ofBeginning(syn, syn.seq, said) << TUPLE_BITS | ofTuple(syn, said);
    }

    /** What a segment without SYN tells about the handshake of its four-tuple. */
    public enum Echo {
        /** It brings no cookie of ours, or one too old. */
        NONE,
        /** It brings a cookie, but is not the first behind the SYN: that one is to come. */
        EARLY,
        /** It ends the handshake. */
        WHOLE
    }

    Echo check(Segment ack) {
        int cookie = ack.ack - 1;
        int said = cookie & 0xFF00_0000;
        if ((tick() - (said >>> 27) & 31) > MAX_AGE || ofTuple(ack, said) != (cookie & (1 << TUPLE_BITS) - 1)) {
            return Echo.NONE;
        }
        return ofBeginning(ack, ack.seq - 1, said) == (cookie >>> TUPLE_BITS & (1 << BEGINNING_BITS) - 1)
                ? Echo.WHOLE
                : Echo.EARLY;
    }

    /** The peer's MSS, as the cookie says that a segment brings. */
    static int mss(Segment ack) {
        return MSS[ack.ack - 1 >>> 24 & 7];
    }

    /**
     * Our timestamp for a SYN-ACK: at most {@code now}, its low bits replaced.
     *
     * @param peerShift the client's window scale, -1 without
     * @param ownShift ours, -1 without
     */
    static int timestamp(int now, int peerShift, int ownShift, boolean sack) {
        int bits =
                (peerShift < 0 ? NO_SCALE : peerShift) | (sack ? 0x10 : 0) | (ownShift < 0 ? NO_SCALE : ownShift) << 5;
        int stamped = now & -(1 << TIMESTAMP_BITS) | bits;
        return stamped - now > 0 ? stamped - (1 << TIMESTAMP_BITS) : stamped;
    }

    /** The client's shift in an echoed timestamp; -1 for none. */
    static int peerShift(int echo) {
        int shift = echo & 15;
        return shift == NO_SCALE ? -1 : shift;
    }

    /** Our shift in an echoed timestamp; -1 for none. */
    static int ownShift(int echo) {
        int shift = echo >>> 5 & 15;
        return shift == NO_SCALE ? -1 : shift;
    }

    static boolean sack(int echo) {
        return (echo & 0x10) != 0;
    }

    SipHash hash() {
        return hash;
    }

    /** Five bits of the clock. */
    int tick() {
        return (int) Long.divideUnsigned(clock.nanos(), TICK_NANOS) & 31;
    }

    /** @param said tick and index, where they lie in the cookie */
    private int ofTuple(Segment segment, int said) {
        return hashed(segment, 0, said >>> 24 | FOR_TUPLE) & (1 << TUPLE_BITS) - 1;
    }

    private int ofBeginning(Segment segment, int irs, int said) {
        return hashed(segment, irs, said >>> 24 | FOR_BEGINNING) & (1 << BEGINNING_BITS) - 1;
    }

    private int hashed(Segment segment, int irs, int purpose) {
        long addresses = (long) segment.localAddress << 32 | segment.remoteAddress & 0xFFFF_FFFFL;
        return (int) hash.hash(addresses, (long) irs << 32 | segment.ports() & 0xFFFF_FFFFL, purpose);
    }
}
