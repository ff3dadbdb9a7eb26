package io.steamgate.state.call;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends calls whose budget is spent. Calls of one budget end in the order in which they began, so each budget has a queue, and one
 * thread sleeps until the earliest end there may be: to begin and to end a call moves links of a list and wakes nobody. A timer
 * for each call costs more than the call.
 */
public final class Deadlines implements AutoCloseable {
    private static final long NEVER = Long.MAX_VALUE;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Ticks ticks;
    private final long origin;
    private final List<Queue> queues = new ArrayList<>();
    /** What the thread sleeps until, in nanoseconds since {@link #origin}, as all times here. */
    private long wakeAt = NEVER;

    private boolean closed;

    /** Ends nothing until {@link #watch} is called. */
    public Deadlines(Ticks ticks) {
        this.ticks = ticks;
        this.origin = ticks.nanos();
    }

    /** Starts the thread that watches the clock; tests, which move theirs, call {@link #expire} instead. */
    public void watch() {
        Thread.ofPlatform().daemon().name("steamgate-state-budget").start(this::run);
    }

    /** What is to end in time, and a link of its queue. */
    abstract static class Deadline {
        private @Nullable Queue queue;
        private @Nullable Deadline before;
        private @Nullable Deadline after;
        private long at;

        /** The time is over. Called instead of, never beside, a {@link #remove} that returns true. */
        abstract void spent();
    }

    /** Deadlines of one budget, the earliest first. */
    private static final class Queue {
        private final long budgetNanos;
        private @Nullable Deadline first;
        private @Nullable Deadline last;

        private Queue(long budgetNanos) {
            this.budgetNanos = budgetNanos;
        }

        private void add(Deadline deadline) {
            deadline.queue = this;
            deadline.before = last;
            if (last == null) {
                first = deadline;
            } else {
                last.after = deadline;
            }
            last = deadline;
        }

        private void remove(Deadline deadline) {
            Deadline before = deadline.before;
            Deadline after = deadline.after;
            if (before == null) {
                first = after;
            } else {
                before.after = after;
            }
            if (after == null) {
                last = before;
            } else {
                after.before = before;
            }
            deadline.queue = null;
            deadline.before = null;
            deadline.after = null;
        }
    }

    /**
     * @param startedAt by the same ticks
     */
    void add(Deadline deadline, long startedAt, long budgetNanos) {
        synchronized (this) {
            if (!closed) {
                deadline.at = startedAt - origin + budgetNanos;
                queue(budgetNanos).add(deadline);
                if (deadline.at < wakeAt) {
                    notifyAll();
                }
                return;
            }
        }
        deadline.spent();
    }

    /** False if its time was over before, or there never was any. */
    synchronized boolean remove(Deadline deadline) {
        Queue queue = deadline.queue;
        if (queue == null) {
            return false;
        }
        queue.remove(deadline);
        return true;
    }

    private Queue queue(long budgetNanos) {
        for (Queue queue : queues) {
            if (queue.budgetNanos == budgetNanos) {
                return queue;
            }
        }
        Queue queue = new Queue(budgetNanos);
        queues.add(queue);
        return queue;
    }

    /** Ends what is over by now. */
    void expire() {
        for (Deadline due = due(); due != null; due = due()) {
            due.spent();
        }
    }

    /** Takes out one that is over. */
    private synchronized @Nullable Deadline due() {
        long now = ticks.nanos() - origin;
        for (Queue queue : queues) {
            Deadline first = queue.first;
            if (first != null && (closed || first.at <= now)) {
                queue.remove(first);
                return first;
            }
        }
        return null;
    }

    private synchronized long earliest() {
        long earliest = NEVER;
        for (Queue queue : queues) {
            if (queue.first != null) {
                earliest = Math.min(earliest, queue.first.at);
            }
        }
        return earliest;
    }

    private void run() {
        try {
            for (Deadline due = awaitDue(); due != null; due = awaitDue()) {
                // Who waits for the call goes on there, and must not keep the time of others.
                Thread.startVirtualThread(due::spent);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            expire();
        }
    }

    /** The next one that is over; null when this is closed and none is left. */
    private synchronized @Nullable Deadline awaitDue() throws InterruptedException {
        Deadline due = due();
        while (due == null && !closed) {
            wakeAt = earliest();
            // Never before its time; 0 would be for ever.
            wait(wakeAt == NEVER ? 0 : Math.max(1, (wakeAt - (ticks.nanos() - origin)) / NANOS_PER_MILLI + 1));
            due = due();
        }
        return due;
    }

    /** Ends all that is under way, and from now on everything at once. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
