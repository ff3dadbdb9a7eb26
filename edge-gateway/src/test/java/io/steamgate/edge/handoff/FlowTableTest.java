package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.Splice.Way;
import io.steamgate.edge.runtime.Randomness;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlowTableTest {
    private static final Flow FLOW = Flows.flow(1, new Flow.Path(1, 2, 3, 4, 5, 6, 7, 8));

    private static Splice splice(int source, int destination, int ports) {
        return new Splice(FLOW, Way.TO_ENDPOINT, source, destination, ports >>> 16, ports & 0xFFFF);
    }

    @Test
    void a_splice_is_found_by_all_of_its_key_and_by_nothing_less() {
        FlowTable table = new FlowTable(7);
        Splice splice = splice(1, 2, 3);
        table.put(splice);
        assertThat(table.find(1, 2, 3)).isSameAs(splice);
        assertThat(table.find(2, 1, 3)).isNull();
        assertThat(table.find(1, 2, 4)).isNull();
        assertThat(table.find(0, 2, 3)).isNull();
    }

    @Test
    void putting_the_same_key_replaces_and_removing_the_replaced_one_does_nothing() {
        FlowTable table = new FlowTable(7);
        Splice first = splice(1, 2, 3);
        Splice second = splice(1, 2, 3);
        assertThat(table.put(first)).isNull();
        assertThat(table.put(second)).isSameAs(first);
        assertThat(table.remove(first)).isFalse();
        assertThat(table.find(1, 2, 3)).isSameAs(second);
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void it_holds_what_a_map_would_hold_through_a_million_random_puts_and_removals() {
        Randomness random = Randomness.seeded(42);
        FlowTable table = new FlowTable(random.nextLong());
        Map<Long, Splice> model = new HashMap<>();
        for (int i = 0; i < 1_000_000; i++) {
            int source = random.nextInt(64);
            int ports = random.nextInt(64);
            long key = (long) source << 32 | ports;
            if (random.nextInt(2) == 0) {
                Splice splice = splice(source, 9, ports);
                assertThat(table.put(splice) == model.put(key, splice)).isTrue();
            } else {
                Splice known = model.remove(key);
                if (known != null) {
                    assertThat(table.remove(known)).isTrue();
                }
            }
        }
        assertThat(table.size()).isEqualTo(model.size());
        for (int source = 0; source < 64; source++) {
            for (int ports = 0; ports < 64; ports++) {
                assertThat(table.find(source, 9, ports)).isSameAs(model.get((long) source << 32 | ports));
            }
        }
    }
}
