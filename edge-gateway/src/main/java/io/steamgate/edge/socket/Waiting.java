package io.steamgate.edge.socket;

import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.runtime.Timers.Timer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Threads that wait for something of a socket, first come, first served, each for as long as it said. The loop's. */
final class Waiting<T> {
    /** Tries to serve one waiter. Empty: not yet. */
    @FunctionalInterface
    interface Attempt<T> {
        Optional<T> get();
    }

    private final class Waiter {
        final Attempt<T> attempt;
        final CompletableFuture<Optional<T>> result;
        final Timer timer = new Timer(this::expired);

        Waiter(Attempt<T> attempt, CompletableFuture<Optional<T>> result) {
            this.attempt = attempt;
            this.result = result;
        }

        private void expired() {
            waiters.remove(this);
            result.complete(Optional.empty());
        }

        /** Whether it need not wait any longer. */
        boolean served() {
            Optional<T> value;
            try {
                value = attempt.get();
            } catch (RuntimeException e) {
                timers.cancel(timer);
                result.completeExceptionally(e);
                return true;
            }
            if (value.isEmpty()) {
                return false;
            }
            timers.cancel(timer);
            result.complete(value);
            return true;
        }
    }

    private final Timers timers;
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

    Waiting(Timers timers) {
        this.timers = timers;
    }

    /** Serves now or later; completes empty when {@code timeoutNanos} have passed. Negative waits without end. */
    void enter(Attempt<T> attempt, long timeoutNanos, CompletableFuture<Optional<T>> result) {
        Waiter waiter = new Waiter(attempt, result);
        if (waiters.isEmpty() && waiter.served()) {
            return;
        }
        if (timeoutNanos == 0) {
            result.complete(Optional.empty());
            return;
        }
        waiters.add(waiter);
        if (timeoutNanos > 0) {
            timers.armIn(waiter.timer, timeoutNanos);
        }
    }

    /** Something changed. */
    void serve() {
        for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
            if (!each.next().served()) {
                return;
            }
            each.remove();
        }
    }
}
