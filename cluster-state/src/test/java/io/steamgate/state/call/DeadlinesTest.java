package io.steamgate.state.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.Within;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private long now = Long.MAX_VALUE - 5;
    private final Deadlines deadlines = new Deadlines(() -> now);
    private final List<String> spent = new CopyOnWriteArrayList<>();

    private final class Named extends Deadlines.Deadline {
        private final String name;

        private Named(String name) {
            this.name = name;
        }

        @Override
        void spent() {
            spent.add(name);
        }
    }

    private Named add(String name, long budgetNanos) {
        Named deadline = new Named(name);
        deadlines.add(deadline, now, budgetNanos);
        return deadline;
    }

    @Test
    void each_ends_when_its_budget_is_spent_and_no_earlier_though_the_clock_passes_the_end_of_its_range() {
        add("long", 100);
        add("short", 10);
        deadlines.expire();
        assertThat(spent).isEmpty();
        now += 9;
        deadlines.expire();
        assertThat(spent).isEmpty();
        now += 1;
        deadlines.expire();
        assertThat(spent).containsExactly("short");
        now += 90;
        deadlines.expire();
        assertThat(spent).containsExactly("short", "long");
    }

    @Test
    void what_was_removed_does_not_end_and_what_has_ended_cannot_be_removed() {
        Named removed = add("removed", 10);
        Named ended = add("ended", 10);
        assertThat(deadlines.remove(removed)).isTrue();
        assertThat(deadlines.remove(removed)).isFalse();
        now += 10;
        deadlines.expire();
        assertThat(spent).containsExactly("ended");
        assertThat(deadlines.remove(ended)).isFalse();
    }

    @Test
    void whatever_the_order_in_which_they_are_removed_the_others_end() {
        Random random = new Random(7);
        for (int tries = 0; tries < 200; tries++) {
            spent.clear();
            Set<String> left = new HashSet<>();
            List<Named> added = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                added.add(add("deadline " + i, 10 * (1 + random.nextInt(2))));
                left.add("deadline " + i);
                if (random.nextBoolean()) {
                    Named any = added.remove(random.nextInt(added.size()));
                    assertThat(deadlines.remove(any)).isTrue();
                    left.remove(any.name);
                }
            }
            now += 20;
            deadlines.expire();
            assertThat(spent).containsExactlyInAnyOrderElementsOf(left);
        }
    }

    @Test
    void when_closed_all_ends_at_once() {
        add("under way", 1_000);
        deadlines.close();
        deadlines.expire();
        add("later", 1_000);
        assertThat(spent).containsExactly("under way", "later");
    }

    @Test
    void the_thread_is_woken_by_one_that_ends_before_those_it_sleeps_for() {
        try (Deadlines watched = new Deadlines(Ticks.SYSTEM)) {
            watched.watch();
            watched.add(
                    new Named("long"), System.nanoTime(), Duration.ofMinutes(10).toNanos());
            watched.add(
                    new Named("short"), System.nanoTime(), Duration.ofMillis(5).toNanos());
            assertThat(Within.within(Duration.ofSeconds(10), () -> !spent.isEmpty()))
                    .isTrue();
            assertThat(spent).containsExactly("short");
        }
        assertThat(Within.within(Duration.ofSeconds(10), () -> spent.contains("long")))
                .isTrue();
    }

    @Test
    void one_that_takes_its_time_when_it_ends_keeps_no_other_from_ending() {
        try (Deadlines watched = new Deadlines(Ticks.SYSTEM)) {
            watched.watch();
            watched.add(
                    new Deadlines.Deadline() {
                        @Override
                        void spent() {
                            assertThat(Within.within(Duration.ofSeconds(10), () -> spent.contains("after")))
                                    .isTrue();
                            spent.add("slow");
                        }
                    },
                    System.nanoTime(),
                    1);
            watched.add(
                    new Named("after"), System.nanoTime(), Duration.ofMillis(5).toNanos());
            assertThat(Within.within(Duration.ofSeconds(10), () -> spent.contains("slow")))
                    .isTrue();
        }
    }
}
