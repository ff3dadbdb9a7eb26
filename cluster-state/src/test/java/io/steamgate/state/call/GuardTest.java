package io.steamgate.state.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class GuardTest {
    private static final Duration BUDGET = Duration.ofMillis(50);

    private long now;
    private final CircuitBreaker breaker = new CircuitBreaker(Duration.ofSeconds(1), Duration.ofSeconds(1), () -> now);
    private final Deadlines deadlines = new Deadlines(() -> now);
    private final List<String> outcomes = new ArrayList<>();
    private final Guard guard =
            new Guard(breaker, 2, () -> now, deadlines, (cache, operation, outcome, nanos) -> outcomes.add(outcome));
    private final Guard.Call<String, Reply<String>> call = new Guard.Call<>(
            "cache",
            Operation.GET,
            BUDGET.toNanos(),
            Reply.Found::new,
            reply -> "found",
            Reply.Unavailable::new,
            failure -> failure instanceof IOException ? Reason.CONNECTION_LOST : Reason.FAILED);

    @Test
    void an_answer_in_time_is_passed_on() {
        CompletableFuture<String> wire = new CompletableFuture<>();
        CompletableFuture<Reply<String>> reply = guard.run(call, () -> wire);
        assertThat(reply).isNotDone();
        assertThat(guard.underWay()).isEqualTo(1);
        wire.complete("value");
        assertThat(reply.join()).isEqualTo(new Reply.Found<>("value"));
        assertThat(guard.underWay()).isZero();
        assertThat(outcomes).containsExactly("found");
    }

    @Test
    void when_the_budget_is_spent_the_answer_is_that_it_is() {
        CompletableFuture<String> wire = new CompletableFuture<>();
        CompletableFuture<Reply<String>> reply = guard.run(call, () -> wire);
        now += BUDGET.toNanos() - 1;
        deadlines.expire();
        assertThat(reply).isNotDone();
        now += 1;
        deadlines.expire();
        assertThat(reply.getNow(new Reply.Absent<>())).isEqualTo(new Reply.Unavailable<>(Reason.TIMED_OUT));
        assertThat(guard.underWay()).isZero();
        assertThat(wire).as("nobody waits for it any more").isCancelled();
        assertThat(outcomes).containsExactly("timed-out");
    }

    @Test
    void failures_become_reasons_whether_they_come_at_once_or_later() {
        assertThat(guard.run(call, () -> CompletableFuture.failedFuture(new CompletionException(new IOException())))
                        .join())
                .isEqualTo(new Reply.Unavailable<>(Reason.CONNECTION_LOST));
        assertThat(guard.run(call, () -> {
                            throw new IllegalStateException();
                        })
                        .join())
                .isEqualTo(new Reply.Unavailable<>(Reason.FAILED));
    }

    @Test
    void an_answer_that_makes_no_sense_is_a_failure_and_not_a_call_without_end() {
        Guard.Call<String, Reply<String>> senseless = new Guard.Call<>(
                "cache",
                Operation.GET,
                BUDGET.toNanos(),
                value -> {
                    throw new ClassCastException();
                },
                reply -> "found",
                Reply.Unavailable::new,
                failure -> Reason.FAILED);
        assertThat(guard.run(senseless, () -> CompletableFuture.completedFuture("value"))
                        .join())
                .isEqualTo(new Reply.Unavailable<>(Reason.FAILED));
    }

    @Test
    void an_answer_after_the_budget_is_spent_changes_nothing() {
        CompletableFuture<String> wire = new CompletableFuture<>();
        CompletableFuture<String> deaf = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean interrupt) {
                return false;
            }
        };
        var unused = wire.thenAccept(deaf::complete);
        CompletableFuture<Reply<String>> reply = guard.run(call, () -> deaf);
        now += BUDGET.toNanos();
        deadlines.expire();
        wire.complete("late");
        assertThat(reply.join()).isEqualTo(new Reply.Unavailable<>(Reason.TIMED_OUT));
        assertThat(guard.underWay()).isZero();
        assertThat(outcomes).containsExactly("timed-out");
    }

    @Test
    void an_observer_that_fails_keeps_no_caller_waiting() {
        Guard observed = new Guard(breaker, 2, () -> now, deadlines, (cache, operation, outcome, nanos) -> {
            throw new IllegalStateException();
        });
        assertThat(observed.run(call, () -> CompletableFuture.completedFuture("value")))
                .isCompletedWithValue(new Reply.Found<>("value"));
        assertThat(observed.underWay()).isZero();
    }

    @Test
    void more_calls_than_there_is_room_for_are_refused_at_once() {
        CompletableFuture<String> wire = new CompletableFuture<>();
        var first = guard.run(call, () -> wire);
        var second = guard.run(call, () -> wire);
        assertThat(guard.run(call, () -> wire).getNow(new Reply.Absent<>()))
                .isEqualTo(new Reply.Unavailable<>(Reason.BUSY));
        wire.complete("value");
        assertThat(first.join()).isEqualTo(second.join());
        assertThat(guard.underWay()).isZero();
    }

    @Test
    void an_open_breaker_refuses_without_asking() {
        for (int i = 0; i < CircuitBreaker.MANY; i++) {
            var unused = guard.run(call, () -> CompletableFuture.failedFuture(new IOException()))
                    .join();
        }
        assertThat(guard.run(call, () -> {
                            throw new AssertionError("was asked");
                        })
                        .join())
                .isEqualTo(new Reply.Unavailable<>(Reason.BREAKER_OPEN));
    }
}
