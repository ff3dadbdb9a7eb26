package io.steamgate.state.call;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
    private final CallObserver observer;

    /**
     * @param room calls that may be under way at once
     */
    public Guard(CircuitBreaker breaker, int room, Ticks ticks, CallObserver observer) {
        this.breaker = breaker;
        this.room = room;
        this.ticks = ticks;
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
        // The first of answer, error and time-out is the answer. What the client still does afterwards ends by its own
        // time-outs.
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<R> result = new CompletableFuture<>();
        CompletionStage<T> stage;
        try {
            stage = wire.get();
        } catch (RuntimeException e) {
            stage = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<T> pending = stage.toCompletableFuture();
        pending.whenComplete((value, failure) -> {
            if (over.compareAndSet(false, true)) {
                underWay.decrementAndGet();
                result.complete(failure == null ? answered(call, value, startedAt) : failed(call, failure, startedAt));
            }
        });
        if (!result.isDone()) {
            CompletableFuture<Boolean> budget = new CompletableFuture<Boolean>()
                    .completeOnTimeout(Boolean.TRUE, call.budgetNanos(), TimeUnit.NANOSECONDS);
            budget.thenRun(() -> {
                if (over.compareAndSet(false, true)) {
                    underWay.decrementAndGet();
                    // An iteration would go on asking servers that are not there.
                    pending.cancel(false);
                    result.complete(instead(call, Reason.TIMED_OUT, startedAt));
                }
            });
            result.whenComplete((value, failure) -> budget.cancel(false));
        }
        return result;
    }

    private <T extends @Nullable Object, R> R answered(Call<T, R> call, T value, long startedAt) {
        R answer;
        try {
            answer = call.answer().apply(value);
        } catch (RuntimeException e) {
            return failed(call, e, startedAt);
        }
        breaker.answered();
        observer.finished(call.cache(), call.operation(), call.outcome().apply(answer), ticks.nanos() - startedAt);
        return answer;
    }

    private <T extends @Nullable Object, R> R failed(Call<T, R> call, Throwable failure, long startedAt) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return instead(call, call.reason().apply(cause), startedAt);
    }

    private <T extends @Nullable Object, R> R instead(Call<T, R> call, Reason reason, long startedAt) {
        if (reason.isSilence()) {
            breaker.silent();
        } else {
            breaker.answered();
        }
        observer.finished(call.cache(), call.operation(), reason.label(), ticks.nanos() - startedAt);
        return call.instead().apply(reason);
    }
}
