package io.steamgate.state.member;

import io.steamgate.state.call.Ticks;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The one thread of a membership, and its clock. Tests bring one that stands still until it is told. */
public interface Pace extends Ticks, AutoCloseable {
    /** Runs a task on the thread, soon; false if it never will, because this is closed. */
    boolean execute(Runnable task);

    /** Runs a task on the thread, later. */
    void after(Duration delay, Runnable task);

    @Override
    void close();

    /** Never runs anything: of who has nobody to be a member with. */
    static Pace never() {
        return new Pace() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public boolean execute(Runnable task) {
                return false;
            }

            @Override
            public void after(Duration delay, Runnable task) {}

            @Override
            public void close() {}
        };
    }

    /** A daemon thread. */
    static Pace thread() {
        ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("steamgate-members").factory());
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return new Pace() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public boolean execute(Runnable task) {
                try {
                    thread.execute(task);
                    return true;
                } catch (RejectedExecutionException e) {
                    return false;
                }
            }

            @Override
            public void after(Duration delay, Runnable task) {
                try {
                    var unused = thread.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
                } catch (RejectedExecutionException e) {
                    // Closed: nothing happens any more.
                    return;
                }
            }

            @Override
            public void close() {
                thread.shutdown();
            }
        };
    }
}
