package io.steamgate.edge.stack;

import io.steamgate.edge.link.Device;
import io.steamgate.edge.link.Poller;
import io.steamgate.edge.runtime.Timers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that everything below the application runs on. A turn takes a batch of frames from each device, sends
 * what came of it, fires timers and runs what other threads asked for; between turns without work the loop sleeps.
 */
public final class PollLoop implements Runnable, Executor {
    private static final Logger LOG = System.getLogger(PollLoop.class.getName());
    /** Tasks run in one turn, so that frames and timers get theirs. */
    private static final int TASKS_A_TURN = 256;

    private final Stack stack;
    private final Timers timers;
    private final Poller poller;
    private final Nic[] nics;
    private final Device.Receiver[] receivers;
    private final PollCounters counters = new PollCounters();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final TokenBucket logs;
    private Runnable turnEnd = () -> {};
    private volatile boolean stopped;
    private volatile @Nullable Throwable lastFailure;

    public PollLoop(Stack stack, Timers timers, Poller poller) {
        this.stack = stack;
        this.timers = timers;
        this.poller = poller;
        List<Nic> all = stack.nics();
        nics = all.toArray(new Nic[0]);
        receivers = new Device.Receiver[nics.length];
        for (int i = 0; i < nics.length; i++) {
            Nic nic = nics[i];
            receivers[i] = frame -> {
                try {
                    stack.receive(nic, frame);
                } catch (RuntimeException | Error e) {
                    failed("a frame from " + nic, e);
                }
            };
        }
        logs = new TokenBucket(timers.clock(), 1, 10);
    }

    /** Runs {@code action} at the end of each turn, before what came of the turn is sent; set before the loop runs. */
    public void atTurnEnd(Runnable action) {
        turnEnd = action;
    }

    public PollCounters counters() {
        return counters;
    }

    /** The latest of the {@linkplain PollCounters#failures failures}, for whoever looks for the bug. */
    public Optional<Throwable> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }

    /** Runs {@code task} on the loop soon, in the order given. For any thread. */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        poller.wakeUp();
    }

    /** Ends {@link #run} after the current turn. For any thread. */
    public void stop() {
        stopped = true;
        poller.wakeUp();
    }

    /** Turns until {@linkplain #stop stopped}. */
    @Override
    public void run() {
        while (!stopped) {
            if (!turn()) {
                poller.await(tasks.isEmpty() ? timers.untilNext() : 0);
            }
        }
    }

    /** One turn, without sleep. @return whether there was anything to do */
    public boolean turn() {
        long begin = timers.clock().nanos();
        int work = 0;
        for (int i = 0; i < nics.length; i++) {
            int frames = receive(i);
            if (frames > 0) {
                counters.batches().increment();
                counters.frames().add(frames);
                work += frames;
                // Frames are forwarded in the memory they came in: out they go before any device receives again.
                flush();
            }
        }
        work += fire();
        work += runTasks();
        endTurn();
        flush();
        counters.turns().increment();
        if (work > 0) {
            counters.busyNanos().add(timers.clock().nanos() - begin);
        }
        return work > 0;
    }

    private int receive(int index) {
        try {
            return nics[index].device().receive(receivers[index]);
        } catch (RuntimeException | Error e) {
            failed("receiving from " + nics[index], e);
            return 0;
        }
    }

    private void flush() {
        for (Nic nic : nics) {
            try {
                nic.device().flush();
            } catch (RuntimeException | Error e) {
                failed("sending to " + nic, e);
            }
        }
    }

    private int fire() {
        try {
            int fired = timers.fire();
            counters.timers().add(fired);
            return fired;
        } catch (RuntimeException | Error e) {
            failed("a timer", e);
            return 1;
        }
    }

    private void endTurn() {
        try {
            turnEnd.run();
        } catch (RuntimeException | Error e) {
            failed("the end of a turn", e);
        }
    }

    private int runTasks() {
        int count = 0;
        for (Runnable task = tasks.poll(); task != null; task = count < TASKS_A_TURN ? tasks.poll() : null) {
            count++;
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                failed("a task", e);
            }
        }
        counters.tasks().add(count);
        return count;
    }

    /** What is thrown here is a bug of ours; the loop outlives it, and says so, at most once a second for long. */
    private void failed(String where, Throwable thrown) {
        counters.failures().increment();
        lastFailure = thrown;
        if (logs.take()) {
            LOG.log(Level.ERROR, "failure in " + where, thrown);
        }
    }
}
