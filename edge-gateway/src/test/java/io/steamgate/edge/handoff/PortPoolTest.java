package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.runtime.Randomness;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

class PortPoolTest {
    @Test
    void every_port_is_given_out_once_and_then_none() {
        PortPool pool = new PortPool(Randomness.seeded(1));
        BitSet seen = new BitSet();
        for (int i = 0; i < PortPool.COUNT; i++) {
            int port = pool.take();
            assertThat(port).isBetween(PortPool.FIRST, 65_535);
            assertThat(seen.get(port)).isFalse();
            seen.set(port);
        }
        assertThat(pool.available()).isZero();
        assertThat(pool.take()).isZero();
    }

    @Test
    void a_port_that_came_back_rests_until_every_other_was_used() {
        PortPool pool = new PortPool(Randomness.seeded(2));
        int first = pool.take();
        int second = pool.take();
        pool.give(first);
        pool.give(second);
        for (int i = 0; i < PortPool.COUNT - 2; i++) {
            assertThat(pool.take()).isNotIn(first, second);
        }
        assertThat(pool.take()).isEqualTo(first);
        assertThat(pool.take()).isEqualTo(second);
        for (int round = 0; round < 3; round++) {
            for (int port = PortPool.FIRST; port <= 65_535; port++) {
                pool.give(port);
            }
            for (int port = PortPool.FIRST; port <= 65_535; port++) {
                assertThat(pool.take()).isEqualTo(port);
            }
        }
    }

    /** An endpoint's pool is made while frames wait: a secure shuffle of all ports held the loop up for most of a second. */
    @Test
    void making_a_pool_draws_nothing() {
        int[] drawn = {0};
        PortPool pool = new PortPool(() -> {
            drawn[0]++;
            return 7;
        });
        assertThat(drawn[0]).isZero();
        pool.take();
        assertThat(drawn[0]).isPositive();
    }
}
