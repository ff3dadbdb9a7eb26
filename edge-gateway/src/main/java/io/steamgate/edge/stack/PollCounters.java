package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Counter;

/**
 * What a poll loop does with its time.
 *
 * @param turns through all devices
 * @param busyNanos spent in turns, waiting excluded
 * @param batches receives that handed over at least one frame; frames by batches is the mean batch
 * @param frames received from all devices
 * @param timers fired
 * @param tasks of other threads run
 * @param failures exceptions that the handling of a frame, timer or task threw: each is a bug
 */
public record PollCounters(
        Counter turns,
        Counter busyNanos,
        Counter batches,
        Counter frames,
        Counter timers,
        Counter tasks,
        Counter failures) {
    public PollCounters() {
        this(new Counter(), new Counter(), new Counter(), new Counter(), new Counter(), new Counter(), new Counter());
    }
}
