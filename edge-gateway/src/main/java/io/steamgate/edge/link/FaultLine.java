package io.steamgate.edge.link;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** One direction of a bad wire. Frames that pass untouched are passed on as they are; those that wait are copies. */
final class FaultLine {
    /** A frame held back for reordering goes when nothing follows for so long: the last frame of all must arrive. */
    private static final long LONGEST_HOLD_NANOS = 20 * Clock.NANOS_PER_MILLI;

    private static final int LONGEST_OVERTAKING = 3;
    private static final long SMALLEST_QUEUE = 256 * 1024;

    /** Takes what arrives at the far end. */
    interface FarEnd {
        /** @param copy whether {@code frame} came from the copier, not from the caller of {@link #carry} */
        void arrive(Frame frame, boolean copy);
    }

    private static final class Waiting {
        final Frame frame;
        /** Frames still to pass it; reordering only. */
        int toPass;

        long due;

        Waiting(Frame frame, int toPass, long due) {
            this.frame = frame;
            this.toPass = toPass;
            this.due = due;
        }
    }

    private final FaultSettings.Faults faults;
    private final Randomness randomness;
    private final Clock clock;
    private final FaultCounters counters = new FaultCounters();
    private final UnaryOperator<Frame> copier;
    private final FarEnd farEnd;
    private final List<Waiting> held = new ArrayList<>();
    private final ArrayDeque<Waiting> delayed = new ArrayDeque<>();
    private long queuedBytes;
    private long wireFree;

    /**
     * @param copier makes a frame that this line may keep
     */
    FaultLine(
            FaultSettings.Faults faults,
            Randomness randomness,
            Clock clock,
            UnaryOperator<Frame> copier,
            FarEnd farEnd) {
        this.faults = faults;
        this.randomness = randomness;
        this.clock = clock;
        this.copier = copier;
        this.farEnd = farEnd;
        wireFree = clock.nanos();
    }

    FaultCounters counters() {
        return counters;
    }

    /** Decides the fate of a frame. @return whether {@code frame} itself was passed on, so that its owner is not this line */
    boolean carry(Frame frame) {
        if (happens(faults.loss())) {
            counters.lost().increment();
            overtake();
            return false;
        }
        if (happens(faults.corrupt()) && !corrupt(frame)) {
            counters.corrupted().increment();
            overtake();
            return false;
        }
        if (happens(faults.duplicate())) {
            counters.duplicated().increment();
            travel(copier.apply(frame), false);
        }
        boolean passed;
        if (happens(faults.reorder())) {
            counters.reordered().increment();
            int toPass = 1 + randomness.nextInt(LONGEST_OVERTAKING);
            held.add(new Waiting(copier.apply(frame), toPass, clock.nanos() + LONGEST_HOLD_NANOS));
            passed = false;
        } else {
            passed = travel(frame, true);
            overtake();
        }
        return passed;
    }

    /** Passes on what has waited long enough. */
    void release() {
        long now = clock.nanos();
        for (int i = 0; i < held.size(); ) {
            if (held.get(i).due - now <= 0) {
                travel(held.remove(i).frame, false);
            } else {
                i++;
            }
        }
        for (Waiting first = delayed.peek(); first != null && first.due - now <= 0; first = delayed.peek()) {
            delayed.remove();
            queuedBytes -= first.frame.length();
            farEnd.arrive(first.frame, true);
        }
    }

    /** Nanoseconds until {@link #release} has something to do; {@code Long.MAX_VALUE} when nothing waits. */
    long untilNext() {
        long now = clock.nanos();
        long next = Long.MAX_VALUE;
        for (int i = 0; i < held.size(); i++) {
            next = Math.min(next, held.get(i).due - now);
        }
        Waiting first = delayed.peek();
        if (first != null) {
            next = Math.min(next, first.due - now);
        }
        return Math.max(0, next);
    }

    private void overtake() {
        for (int i = 0; i < held.size(); ) {
            if (--held.get(i).toPass <= 0) {
                travel(held.remove(i).frame, false);
            } else {
                i++;
            }
        }
    }

    /** The wire itself: its rate and its length. */
    private boolean travel(Frame frame, boolean borrowed) {
        if (faults.rate() == 0 && faults.delayNanos() == 0) {
            farEnd.arrive(frame, !borrowed);
            return borrowed;
        }
        long now = clock.nanos();
        long due = now;
        if (faults.rate() > 0) {
            long backlog = Math.max(0, wireFree - now);
            double room = Math.max(SMALLEST_QUEUE, faults.rate() / 10.0);
            if (backlog * (double) faults.rate() / Clock.NANOS_PER_SECOND > room) {
                counters.overflowed().increment();
                if (!borrowed) {
                    frame.release();
                }
                return false;
            }
            long time = (long) (frame.length() * (double) Clock.NANOS_PER_SECOND / faults.rate());
            wireFree = now + backlog + time;
            due = wireFree;
        }
        Frame kept = borrowed ? copier.apply(frame) : frame;
        queuedBytes += kept.length();
        delayed.add(new Waiting(kept, 0, due + faults.delayNanos()));
        return false;
    }

    /** Bytes on their way. */
    long queuedBytes() {
        return queuedBytes;
    }

    private boolean happens(double probability) {
        // No draw for what is off: switching one fault on leaves the others' choices as they were.
        return probability > 0 && (randomness.nextLong() >>> 11) * 0x1.0p-53 < probability;
    }

    /**
     * Flips a bit as a wire would: behind the checksum. A partial one is completed first. A super-frame's checksums are
     * made when it is cut, and would cover the flipped bit; it is lost instead, as its receiver would have it.
     *
     * @return whether the frame goes on
     */
    private boolean corrupt(Frame frame) {
        if (frame.segmentSize() > 0 || frame.length() == 0) {
            return false;
        }
        if (frame.checksumPartial()) {
            complete(frame);
        }
        counters.corrupted().increment();
        int bit = randomness.nextInt(frame.length() * 8);
        long at = frame.start() + (bit >>> 3);
        MemorySegment memory = frame.memory();
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) (memory.get(ValueLayout.JAVA_BYTE, at) ^ 1 << (bit & 7)));
        return true;
    }

    private static void complete(Frame frame) {
        MemorySegment memory = frame.memory();
        int from = frame.checksumFrom();
        int field = frame.checksumField();
        if (from < frame.start() || field + 2 > frame.end()) {
            return;
        }
        int sum = Checksum.finish(Checksum.add(0, memory, from, frame.end() - from));
        // Zero says "none" in UDP (RFC 768); in one's complement the other zero is as good.
        NetworkOrder.put16(memory, field, sum == 0 ? 0xFFFF : sum);
        frame.clearOffload();
    }
}
