package io.steamgate.edge.wire;

import java.lang.foreign.MemorySegment;

/**
 * The options of a TCP header that this stack knows (RFC 9293 section 3.2, RFC 7323, RFC 2018). One instance is filled
 * anew by each {@link #parse}, which accepts any bytes: an option that is cut short, or has a wrong length, ends the
 * list and sets {@link #malformed}; unknown kinds are skipped.
 */
public final class TcpOptions {
    public static final int END = 0;
    public static final int NO_OPERATION = 1;
    public static final int MAXIMUM_SEGMENT_SIZE = 2;
    public static final int WINDOW_SCALE = 3;
    public static final int SACK_PERMITTED = 4;
    public static final int SACK = 5;
    public static final int TIMESTAMPS = 8;

    /** NOP, NOP, timestamps: the layout of RFC 7323 appendix A. */
    public static final int TIMESTAMPS_LENGTH = 12;
    /** More blocks do not fit in forty bytes. */
    public static final int MAX_SACK_BLOCKS = 4;

    private int mss;
    private int windowScale;
    private boolean sackPermitted;
    private boolean hasTimestamps;
    private int tsVal;
    private int tsEcr;
    private int timestampsOffset;
    private int sackBlocks;
    private int sackOffset;
    private boolean malformed;
    private final int[] sackLeft = new int[MAX_SACK_BLOCKS];
    private final int[] sackRight = new int[MAX_SACK_BLOCKS];

    /** Reads {@code memory[offset, offset + length)}; of an option that repeats the last one counts. */
    public TcpOptions parse(MemorySegment memory, int offset, int length) {
        clear();
        int end = offset + length;
        // Nearly every segment has exactly the twelve bytes of RFC 7323 appendix A.
        if (length == TIMESTAMPS_LENGTH && NetworkOrder.i32(memory, offset) == 0x0101_080A) {
            timestamps(memory, offset + 2);
            return this;
        }
        int at = offset;
        while (at < end) {
            int kind = NetworkOrder.u8(memory, at);
            if (kind == END) {
                return this;
            }
            if (kind == NO_OPERATION) {
                at++;
                continue;
            }
            int size = at + 1 < end ? NetworkOrder.u8(memory, at + 1) : 0;
            if (size < 2 || size > end - at || !known(memory, at, kind, size)) {
                malformed = true;
                return this;
            }
            at += size;
        }
        return this;
    }

    private void clear() {
        mss = 0;
        windowScale = -1;
        sackPermitted = false;
        hasTimestamps = false;
        tsVal = 0;
        tsEcr = 0;
        timestampsOffset = -1;
        sackBlocks = 0;
        sackOffset = -1;
        malformed = false;
    }

    private boolean known(MemorySegment memory, int at, int kind, int size) {
        switch (kind) {
            case MAXIMUM_SEGMENT_SIZE -> {
                if (size != 4) {
                    return false;
                }
                mss = NetworkOrder.u16(memory, at + 2);
            }
            case WINDOW_SCALE -> {
                if (size != 3) {
                    return false;
                }
                // A larger shift is read as 14 (RFC 7323 section 2.3).
                windowScale = Math.min(NetworkOrder.u8(memory, at + 2), 14);
            }
            case SACK_PERMITTED -> {
                if (size != 2) {
                    return false;
                }
                sackPermitted = true;
            }
            case SACK -> {
                if (size < 10 || (size - 2) % 8 != 0) {
                    return false;
                }
                sackBlocks = (size - 2) / 8;
                sackOffset = at;
                for (int i = 0; i < sackBlocks; i++) {
                    sackLeft[i] = NetworkOrder.i32(memory, at + 2 + 8 * i);
                    sackRight[i] = NetworkOrder.i32(memory, at + 6 + 8 * i);
                }
            }
            case TIMESTAMPS -> {
                if (size != 10) {
                    return false;
                }
                timestamps(memory, at);
            }
            default -> {}
        }
        return true;
    }

    private void timestamps(MemorySegment memory, int at) {
        hasTimestamps = true;
        timestampsOffset = at;
        tsVal = NetworkOrder.i32(memory, at + 2);
        tsEcr = NetworkOrder.i32(memory, at + 6);
    }

    /** 0 where there is none. */
    public int mss() {
        return mss;
    }

    /** 0 to 14; -1 where there is none. */
    public int windowScale() {
        return windowScale;
    }

    public boolean sackPermitted() {
        return sackPermitted;
    }

    public boolean hasTimestamps() {
        return hasTimestamps;
    }

    public int tsVal() {
        return tsVal;
    }

    public int tsEcr() {
        return tsEcr;
    }

    /** Of the option's kind byte in the memory parsed; -1 where there is none. */
    public int timestampsOffset() {
        return timestampsOffset;
    }

    /** 0 to 4. */
    public int sackBlocks() {
        return sackBlocks;
    }

    /** Of the option's kind byte in the memory parsed; -1 where there is none. */
    public int sackOffset() {
        return sackOffset;
    }

    /** First sequence number of block {@code index}. */
    public int sackLeft(int index) {
        return sackLeft[index];
    }

    /** The sequence number after block {@code index}. */
    public int sackRight(int index) {
        return sackRight[index];
    }

    public boolean malformed() {
        return malformed;
    }

    /** Writes the option with two leading NOPs; returns the offset after it. */
    public static int emitTimestamps(MemorySegment memory, int at, int tsVal, int tsEcr) {
        NetworkOrder.put32(memory, at, 0x0101_080A);
        NetworkOrder.put32(memory, at + 4, tsVal);
        NetworkOrder.put32(memory, at + 8, tsEcr);
        return at + TIMESTAMPS_LENGTH;
    }

    /** Bytes that {@code blocks} SACK blocks take with their two leading NOPs. */
    public static int sackLength(int blocks) {
        return blocks == 0 ? 0 : 4 + 8 * blocks;
    }

    /** Writes two NOPs and the head of a SACK option; the blocks follow at the offset returned. */
    public static int emitSackHead(MemorySegment memory, int at, int blocks) {
        NetworkOrder.put32(memory, at, 0x0101_0000 | SACK << 8 | 2 + 8 * blocks);
        return at + 4;
    }

    public static int emitSackBlock(MemorySegment memory, int at, int left, int right) {
        NetworkOrder.put32(memory, at, left);
        NetworkOrder.put32(memory, at + 4, right);
        return at + 8;
    }

    /**
     * Writes the options of a SYN, in the order and with the padding that most hosts have.
     *
     * @param mss 0 for none
     * @param windowScale -1 for none
     * @return the offset after them
     */
    public static int emitSyn(
            MemorySegment memory,
            int offset,
            int mss,
            int windowScale,
            boolean sackPermitted,
            boolean timestamps,
            int tsVal,
            int tsEcr) {
        int at = offset;
        if (mss > 0) {
            NetworkOrder.put32(memory, at, MAXIMUM_SEGMENT_SIZE << 24 | 4 << 16 | mss);
            at += 4;
        }
        if (sackPermitted && !timestamps) {
            NetworkOrder.put32(memory, at, NO_OPERATION << 24 | NO_OPERATION << 16 | SACK_PERMITTED << 8 | 2);
            at += 4;
        }
        if (timestamps) {
            emitTimestamps(memory, at, tsVal, tsEcr);
            if (sackPermitted) {
                // In the place of the padding.
                NetworkOrder.put16(memory, at, SACK_PERMITTED << 8 | 2);
            }
            at += TIMESTAMPS_LENGTH;
        }
        if (windowScale >= 0) {
            NetworkOrder.put32(memory, at, NO_OPERATION << 24 | WINDOW_SCALE << 16 | 3 << 8 | windowScale);
            at += 4;
        }
        return at;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("options");
        if (mss > 0) {
            text.append(" mss ").append(mss);
        }
        if (windowScale >= 0) {
            text.append(" wscale ").append(windowScale);
        }
        if (sackPermitted) {
            text.append(" sackOK");
        }
        if (hasTimestamps) {
            text.append(" ts ")
                    .append(Integer.toUnsignedString(tsVal))
                    .append('/')
                    .append(Integer.toUnsignedString(tsEcr));
        }
        for (int i = 0; i < sackBlocks; i++) {
            text.append(" sack ")
                    .append(Integer.toUnsignedString(sackLeft[i]))
                    .append('-')
                    .append(Integer.toUnsignedString(sackRight[i]));
        }
        return text.toString();
    }
}
