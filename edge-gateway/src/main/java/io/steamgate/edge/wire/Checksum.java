package io.steamgate.edge.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624). A <em>sum</em> here is a running, unfolded
 * one's-complement sum of 16-bit big-endian words held in a {@code long}; {@link #finish} folds and complements it.
 */
public final class Checksum {
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private Checksum() {}

    /** Adds {@code length} bytes to {@code sum}; an odd last byte counts as the high half of a word. */
    public static long add(long sum, MemorySegment memory, long offset, int length) {
        long total = 0;
        long at = offset;
        long end = offset + length;
        // Eight bytes at a time: 2^32 = 1 mod 65535, so both halves are added as they are and folded at the end.
        for (; at + 8 <= end; at += 8) {
            long word = memory.get(I64, at);
            total += (word >>> 32) + (word & 0xFFFF_FFFFL);
        }
        if (at + 4 <= end) {
            total += NetworkOrder.i32(memory, at) & 0xFFFF_FFFFL;
            at += 4;
        }
        if (at + 2 <= end) {
            total += NetworkOrder.u16(memory, at);
            at += 2;
        }
        if (at < end) {
            total += (long) NetworkOrder.u8(memory, at) << 8;
        }
        return sum + fold(total);
    }

    /** The sum of the IPv4 pseudo-header (RFC 9293 section 3.1; RFC 768). {@code length} is transport header plus payload. */
    public static long pseudoHeader(int source, int destination, int protocol, int length) {
        return (source >>> 16) + (source & 0xFFFF) + (destination >>> 16) + (destination & 0xFFFF) + protocol + length;
    }

    /** Adds a 32-bit big-endian value. */
    public static long add32(long sum, int value) {
        return sum + (value >>> 16) + (value & 0xFFFF);
    }

    /** Folds to 16 bits, without complement. */
    public static int fold(long sum) {
        long s = (sum >>> 32) + (sum & 0xFFFF_FFFFL);
        s = (s >>> 16) + (s & 0xFFFF);
        s = (s >>> 16) + (s & 0xFFFF);
        s = (s >>> 16) + (s & 0xFFFF);
        return (int) s;
    }

    /** The value for a checksum field over {@code sum}. */
    public static int finish(long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    /** The change that replacing {@code from} by {@code to} makes to a sum (RFC 1624: add the complement of the old). */
    public static long delta32(int from, int to) {
        return (~from >>> 16) + (~from & 0xFFFF) + (to >>> 16) + (to & 0xFFFF);
    }

    public static long delta16(int from, int to) {
        return (~from & 0xFFFF) + (to & 0xFFFF);
    }

    /** Updates a checksum field by a sum of deltas (RFC 1624 equation 3). */
    public static int update(int checksum, long delta) {
        return ~fold((~checksum & 0xFFFF) + delta) & 0xFFFF;
    }

    /** Updates the field of a packet whose checksum the hardware completes: it holds the plain pseudo-header sum. */
    public static int updatePartial(int sum, long delta) {
        return fold(sum + delta);
    }
}
