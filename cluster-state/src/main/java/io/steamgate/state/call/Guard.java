package io.steamgate.state.call;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every call: lets it pass if the breaker is closed and there is room, gives it its budget, and makes an answer of
 * whatever comes back, or does not. Shared by all caches of a client.
 */
public final class Guard {
    private final CircuitBreaker breaker;
    private final int room;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Ticks ticks;
    private final Deadlines deadlines;
    private final CallObserver observer;

    /**
     * @param room calls that may be under way at once
     * @param deadlines by the same ticks
     */
    public Guard(CircuitBreaker breaker, int room, Ticks ticks, Deadlines deadlines, CallObserver observer) {
        this.breaker = breaker;
        this.room = room;
        this.ticks = ticks;
        this.deadlines = deadlines;
        this.observer = observer;
    }

    /** What a call is about, and how its answers look. */
    public record Call<T extends @Nullable Object, R>(
            String cache,
            Operation operation,
            long budgetNanos,
            Function<T, R> answer,
            Function<R, String> outcome,
            Function<Reason, R> instead,
            Function<Throwable, Reason> reason) {}

    /** Calls that somebody waits for. */
    public int underWay() {
        return underWay.get();
    }

    public CircuitBreaker breaker() {
        return breaker;
    }

    /** An answer without a call. */
    public <T extends @Nullable Object, R> CompletableFuture<R> refuse(Call<T, R> call, Reason reason) {
        observer.finished(call.cache(), call.operation(), reason.label(), 0);
        return CompletableFuture.completedFuture(call.instead().apply(reason));
    }

    /**
     * Makes the call.
     *
     * @param wire starts it; its stage may fail, may complete with null, may never complete
     */
    public <T extends @Nullable Object, R> CompletableFuture<R> run(
            Call<T, R> call, Supplier<? extends CompletionStage<T>> wire) {
        if (!breaker.admits()) {
            return refuse(call, Reason.BREAKER_OPEN);
        }
        if (underWay.incrementAndGet() > room) {
            underWay.decrementAndGet();
            // No word about the servers: a probe that finds no room is no answer, and the next one comes after the
            // pause.
            return refuse(call, Reason.BUSY);
        }
        long startedAt = ticks.nanos();
        Pending<T, R> pending = new Pending<>(call, started(wire), startedAt);
        deadlines.add(pending, startedAt, call.budgetNanos());
        // The stage that this makes is of no use to anybody.
        var unused = pending.wire.whenComplete(pending);
        return pending.result;
    }

    private static <T extends @Nullable Object> CompletableFuture<T> started(
            Supplier<? extends CompletionStage<T>> wire) {
        try {
            return wire.get().toCompletableFuture();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** A call under way. It has one end: whatever takes it out of the deadlines, the answer or the time. */
    private final class Pending<T extends @Nullable Object, R> extends Deadlines.Deadline
            implements BiConsumer<T, @Nullable Throwable> {
        private final Call<T, R> call;
        private final CompletableFuture<T> wire;
        private final long startedAt;
        private final CompletableFuture<R> result = new CompletableFuture<>();

        private Pending(Call<T, R> call, CompletableFuture<T> wire, long startedAt) {
            this.call = call;
            this.wire = wire;
            this.startedAt = startedAt;
        }

        @Override
        public void accept(T value, @Nullable Throwable failure) {
            if (!deadlines.remove(this)) {
                return;
            }
            if (failure != null) {
                instead(reason(failure));
                return;
            }
            R answer;
            try {
                answer = call.answer().apply(value);
            } catch (RuntimeException e) {
                instead(reason(e));
                return;
            }
            breaker.answered();
            end(answer, call.outcome().apply(answer));
        }

        @Override
        void spent() {
            // What the client still does ends by its own time-outs; an iteration would go on asking servers that are
            // not there.
            wire.cancel(false);
            instead(Reason.TIMED_OUT);
        }

        private Reason reason(Throwable failure) {
            Throwable cause = failure;
            while (cause instanceof CompletionException && cause.getCause() != null) {
                cause = cause.getCause();
            }
            return call.reason().apply(cause);
        }

        private void instead(Reason reason) {
            if (reason.isSilence()) {
                breaker.silent();
            } else {
                breaker.answered();
            }
            end(call.instead().apply(reason), reason.label());
        }

        private void end(R answer, String outcome) {
            underWay.decrementAndGet();
            try {
                observer.finished(call.cache(), call.operation(), outcome, ticks.nanos() - startedAt);
            } finally {
                result.complete(answer);
            }
        }
    }
}
