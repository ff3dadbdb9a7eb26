package io.steamgate.edge.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one poll loop: a binary heap of deadlines. A timer is allocated once by its owner and armed many times;
 * arming, re-arming and cancelling allocate nothing and cost O(log armed).
 */
public final class Timers {
    /** One deadline of one owner. */
    public static final class Timer {
        private final Runnable action;
        private long deadline;
        private int index = -1;

        /** @param action runs on the poll loop when the deadline has passed; it may arm this or any other timer */
        public Timer(Runnable action) {
            this.action = action;
        }

        public boolean armed() {
            return index >= 0;
        }

        /** Nanoseconds of the loop's clock; meaningful while armed. */
        public long deadline() {
            return deadline;
        }
    }

    private final Clock clock;
    private @Nullable Timer[] heap = new @Nullable Timer[64];
    private int size;

    public Timers(Clock clock) {
        this.clock = clock;
    }

    public Clock clock() {
        return clock;
    }

    public int armed() {
        return size;
    }

    /** Arms or moves {@code timer} to fire {@code delayNanos} from now; a negative delay counts as none. */
    public void armIn(Timer timer, long delayNanos) {
        armAt(timer, clock.nanos() + Math.max(0, delayNanos));
    }

    public void armAt(Timer timer, long deadline) {
        if (timer.index >= 0) {
            timer.deadline = deadline;
            place(timer, timer.index);
            return;
        }
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        timer.deadline = deadline;
        place(timer, size++);
    }

    public void cancel(Timer timer) {
        int at = timer.index;
        if (at < 0) {
            return;
        }
        timer.index = -1;
        Timer last = heap[--size];
        heap[size] = null;
        if (last != null && last != timer) {
            place(last, at);
        }
    }

    /** Runs what is due now. A timer armed by an action for now or earlier waits for the next call, so this ends. */
    public int fire() {
        long now = clock.nanos();
        int due = 0;
        int limit = size;
        for (Timer first = heap[0]; first != null && first.deadline - now <= 0 && due < limit; first = heap[0]) {
            cancel(first);
            first.action.run();
            due++;
        }
        return due;
    }

    /** Nanoseconds until the first deadline, 0 when one has passed, {@code Long.MAX_VALUE} when none is armed. */
    public long untilNext() {
        Timer first = heap[0];
        return first == null ? Long.MAX_VALUE : Math.max(0, first.deadline - clock.nanos());
    }

    private void place(Timer timer, int from) {
        int at = from;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            Timer above = at(parent);
            if (timer.deadline - above.deadline >= 0) {
                break;
            }
            set(at, above);
            at = parent;
        }
        for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && at(child + 1).deadline - at(child).deadline < 0) {
                child++;
            }
            Timer below = at(child);
            if (below == timer || timer.deadline - below.deadline <= 0) {
                break;
            }
            set(at, below);
            at = child;
        }
        set(at, timer);
    }

    private Timer at(int index) {
        Timer timer = heap[index];
        if (timer == null) {
            throw new IllegalStateException("hole in the timer heap at " + index);
        }
        return timer;
    }

    private void set(int index, Timer timer) {
        heap[index] = timer;
        timer.index = index;
    }
}
