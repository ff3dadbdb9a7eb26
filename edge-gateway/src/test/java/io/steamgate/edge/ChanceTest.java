package io.steamgate.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChanceTest {
    @Test
    void a_property_that_fails_says_with_which_seed() {
        List<Integer> tried = new ArrayList<>();
        assertThatThrownBy(() -> Chance.tries(100, chance -> {
                    tried.add(chance.bits());
                    assertThat(tried).hasSizeLessThan(7);
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("with -Dsteamgate.test.seed=7: ");
        assertThat(tried).hasSize(7);
    }

    @Test
    void the_same_seed_gives_the_same_values_and_another_gives_others() {
        Set<List<Byte>> seen = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            Chance.tries(50, chance -> {
                List<Byte> octets = new ArrayList<>();
                for (byte octet : chance.octets(40)) {
                    octets.add(octet);
                }
                octets.add((byte) chance.between(0, 100));
                octets.add((byte) chance.bits());
                seen.add(octets);
            });
        }
        assertThat(seen).hasSizeBetween(40, 50);
    }

    @Test
    void borders_are_met_and_never_crossed() {
        Set<Integer> seen = new HashSet<>();
        Set<Integer> sizes = new HashSet<>();
        Chance.tries(200, chance -> {
            seen.add(chance.between(-1_000_000, 1_000_000));
            sizes.add(chance.octets(5).length);
            sizes.add(chance.list(1, 5, () -> "").size());
        });
        assertThat(seen).contains(-1_000_000, 1_000_000).allMatch(value -> Math.abs(value) <= 1_000_000);
        assertThat(seen).hasSizeGreaterThan(100);
        assertThat(sizes).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
    }

    @Test
    void what_is_heavier_comes_more_often() {
        int[] heavy = {0};
        Chance.tries(
                1000,
                chance -> heavy[0] +=
                        chance.weighed(List.of(new Chance.Weighed<>(1, () -> 0), new Chance.Weighed<>(9, () -> 1))));
        assertThat(heavy[0]).isBetween(850, 950);
    }
}
