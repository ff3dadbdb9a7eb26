package io.steamgate.edge.wire;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;

/**
 * Frames that the stack builds or must keep: a free list of equal, native memory. One thread's. The pool grows as far as
 * its users let it: each of them bounds what it holds.
 */
public final class FramePool {
    private final int capacity;
    private final ArrayDeque<Frame> free = new ArrayDeque<>();
    private int outstanding;

    /** @param largestPacket the largest IP packet a frame of this pool must hold, in bytes */
    public FramePool(int largestPacket) {
        capacity = (Frame.BUILD_NETWORK + largestPacket + 63) & ~63;
    }

    /** An empty frame whose region starts at {@link Frame#RECEIVE_START}, its offload header cleared. */
    public Frame take() {
        Frame frame = free.pollLast();
        if (frame == null) {
            frame = new Frame(Arena.ofAuto().allocate(capacity, 64), this);
        }
        outstanding++;
        frame.region(Frame.RECEIVE_START, 0);
        frame.clearOffload();
        return frame;
    }

    /** A copy that outlives the original's device buffer; a super-frame gets memory of its own, dropped on release. */
    public Frame copyOf(Frame original) {
        Frame copy =
                original.end() <= capacity ? take() : new Frame(Arena.ofAuto().allocate(original.end(), 64), null);
        copy.copyFrom(original);
        return copy;
    }

    /** Frames taken and not yet given back: 0 when nobody leaks. */
    public int outstanding() {
        return outstanding;
    }

    void give(Frame frame) {
        outstanding--;
        free.addLast(frame);
    }
}
