package io.steamgate.edge.link;

import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A bad wire in front of a good device: loses, doubles, reorders, damages, slows. The same seed and the same frames give
 * the same faults. The loop's timers tell it when a frame that waits is due; one that was received is then handed over by
 * the next {@link #receive}.
 */
public final class FaultInjector extends DeviceDecorator {
    private final FaultLine receiving;
    private final FaultLine sending;
    private final FramePool sendCopies;
    // Received frames have no pool: forwarding one must not give it back while the receiver still reads it.
    private final ArrayDeque<Frame> spare = new ArrayDeque<>();
    private final List<Frame> lent = new ArrayList<>();
    private final Timers timers;
    private final Timers.Timer due;
    private Receiver receiver = frame -> {};
    private int handedOver;

    public FaultInjector(Device inner, FaultSettings settings, Timers timers) {
        super(inner);
        this.timers = timers;
        sendCopies = new FramePool(inner.mtu());
        receiving = new FaultLine(
                settings.receive(), Randomness.seeded(settings.seed()), timers.clock(), this::keep, this::handOver);
        sending = new FaultLine(
                settings.transmit(),
                Randomness.seeded(~settings.seed()),
                timers.clock(),
                sendCopies::copyOf,
                (frame, copy) -> inner.transmit(frame));
        due = new Timers.Timer(this::flush);
    }

    /** What happened to frames from the wire. */
    public FaultCounters received() {
        return receiving.counters();
    }

    /** What happened to frames to the wire. */
    public FaultCounters sent() {
        return sending.counters();
    }

    @Override
    public int receive(Receiver receiver) {
        this.receiver = receiver;
        handedOver = 0;
        spare.addAll(lent);
        lent.clear();
        receiving.release();
        int arrived = inner.receive(receiving::carry);
        rearm();
        return Math.max(arrived, handedOver);
    }

    private void handOver(Frame frame, boolean copy) {
        handedOver++;
        if (copy) {
            lent.add(frame);
        }
        receiver.receive(frame);
    }

    private Frame keep(Frame frame) {
        Frame copy = spare.poll();
        if (copy == null || copy.capacity() < frame.end()) {
            copy = new Frame(Arena.ofAuto().allocate(Math.max(frame.end(), inner.mtu() + 64), 64), null);
        }
        copy.copyFrom(frame);
        return copy;
    }

    @Override
    public void transmit(Frame frame) {
        if (!sending.carry(frame)) {
            frame.release();
        }
    }

    @Override
    public void flush() {
        sending.release();
        inner.flush();
        rearm();
    }

    private void rearm() {
        long next = Math.min(receiving.untilNext(), sending.untilNext());
        if (next == Long.MAX_VALUE) {
            timers.cancel(due);
        } else {
            timers.armIn(due, next);
        }
    }

    @Override
    public void close() {
        timers.cancel(due);
        inner.close();
    }
}
