package io.steamgate.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Which of several servers a question goes to, by what is known about them. */
class ForwardingOrderTest {
    /** Never the one chance in so many. */
    private static final RandomGenerator NO_CHANCE = () -> -1L;

    private final Upstream slow = upstream(1, 30);
    private final Upstream fast = upstream(2, 1);
    private final Upstream middling = upstream(3, 10);
    private final List<Upstream> upstreams = List.of(slow, fast, middling);

    private static Upstream upstream(int number, int millis) {
        Upstream upstream = new Upstream(Server.parse("192.0.2." + number));
        for (int i = 0; i < 100; i++) {
            upstream.succeeded(millis * 1_000_000L);
        }
        return upstream;
    }

    private static void fail(Upstream upstream) {
        for (int i = 0; i < 3; i++) {
            upstream.broke();
        }
    }

    @Test
    void the_fastest_comes_first_wherever_it_stands_in_the_settings() {
        assertThat(Forwarding.order(upstreams, NO_CHANCE)).containsExactly(fast, middling, slow);
    }

    @Test
    void one_that_has_become_slow_makes_way_for_the_next() {
        for (int i = 0; i < 100; i++) {
            fast.succeeded(20_000_000);
        }
        assertThat(Forwarding.order(upstreams, NO_CHANCE)).containsExactly(middling, fast, slow);
    }

    @Test
    void one_that_is_down_comes_last_however_fast_it_was_until_it_answers_again() {
        fail(fast);
        assertThat(Forwarding.order(upstreams, NO_CHANCE)).containsExactly(middling, slow, fast);
        fast.succeeded(1_000_000);
        assertThat(Forwarding.order(upstreams, NO_CHANCE)).containsExactly(fast, middling, slow);
    }

    @Test
    void one_question_in_so_many_goes_to_any_other_that_is_up_and_none_to_one_that_is_down() {
        Upstream down = upstream(4, 2);
        fail(down);
        Random random = new Random(1);
        Map<Upstream, Integer> first = new HashMap<>();
        int questions = 200 * Forwarding.EXPLORE;
        for (int i = 0; i < questions; i++) {
            List<Upstream> order = Forwarding.order(List.of(down, slow, fast, middling), random);
            assertThat(order).containsExactlyInAnyOrder(down, slow, fast, middling);
            first.merge(order.getFirst(), 1, Integer::sum);
        }
        assertThat(first.get(fast)).isGreaterThan(questions * 15 / 16);
        assertThat(first.get(middling)).isBetween(60, 140);
        assertThat(first.get(slow)).isBetween(60, 140);
        assertThat(first).doesNotContainKey(down);
    }

    @Test
    void one_alone_is_asked_though_it_is_down() {
        fail(slow);
        assertThat(Forwarding.order(List.of(slow), new Random(1))).containsExactly(slow);
    }
}
