package io.steamgate.state.hotrod;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.SharedServer;
import io.steamgate.state.Within;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Operation;
import io.steamgate.state.call.Reply;
import io.steamgate.state.store.CacheName;
import io.steamgate.state.store.Piece;
import io.steamgate.state.store.Validity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is kept near costs no call, and is forgotten when somebody else writes. */
class NearTest {
    private static Piece piece(String value) {
        return new Piece(value, Validity.PERSISTENT);
    }

    @Test
    void the_second_read_makes_no_call_and_a_write_elsewhere_is_seen_soon() {
        List<String> calls = new CopyOnWriteArrayList<>();
        try (ClusterState here = SharedServer.connected(SharedServer.settings(), (cache, operation, outcome, nanos) -> {
                    if (cache.equals("pieces")) {
                        calls.add(operation.label());
                    }
                });
                ClusterState elsewhere = SharedServer.client()) {
            assertThat(elsewhere.pieces().put("near", piece("1")).join()).isEqualTo(Ack.DONE);
            assertThat(here.pieces().get("near").join()).isEqualTo(new Reply.Found<>(piece("1")));
            assertThat(here.pieces().get("near").join()).isEqualTo(new Reply.Found<>(piece("1")));
            assertThat(calls).containsExactly("get");
            assertThat(elsewhere.pieces().put("near", piece("2")).join()).isEqualTo(Ack.DONE);
            assertThat(Within.within(
                            Duration.ofSeconds(5),
                            () -> here.pieces().get("near").join().equals(new Reply.Found<>(piece("2")))))
                    .isTrue();
            assertThat(elsewhere.pieces().remove("near").join()).isEqualTo(Ack.DONE);
            assertThat(Within.within(
                            Duration.ofSeconds(5),
                            () -> here.pieces().get("near").join() instanceof Reply.Absent))
                    .isTrue();
        }
    }

    @Test
    void no_more_is_kept_near_than_there_is_room_for() {
        ClientSettings usual = SharedServer.settings();
        ClientSettings narrow = new ClientSettings(
                usual.servers(),
                usual.security(),
                usual.budget(),
                usual.bulkBudget(),
                usual.budgets(),
                usual.attempt(),
                usual.connect(),
                usual.pulse(),
                Map.of(CacheName.PIECES, 10),
                usual.room());
        AtomicInteger calls = new AtomicInteger();
        try (ClusterState here = SharedServer.connected(narrow, (cache, operation, outcome, nanos) -> {
            if (cache.equals("pieces") && operation == Operation.GET) {
                calls.incrementAndGet();
            }
        })) {
            for (int i = 0; i < 100; i++) {
                assertThat(here.pieces().put("narrow-" + i, piece("1")).join()).isEqualTo(Ack.DONE);
            }
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 100; i++) {
                    assertThat(here.pieces().get("narrow-" + i).join()).isEqualTo(new Reply.Found<>(piece("1")));
                }
            }
            assertThat(calls.get()).as("of 200 reads").isBetween(190, 200);
        }
    }
}
