package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;

/**
 * A handshake without memory: everything needed to make the connection is in what the client must send back (Bernstein
 * 1996; RFC 4987 section 3.6).
 *
 * <p>The sequence number is five bits of a clock that ticks every 64 seconds, three bits that say which MSS, and 24 bits
 * of a keyed hash of these, the four-tuple and the client's sequence number. Where the client sends timestamps, the low
 * nine bits of ours say the rest: both window shifts and whether it permits SACK. Without, there is neither scaling nor
 * SACK.
 */
final class SynCookies {
    /** Low bits of the timestamp that carry options. */
    static final int TIMESTAMP_BITS = 9;

    private static final int[] MSS = {64, 512, 536, 1024, 1220, 1440, 1460, 8960};
    private static final long TICK_NANOS = 64 * Clock.NANOS_PER_SECOND;
    /** A cookie is good in the tick it was made in and the one after. */
    private static final int MAX_AGE = 1;

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
        int tick = tick();
        return tick << 27 | index << 24 | mac(syn, syn.seq, tick, index);
    }

    /**
     * Checks the ACK that ends a handshake.
     *
     * @return the peer's MSS, or 0 when this is no cookie of ours, or too old
     */
    int check(Segment ack) {
        int cookie = ack.ack - 1;
        int tick = cookie >>> 27;
        int index = cookie >>> 24 & 7;
        if ((tick() - tick & 31) > MAX_AGE || mac(ack, ack.seq - 1, tick, index) != (cookie & 0xFF_FFFF)) {
            return 0;
        }
        return MSS[index];
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

    private int tick() {
        return (int) (clock.nanos() / TICK_NANOS) & 31;
    }

    private int mac(Segment segment, int irs, int tick, int index) {
        long addresses = (long) segment.localAddress << 32 | segment.remoteAddress & 0xFFFF_FFFFL;
        long rest = (long) irs << 32 | segment.ports() & 0xFFFF_FFFFL;
        return (int) hash.hash(addresses, rest, (long) tick << 8 | index) & 0xFF_FFFF;
    }
}
