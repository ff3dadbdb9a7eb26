package io.steamgate.state.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.SharedServer;
import io.steamgate.state.Within;
import io.steamgate.state.member.MemberEvent.Cause;
import io.steamgate.state.store.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Nodes that see each other through a real server. */
class MembersTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static Self self(String id, AtomicReference<Double> load) {
        return new Self(id, Set.of("dns"), List.of(new Node.Address("dns", "192.0.2.53", 53)), "1", load::get);
    }

    @Test
    void joins_load_and_leaves_are_news_within_a_second() {
        AtomicReference<Double> load = new AtomicReference<>(0.0);
        List<MemberEvent> news = new CopyOnWriteArrayList<>();
        try (ClusterState watcher = SharedServer.client();
                ClusterState node = SharedServer.client()) {
            var unused = watcher.membership().watch(news::add);
            node.membership().join(self("members-a", load));
            assertThat(Within.within(
                            Duration.ofSeconds(2), () -> node.membership().standing() == Membership.Standing.JOINED))
                    .isTrue();
            assertThat(Within.within(
                            SECOND,
                            () -> watcher.membership().member("members-a").isPresent()))
                    .as("joined")
                    .isTrue();
            Node seen = watcher.membership().member("members-a").orElseThrow().node();
            assertThat(seen.roles()).containsExactly("dns");
            assertThat(seen.addresses()).containsExactly(new Node.Address("dns", "192.0.2.53", 53));
            assertThat(seen.version()).isEqualTo("1");
            assertThat(seen.age()).isEqualTo(node.membership().age().orElseThrow());
            assertThat(Duration.between(seen.started(), Instant.now())).isBetween(Duration.ZERO, Duration.ofMinutes(1));
            load.set(0.5);
            assertThat(Within.within(
                            SECOND,
                            () -> watcher.membership()
                                    .member("members-a")
                                    .filter(m -> m.node().load() == 0.5)
                                    .isPresent()))
                    .as("load")
                    .isTrue();
            assertThat(node.membership().leave().join().done()).isTrue();
            assertThat(Within.within(
                            SECOND,
                            () -> watcher.membership().member("members-a").isEmpty()))
                    .as("left")
                    .isTrue();
        }
        assertThat(news).first().isInstanceOf(MemberEvent.Joined.class);
        assertThat(news)
                .filteredOn(MemberEvent.Left.class::isInstance)
                .extracting(event -> ((MemberEvent.Left) event).cause())
                .containsExactly(Cause.ORDERLY);
    }

    @Test
    void a_crash_is_news_within_the_time_out_although_everybody_reads() {
        List<MemberEvent> news = new CopyOnWriteArrayList<>();
        try (ClusterState watcher = SharedServer.client();
                ClusterState node = SharedServer.client()) {
            var unused = watcher.membership().watch(news::add);
            node.membership().join(self("members-b", new AtomicReference<>(0.0)));
            assertThat(Within.within(
                            Duration.ofSeconds(3),
                            () -> watcher.membership().member("members-b").isPresent()))
                    .isTrue();
            // Ends without a word, as a crash does.
            node.membership().close();
            assertThat(Within.within(
                            Rhythm.DEFAULT.timeout(),
                            () -> watcher.membership().member("members-b").isEmpty()))
                    .isTrue();
        }
        assertThat(news)
                .filteredOn(MemberEvent.Left.class::isInstance)
                .extracting(event -> ((MemberEvent.Left) event).cause())
                .containsExactly(Cause.SILENT);
    }
}
