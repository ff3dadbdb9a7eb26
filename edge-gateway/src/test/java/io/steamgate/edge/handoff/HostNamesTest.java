package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostNamesTest {
    private final HostNames names = new HostNames();

    @Test
    void equal_names_become_one_object() {
        Optional<String> first = names.shared(named("a.test"));

        assertThat(names.shared(named("a.test"))).isSameAs(first);
        assertThat(names.shared(named("b.test"))).contains("b.test");
        assertThat(names.shared(Optional.empty())).isEmpty();
    }

    @Test
    void a_name_that_was_pushed_out_comes_back_as_itself() {
        // "Aa" and "BB" have the same hash.
        assertThat(names.shared(named("Aa"))).contains("Aa");
        assertThat(names.shared(named("BB"))).contains("BB");
        assertThat(names.shared(named("Aa"))).contains("Aa");
    }

    private static Optional<String> named(String name) {
        return Optional.of(new String(name.toCharArray()));
    }
}
