package io.steamgate.edge.tcp;

import static io.steamgate.edge.wire.TcpView.ACK;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpSegment.SackBlock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules of RFC 8985. Segments are P0, P1 ... of 1460 bytes; a round trip takes 100 ms. */
class RackTlpTest {
    private static final int MSS = 1460;
    private static final int ROUND_TRIP = 100;

    private final Application application = new Application(new byte[0]);
    private final ScriptedPeer peer = new ScriptedPeer();
    private int base;

    /** P0 to P{@code last} leave; the round trip is known. */
    private void sends(int last) {
        application.closesWhenSent = false;
        peer.listen(new SynOffer(MSS, -1, true, false), 65_535, application).handshake(true, ROUND_TRIP);
        base = peer.ack;
        application.connection().write(new byte[MSS], 0, MSS);
        peer.pass(ROUND_TRIP);
        peer.acknowledge(base + MSS);
        base += MSS;
        peer.sent.clear();
        int bytes = (last + 1) * MSS;
        assertThat(application.connection().write(new byte[bytes], 0, bytes)).isEqualTo(bytes);
        assertThat(flight()).startsWith("P0").endsWith("P" + last);
    }

    private String flight() {
        StringBuilder text = new StringBuilder();
        for (TcpSegment segment : peer.sent) {
            text.append(text.isEmpty() ? "P" : " P").append((segment.seq() - base) / MSS);
            assertThat(segment.payload()).hasSize(MSS);
        }
        peer.sent.clear();
        return text.toString();
    }

    /** The peer has everything before {@code P(ack)}, and the named segments. */
    private void acknowledges(int ack, int... arrived) {
        List<SackBlock> blocks = new ArrayList<>();
        for (int i = 0; i < arrived.length; i++) {
            int from = arrived[i];
            while (i + 1 < arrived.length && arrived[i + 1] == arrived[i] + 1) {
                i++;
            }
            blocks.add(new SackBlock(base + from * MSS, base + (arrived[i] + 1) * MSS));
        }
        peer.ack = base + ack * MSS;
        peer.send(
                arrived.length == 0 ? peer.segment(ACK) : peer.segment(ACK).withSack(blocks.toArray(new SackBlock[0])));
    }

    private void assertNoTimeouts() {
        assertThat(peer.tcp.counters().timeouts.get()).isZero();
    }

    /** The example of RFC 8985 section 3.4, event by event. */
    @Test
    void a_lost_tail_is_probed_for_and_a_lost_retransmission_sent_again_when_a_later_one_arrives() {
        sends(3);
        peer.pass(ROUND_TRIP);
        acknowledges(1);
        peer.pass(2 * ROUND_TRIP - 1);
        peer.nothingSent();
        peer.pass(1);
        assertThat(flight()).as("the probe").isEqualTo("P3");
        peer.pass(ROUND_TRIP);
        acknowledges(1, 3);
        assertThat(flight()).isEqualTo("P1 P2");
        peer.pass(ROUND_TRIP);
        acknowledges(1, 2, 3);
        assertThat(flight()).as("P2 was sent after P1").isEqualTo("P1");
        peer.pass(ROUND_TRIP);
        acknowledges(4);
        assertThat(application.connection().allAcknowledged()).isTrue();
        assertNoTimeouts();
    }

    @Test
    void a_lost_retransmission_reduces_the_window_once_more_and_only_once() {
        sends(9);
        int before = application.connection().sender().congestion.cwnd();
        peer.pass(ROUND_TRIP);
        acknowledges(1, 4, 5, 6, 7, 8, 9);
        assertThat(flight()).isEqualTo("P1 P2 P3");
        int reduced = application.connection().sender().congestion.cwnd();
        assertThat(reduced).isLessThan(before);
        peer.pass(ROUND_TRIP);
        acknowledges(1, 3);
        assertThat(flight()).isEqualTo("P1 P2");
        int twice = application.connection().sender().congestion.cwnd();
        assertThat(twice).isBetween(2 * MSS, reduced - 1);
        peer.pass(ROUND_TRIP);
        acknowledges(2, 3);
        acknowledges(10);
        assertThat(application.connection().sender().congestion.cwnd()).isEqualTo(twice);
        assertNoTimeouts();
    }

    @Test
    void a_retransmission_from_before_the_window_was_reduced_is_no_further_sign_of_congestion() {
        sends(9);
        peer.pass(ROUND_TRIP);
        acknowledges(1, 2, 4, 6);
        assertThat(flight()).isEqualTo("P1 P3 P5");
        peer.pass(10);
        acknowledges(1, 2, 4, 6, 8, 9);
        assertThat(flight()).isEqualTo("P7");
        int reduced = application.connection().sender().congestion.cwnd();
        peer.pass(ROUND_TRIP - 10);
        acknowledges(1, 2, 3, 4, 6, 8, 9);
        assertThat(flight()).as("P3 was sent after P1").isEqualTo("P1");
        int twice = application.connection().sender().congestion.cwnd();
        assertThat(twice).isLessThan(reduced);
        peer.pass(10);
        acknowledges(1, 2, 3, 4, 6, 7, 8, 9);
        assertThat(flight()).as("P7 was sent after P5").isEqualTo("P5");
        assertThat(application.connection().sender().congestion.cwnd()).isEqualTo(twice);
    }

    @Test
    void a_little_reordering_is_waited_for_a_quarter_of_the_round_trip_and_sends_nothing() {
        sends(3);
        peer.pass(ROUND_TRIP);
        acknowledges(1, 2);
        peer.pass(ROUND_TRIP / 4 - 1);
        acknowledges(3);
        acknowledges(4);
        peer.pass(3 * ROUND_TRIP);
        peer.nothingSent();
        assertThat(peer.tcp.counters().fastRecoveries.get()).isZero();
    }

    @Test
    void once_reordering_was_seen_three_segments_that_arrived_early_show_no_loss_before_the_window_has_passed() {
        sends(9);
        peer.pass(ROUND_TRIP);
        acknowledges(0, 1);
        acknowledges(2);
        acknowledges(2, 4, 5, 6);
        peer.nothingSent();
        peer.pass(ROUND_TRIP / 4 - 1);
        acknowledges(7);
        peer.pass(ROUND_TRIP / 4);
        peer.nothingSent();
        assertThat(peer.tcp.counters().fastRecoveries.get()).isZero();
    }

    @Test
    void while_losses_are_repaired_a_probe_sends_one_segment_and_leaves_the_rest_to_its_answer() {
        sends(9);
        peer.pass(ROUND_TRIP);
        acknowledges(1, 4, 5, 6, 7, 8, 9);
        assertThat(flight()).isEqualTo("P1 P2 P3");
        int reduced = application.connection().sender().congestion.cwnd();
        peer.pass(2 * ROUND_TRIP);
        assertThat(flight()).as("all three are lost again").isEqualTo("P1");
        assertThat(application.connection().sender().congestion.cwnd()).isEqualTo(reduced);
        peer.pass(ROUND_TRIP);
        acknowledges(2, 4, 5, 6, 7, 8, 9);
        assertThat(flight()).isEqualTo("P2 P3");
        assertThat(application.connection().sender().congestion.cwnd()).isLessThan(reduced);
        peer.pass(ROUND_TRIP);
        acknowledges(10);
        assertNoTimeouts();
    }

    @Test
    void one_segment_that_arrived_shows_the_loss_of_an_earlier_one_when_the_reordering_window_has_passed() {
        sends(9);
        peer.pass(ROUND_TRIP);
        acknowledges(5, 6);
        peer.nothingSent();
        peer.pass(ROUND_TRIP / 4 - 1);
        peer.nothingSent();
        peer.pass(1);
        assertThat(flight()).isEqualTo("P5");
    }

    @Test
    void an_answer_faster_than_any_before_is_that_of_the_first_transmission() {
        sends(3);
        peer.pass(2 * ROUND_TRIP);
        assertThat(flight()).as("the probe").isEqualTo("P3");
        peer.pass(1);
        acknowledges(0, 3);
        peer.pass(ROUND_TRIP / 4);
        acknowledges(4);
        peer.nothingSent();
        assertThat(peer.tcp.counters().fastRecoveries.get()).isZero();
    }

    @Test
    void after_a_timeout_a_lost_retransmission_needs_no_second_timeout() {
        sends(3);
        peer.pass(2 * ROUND_TRIP);
        assertThat(flight()).as("the probe, lost").isEqualTo("P3");
        peer.pass(2 * ROUND_TRIP + 300);
        assertThat(flight()).isEqualTo("P0");
        assertThat(peer.tcp.counters().timeouts.get()).isEqualTo(1);
        peer.pass(ROUND_TRIP);
        acknowledges(1);
        assertThat(flight()).isEqualTo("P1 P2");
        peer.pass(ROUND_TRIP);
        acknowledges(1, 2);
        assertThat(flight()).as("P2 arrived, so P1 is lost again").startsWith("P1");
        peer.pass(ROUND_TRIP);
        acknowledges(4);
        assertThat(peer.tcp.counters().timeouts.get()).isEqualTo(1);
    }

    @Test
    void what_was_sent_is_remembered_within_bounds_and_cut_where_a_part_is_sent_again() {
        SentSegments sent = new SentSegments();
        int start = Integer.MAX_VALUE - 1000;
        for (int i = 0; i < SentSegments.MOST + 10; i++) {
            sent.sent(start + 10 * i, start + 10 * i + 10, i);
        }
        assertThat(sent.count()).isEqualTo(SentSegments.MOST);
        assertThat(sent.end(sent.count() - 1)).isEqualTo(start + 10 * (SentSegments.MOST + 10));
        assertThat(sent.time(sent.count() - 1)).isEqualTo(SentSegments.MOST + 9);
        sent.dropBefore(start + 1005);
        assertThat(sent.left(0)).isEqualTo(start + 1000);
        sent.lose(1);
        sent.sent(start + 1012, start + 1018, 5000);
        assertThat(sent.lost(1)).isTrue();
        assertThat(sent.end(1)).isEqualTo(start + 1012);
        assertThat(sent.resent(2)).isTrue();
        assertThat(sent.lost(2)).isFalse();
        assertThat(sent.time(2)).isEqualTo(5000);
        assertThat(sent.lost(3)).isTrue();
        assertThat(sent.end(3)).isEqualTo(start + 1020);
        assertThat(sent.lostBefore(start)).isEqualTo(start + 1020);
    }
}
