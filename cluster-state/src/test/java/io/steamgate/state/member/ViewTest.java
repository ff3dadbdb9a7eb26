package io.steamgate.state.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.member.MemberEvent.Cause;
import io.steamgate.state.member.MemberEvent.Changed;
import io.steamgate.state.member.MemberEvent.Joined;
import io.steamgate.state.member.MemberEvent.Left;
import io.steamgate.state.store.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ViewTest {
    private static final Duration LOOK = Rhythm.DEFAULT.watch();

    private Instant time = Instant.EPOCH;
    private final View view = new View(Rhythm.DEFAULT, () -> time);
    private final Map<String, Node> written = new HashMap<>();

    private static Node node(String id, long age, long beat, double load) {
        return new Node(id, age, 1, Set.of("dns"), List.of(), "1", load, Instant.EPOCH, beat);
    }

    private void write(Node node) {
        written.put(node.id(), node);
    }

    private List<MemberEvent> look() {
        time = time.plus(LOOK);
        return view.update(written, Duration.between(Instant.EPOCH, time).toNanos());
    }

    private List<MemberEvent> lookFor(Duration duration) {
        List<MemberEvent> events = new ArrayList<>();
        for (Instant end = time.plus(duration); time.isBefore(end); ) {
            events.addAll(look());
        }
        return events;
    }

    @Test
    void a_node_joins_and_its_heartbeats_are_no_news() {
        write(node("a", 1, 1, 0));
        assertThat(look()).singleElement().isInstanceOf(Joined.class);
        write(node("a", 1, 2, 0));
        assertThat(look()).isEmpty();
        assertThat(view.members()).singleElement().extracting(Member::lastSeen).isEqualTo(time);
    }

    @Test
    void another_load_is_news() {
        write(node("a", 1, 1, 0));
        look();
        write(node("a", 1, 2, 0.5));
        assertThat(look()).singleElement().isInstanceOf(Changed.class);
    }

    @Test
    void an_entry_that_is_taken_away_soon_after_a_heartbeat_is_an_orderly_leave() {
        write(node("a", 1, 1, 0));
        look();
        written.clear();
        assertThat(look())
                .singleElement()
                .extracting(event -> ((Left) event).cause())
                .isEqualTo(Cause.ORDERLY);
        assertThat(view.members()).isEmpty();
    }

    @Test
    void an_entry_that_lives_on_without_heartbeats_is_no_node() {
        write(node("a", 1, 1, 0));
        look();
        List<MemberEvent> events = lookFor(Rhythm.DEFAULT.timeout());
        assertThat(events)
                .singleElement()
                .extracting(event -> ((Left) event).cause())
                .isEqualTo(Cause.SILENT);
        assertThat(lookFor(Rhythm.DEFAULT.timeout()))
                .as("its entry is still there")
                .isEmpty();
        write(node("a", 1, 2, 0));
        assertThat(look()).as("it was only slow").singleElement().isInstanceOf(Joined.class);
    }

    @Test
    void a_younger_node_of_the_same_id_takes_the_place_of_the_older() {
        write(node("a", 1, 17, 0));
        look();
        write(node("a", 2, 1, 0));
        List<MemberEvent> events = look();
        assertThat(events).hasSize(2);
        assertThat(((Left) events.getFirst()).cause()).isEqualTo(Cause.RESTARTED);
        assertThat(events.getLast()).isInstanceOf(Joined.class);
        write(node("a", 1, 18, 0));
        assertThat(look()).as("the older writes once more").isEmpty();
        assertThat(view.members())
                .singleElement()
                .extracting(m -> m.node().age())
                .isEqualTo(2L);
    }

    @Test
    void while_shared_state_is_in_doubt_nobody_is_judged() {
        write(node("a", 1, 1, 0));
        look();
        view.doubt();
        time = time.plus(Duration.ofMinutes(1));
        assertThat(look()).isEmpty();
        assertThat(view.members()).hasSize(1);
    }

    @Test
    void entries_that_were_lost_while_it_was_in_doubt_are_written_again_by_who_lives() {
        write(node("a", 1, 1, 0));
        write(node("b", 1, 1, 0));
        look();
        view.doubt();
        written.clear();
        assertThat(look()).as("all entries are gone").isEmpty();
        write(node("a", 1, 2, 0));
        List<MemberEvent> events = lookFor(Rhythm.DEFAULT.heartbeat());
        assertThat(events).isEmpty();
        for (int beat = 3; beat < 6; beat++) {
            write(node("a", 1, beat, 0));
            events.addAll(lookFor(Rhythm.DEFAULT.heartbeat()));
        }
        assertThat(events)
                .singleElement()
                .extracting(event -> ((Left) event).cause())
                .isEqualTo(Cause.SILENT);
        assertThat(view.members()).extracting(Member::id).containsExactly("a");
    }

    @Test
    void phases_of_nodes_are_their_own_and_spread_over_the_interval() {
        assertThat(List.of("node-1", "node-2", "node-3", "node-4"))
                .extracting(Rhythm.DEFAULT::phase)
                .doesNotHaveDuplicates()
                .allSatisfy(phase -> assertThat(phase).isBetween(Duration.ZERO, Rhythm.DEFAULT.heartbeat()));
        assertThat(Rhythm.DEFAULT.phase("node-1")).isEqualTo(Rhythm.DEFAULT.phase("node-1"));
        assertThat(Rhythm.DEFAULT
                        .phase("node-1")
                        .minus(Rhythm.DEFAULT.phase("node-2"))
                        .abs())
                .isGreaterThan(Duration.ofMillis(20));
    }
}
