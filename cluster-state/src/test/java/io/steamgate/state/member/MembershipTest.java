package io.steamgate.state.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.call.MemoryCache;
import io.steamgate.state.member.Membership.Standing;
import io.steamgate.state.store.Birth;
import io.steamgate.state.store.Births;
import io.steamgate.state.store.Node;
import io.steamgate.state.store.Nodes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Membership step by step, on a clock that stands still until it is told. */
class MembershipTest {
    /** All nodes of a test share one. */
    private static final class Clock implements Pace {
        private record Task(long at, long number, Runnable task) implements Comparable<Task> {
            @Override
            public int compareTo(Task other) {
                return at == other.at ? Long.compare(number, other.number) : Long.compare(at, other.at);
            }
        }

        private final PriorityQueue<Task> tasks = new PriorityQueue<>();
        private long now;
        private long number;

        @Override
        public long nanos() {
            return now;
        }

        @Override
        public boolean execute(Runnable task) {
            after(Duration.ZERO, task);
            return true;
        }

        @Override
        public void after(Duration delay, Runnable task) {
            tasks.add(new Task(now + delay.toNanos(), number++, task));
        }

        @Override
        public void close() {}

        void pass(Duration time) {
            long end = now + time.toNanos();
            while (!tasks.isEmpty() && tasks.peek().at <= end) {
                Task next = tasks.poll();
                now = Math.max(now, next.at);
                next.task.run();
            }
            now = end;
        }
    }

    private final Clock clock = new Clock();
    private final MemoryCache<String, Node> nodes = new MemoryCache<>();
    private final MemoryCache<String, Birth> births = new MemoryCache<>();

    private Membership membership() {
        return new Membership(
                new Nodes(nodes), new Births(births), Rhythm.DEFAULT, () -> Instant.EPOCH.plusNanos(clock.now), clock);
    }

    private Membership joined(String id) {
        Membership membership = membership();
        membership.join(new Self(id, Set.of("dns"), List.of(), "1", () -> 0));
        return membership;
    }

    @Test
    void the_first_node_is_the_birth_of_the_cluster_and_the_next_live_in_its_era() {
        Membership first = joined("b");
        clock.pass(Duration.ofSeconds(2));
        assertThat(first.era()).isEqualTo(OptionalLong.of(1));
        assertThat(first.age()).isEqualTo(OptionalLong.of(1));
        Membership second = joined("a");
        clock.pass(Duration.ofSeconds(2));
        assertThat(second.era()).isEqualTo(OptionalLong.of(1));
        assertThat(second.members("dns")).extracting(Member::id).containsExactly("a", "b");
        assertThat(first.members("sip")).isEmpty();
    }

    @Test
    void nodes_that_are_born_at_once_are_one_birth_of_the_cluster() {
        List<Membership> all = List.of(joined("a"), joined("b"), joined("c"));
        clock.pass(Duration.ofSeconds(3));
        assertThat(all).allSatisfy(node -> assertThat(node.era()).isEqualTo(OptionalLong.of(1)));
    }

    @Test
    void when_all_have_gone_the_next_is_another_birth() {
        Membership first = joined("a");
        clock.pass(Duration.ofSeconds(2));
        var unused = first.leave();
        clock.pass(Duration.ofSeconds(1));
        Membership again = joined("a");
        clock.pass(Duration.ofSeconds(2));
        assertThat(again.era()).isEqualTo(OptionalLong.of(2));
        assertThat(again.age()).isEqualTo(OptionalLong.of(2));
    }

    @Test
    void a_node_that_is_restarted_is_older_by_one_and_the_cluster_is_not() {
        Membership stays = joined("a");
        Membership crashes = joined("b");
        clock.pass(Duration.ofSeconds(2));
        var unused = crashes.leave();
        clock.pass(Duration.ofSeconds(1));
        Membership again = joined("b");
        clock.pass(Duration.ofSeconds(2));
        assertThat(again.age()).isEqualTo(OptionalLong.of(2));
        assertThat(again.era()).isEqualTo(OptionalLong.of(1));
        assertThat(stays.members()).hasSize(2);
    }

    @Test
    void of_two_with_one_id_the_older_withdraws() {
        Membership older = joined("a");
        clock.pass(Duration.ofSeconds(2));
        Membership younger = joined("a");
        clock.pass(Duration.ofSeconds(3));
        assertThat(older.standing()).isEqualTo(Standing.REPLACED);
        assertThat(younger.standing()).isEqualTo(Standing.JOINED);
        assertThat(younger.members())
                .singleElement()
                .extracting(member -> member.node().age())
                .isEqualTo(2L);
    }

    @Test
    void a_node_joins_when_shared_state_is_back() {
        births.away(true);
        nodes.away(true);
        Membership node = joined("a");
        clock.pass(Duration.ofSeconds(10));
        assertThat(node.standing()).isEqualTo(Standing.JOINING);
        assertThat(node.isInDoubt()).isTrue();
        births.away(false);
        nodes.away(false);
        clock.pass(Duration.ofSeconds(3));
        assertThat(node.standing()).isEqualTo(Standing.JOINED);
        assertThat(node.isInDoubt()).isFalse();
    }

    @Test
    void while_shared_state_is_away_the_picture_stands_still() {
        Membership a = joined("a");
        Membership b = joined("b");
        clock.pass(Duration.ofSeconds(2));
        nodes.away(true);
        clock.pass(Duration.ofMinutes(1));
        assertThat(a.isInDoubt()).isTrue();
        assertThat(a.members()).hasSize(2);
        nodes.away(false);
        nodes.expire("a");
        nodes.expire("b");
        clock.pass(Duration.ofSeconds(5));
        assertThat(a.members()).hasSize(2);
        assertThat(b.members()).hasSize(2);
        assertThat(b.beatsLost()).isPositive();
    }
}
