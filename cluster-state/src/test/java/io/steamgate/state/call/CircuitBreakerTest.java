package io.steamgate.state.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.call.CircuitBreaker.State;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
    private static final Duration WINDOW = Duration.ofSeconds(1);
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final AtomicLong now = new AtomicLong(1_000);
    private final CircuitBreaker breaker = new CircuitBreaker(WINDOW, PAUSE, now::get);

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private void silent(int calls) {
        for (int i = 0; i < calls; i++) {
            assertThat(breaker.admits()).isTrue();
            breaker.silent();
        }
    }

    private void answered(int calls) {
        for (int i = 0; i < calls; i++) {
            assertThat(breaker.admits()).isTrue();
            breaker.answered();
        }
    }

    @Test
    void a_few_calls_without_answer_say_nothing_before_a_window_has_passed() {
        silent(CircuitBreaker.MANY - 1);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void few_calls_are_enough_when_there_was_no_answer_for_a_window() {
        silent(CircuitBreaker.FEW - 1);
        pass(WINDOW);
        silent(1);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.opened()).isEqualTo(1);
    }

    @Test
    void one_answer_in_between_is_a_sign_of_life() {
        silent(CircuitBreaker.FEW - 1);
        answered(1);
        pass(WINDOW);
        silent(CircuitBreaker.FEW - 1);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void many_silent_calls_open_it_when_they_are_half_of_all() {
        answered(CircuitBreaker.MANY);
        silent(CircuitBreaker.MANY - 1);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        silent(1);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void one_server_of_three_that_dies_under_load_does_not_open_it_even_at_the_turn_of_a_window() {
        answered(1000);
        pass(WINDOW);
        answered(1);
        silent(300);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void what_was_two_windows_ago_does_not_count() {
        answered(1000);
        pass(WINDOW.multipliedBy(2));
        answered(1);
        silent(CircuitBreaker.MANY);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    private void open() {
        silent(CircuitBreaker.MANY);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void open_it_refuses_until_the_pause_is_over_and_then_lets_one_probe_pass() {
        open();
        assertThat(breaker.admits()).isFalse();
        pass(PAUSE.minusNanos(1));
        assertThat(breaker.admits()).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(breaker.admits()).isTrue();
        assertThat(breaker.state()).isEqualTo(State.PROBING);
        assertThat(breaker.admits()).isFalse();
    }

    @Test
    void an_answer_to_the_probe_closes_it_with_a_clean_slate() {
        open();
        pass(PAUSE);
        answered(1);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        silent(CircuitBreaker.MANY - 1);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void silence_to_the_probe_opens_it_for_another_pause() {
        open();
        pass(PAUSE);
        silent(1);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.admits()).isFalse();
        assertThat(breaker.opened()).isEqualTo(2);
    }

    @Test
    void a_probe_that_never_comes_back_is_followed_by_another() {
        open();
        pass(PAUSE);
        assertThat(breaker.admits()).isTrue();
        pass(PAUSE);
        assertThat(breaker.admits()).isTrue();
    }

    @Test
    void late_answers_do_not_close_it() {
        assertThat(breaker.admits()).isTrue();
        open();
        breaker.answered();
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }
}
