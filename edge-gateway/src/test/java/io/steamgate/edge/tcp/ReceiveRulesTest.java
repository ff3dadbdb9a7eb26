package io.steamgate.edge.tcp;

import static io.steamgate.edge.wire.TcpView.ACK;
import static io.steamgate.edge.wire.TcpView.FIN;
import static io.steamgate.edge.wire.TcpView.RST;
import static io.steamgate.edge.wire.TcpView.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpSegment.SackBlock;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What an established connection makes of a segment: RFC 9293 section 3.10.7.4, RFC 5961, RFC 7323, RFC 2018. */
class ReceiveRulesTest {
    private final Application application = new Application(new byte[0]);
    private final ScriptedPeer peer = new ScriptedPeer();

    ReceiveRulesTest() {
        application.closesWhenSent = false;
    }

    private void established(int receiveLimit) {
        peer.listen(SynOffer.PLAIN, receiveLimit, application).handshake(false);
        peer.nothingSent();
    }

    private String received() {
        return application.received.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    void bytes_in_order_are_delivered_and_acknowledged() {
        established(65_535);
        peer.data("GET / ");
        assertThat(received()).isEqualTo("GET / ");
        assertThat(peer.next().ack()).isEqualTo(peer.seq);
    }

    @Test
    void sequence_numbers_wrap() {
        peer.seq = 0xFFFF_FFFD;
        established(65_535);
        peer.data("across");
        assertThat(peer.seq).isEqualTo(4);
        peer.data(" zero");
        assertThat(received()).isEqualTo("across zero");
        peer.next();
        assertThat(peer.next().ack()).isEqualTo(9);
    }

    @Test
    void a_reset_exactly_at_the_next_byte_ends_the_connection() {
        established(65_535);
        peer.send(peer.segment(RST));
        assertThat(application.end).isEqualTo(TcpEnd.RESET);
        assertThat(peer.tcp.counters().connections.get()).isZero();
        peer.nothingSent();
    }

    @Test
    void a_reset_elsewhere_in_the_window_is_challenged() {
        established(65_535);
        peer.send(peer.segmentAt(peer.seq + 1, 0, RST));
        assertThat(application.end).isNull();
        TcpSegment challenge = peer.next();
        assertThat(challenge.flags()).isEqualTo(ACK);
        assertThat(challenge.ack()).isEqualTo(peer.seq);
        assertThat(peer.tcp.counters().challengeAcks.get()).isEqualTo(1);
    }

    @Test
    void a_reset_outside_the_window_is_dropped_in_silence() {
        established(65_535);
        peer.send(peer.segmentAt(peer.seq - 1, 0, RST));
        peer.send(peer.segmentAt(peer.seq + 70_000, 0, RST));
        peer.nothingSent();
        assertThat(application.end).isNull();
    }

    @Test
    void a_syn_on_a_connection_is_challenged_wherever_it_is() {
        established(65_535);
        peer.send(peer.segmentAt(peer.seq, 0, SYN));
        assertThat(peer.next().flags()).isEqualTo(ACK);
        peer.send(peer.segmentAt(peer.seq + 10, 0, SYN));
        assertThat(peer.next().flags()).isEqualTo(ACK);
        assertThat(application.end).isNull();
    }

    @Test
    void challenges_are_limited() {
        ScriptedPeer limited = new ScriptedPeer(TcpSettings.defaults().withRates(10, 10));
        limited.listen(SynOffer.PLAIN, 65_535, application).handshake(false);
        for (int i = 0; i < 100; i++) {
            limited.send(limited.segmentAt(limited.seq + 1, 0, RST));
        }
        assertThat(limited.sent).hasSizeBetween(5, 15);
        assertThat(limited.tcp.counters().challengeAcksSuppressed.get()).isEqualTo(100 - limited.sent.size());
    }

    @Test
    void an_acknowledgement_of_what_was_never_sent_is_challenged_and_its_data_dropped() {
        established(65_535);
        peer.send(peer.segmentAt(peer.seq, peer.ack + 1, ACK, (byte) 'x'));
        assertThat(peer.next().ack()).isEqualTo(peer.seq);
        assertThat(received()).isEmpty();
        assertThat(peer.tcp.counters().badAcks.get()).isEqualTo(1);
    }

    @Test
    void data_with_an_acknowledgement_far_in_the_past_is_challenged() {
        established(65_535);
        peer.send(peer.segmentAt(peer.seq, peer.ack - 70_000, ACK, (byte) 'x'));
        assertThat(received()).isEmpty();
        assertThat(peer.tcp.counters().badAcks.get()).isEqualTo(1);
    }

    @Test
    void a_segment_without_ack_is_dropped() {
        established(65_535);
        peer.send(peer.segmentAt(peer.seq, 0, 0, (byte) 'x'));
        assertThat(received()).isEmpty();
        peer.nothingSent();
    }

    @Test
    void an_old_segment_is_acknowledged_again() {
        established(65_535);
        peer.data("abc");
        peer.next();
        peer.send(peer.segmentAt(peer.seq - 3, peer.ack, ACK, (byte) 'a', (byte) 'b', (byte) 'c'));
        assertThat(peer.next().ack()).isEqualTo(peer.seq);
        assertThat(received()).isEqualTo("abc");
    }

    @Test
    void an_overlapping_segment_adds_only_what_is_new() {
        established(65_535);
        peer.data("abc");
        peer.send(peer.segmentAt(peer.seq - 2, peer.ack, ACK, "bcde".getBytes(StandardCharsets.ISO_8859_1)));
        assertThat(received()).isEqualTo("abcde");
    }

    @Test
    void a_keep_alive_probe_is_answered_but_a_storm_of_empty_old_segments_is_not() {
        established(65_535);
        for (int i = 0; i < 10; i++) {
            peer.send(peer.segmentAt(peer.seq - 1, peer.ack, ACK));
        }
        assertThat(peer.sent).hasSize(1);
        peer.pass(600);
        peer.send(peer.segmentAt(peer.seq - 1, peer.ack, ACK));
        assertThat(peer.sent).hasSize(2);
    }

    @Test
    void early_segments_wait_for_the_gap_and_are_reported_selectively_latest_first() {
        peer.listen(new SynOffer(1460, -1, true, false), 65_535, application).handshake(true);
        int base = peer.seq;
        peer.send(peer.segmentAt(base + 2, peer.ack, ACK, (byte) 'c', (byte) 'd'));
        assertThat(peer.next().sack()).containsExactly(new SackBlock(base + 2, base + 4));
        peer.send(peer.segmentAt(base + 6, peer.ack, ACK, (byte) 'g', (byte) 'h'));
        assertThat(peer.next().sack())
                .containsExactly(new SackBlock(base + 6, base + 8), new SackBlock(base + 2, base + 4));
        peer.send(peer.segmentAt(base + 4, peer.ack, ACK, (byte) 'e'));
        assertThat(peer.next().sack())
                .containsExactly(new SackBlock(base + 2, base + 5), new SackBlock(base + 6, base + 8));
        peer.send(peer.segmentAt(base, peer.ack, ACK, (byte) 'a', (byte) 'b'));
        TcpSegment filled = peer.next();
        assertThat(filled.ack()).isEqualTo(base + 5);
        assertThat(filled.sack()).containsExactly(new SackBlock(base + 6, base + 8));
        peer.send(peer.segmentAt(base + 5, peer.ack, ACK, (byte) 'f'));
        assertThat(peer.next().sack()).isEmpty();
        assertThat(received()).isEqualTo("abcdefgh");
    }

    @Test
    void a_fin_beyond_a_gap_counts_only_when_the_gap_is_filled() {
        established(65_535);
        peer.send(peer.segmentAt(peer.seq + 1, peer.ack, ACK | FIN, (byte) 'b'));
        assertThat(application.sawEnd).isFalse();
        peer.send(peer.segmentAt(peer.seq, peer.ack, ACK, (byte) 'a'));
        assertThat(application.sawEnd).isTrue();
        assertThat(received()).isEqualTo("ab");
        assertThat(application.connection().state()).isEqualTo(TcpState.CLOSE_WAIT);
    }

    @Test
    void what_exceeds_the_window_is_cut_off() {
        application.readMost = 0;
        established(10);
        peer.send(peer.segment(ACK, "0123456789ABCDEF".getBytes(StandardCharsets.ISO_8859_1)));
        assertThat(application.connection().readable()).isEqualTo(10);
        TcpSegment answer = peer.next();
        assertThat(answer.ack()).isEqualTo(peer.seq + 10);
        assertThat(answer.window()).isZero();
    }

    @Test
    void a_closed_window_opens_with_an_update_when_enough_was_consumed_and_not_by_crumbs() {
        application.readMost = 0;
        established(1000);
        peer.data("x".repeat(1000));
        assertThat(peer.next().window()).isZero();
        application.read(100);
        application.read(100);
        peer.nothingSent();
        peer.pass(1000);
        peer.send(peer.segmentAt(peer.seq - 1, peer.ack, ACK));
        assertThat(peer.next().window()).as("a probe sees no crumbs either").isZero();
        application.read(300);
        TcpSegment update = peer.next();
        assertThat(update.window()).isEqualTo(500);
        assertThat(update.flags()).isEqualTo(ACK);
    }

    @Test
    void a_probe_of_a_closed_window_is_answered_and_its_acknowledgement_taken() {
        application.readMost = 0;
        established(4);
        peer.data("full");
        peer.next();
        application.connection().write(new byte[] {1, 2, 3}, 0, 3);
        peer.next();
        peer.send(peer.segmentAt(peer.seq, peer.ack + 3, ACK, (byte) 'p'));
        TcpSegment answer = peer.next();
        assertThat(answer.ack()).isEqualTo(peer.seq);
        assertThat(answer.window()).isZero();
        assertThat(application.connection().allAcknowledged()).isTrue();
    }

    @Test
    void a_lower_limit_never_takes_back_what_was_announced() {
        application.readMost = 0;
        established(1000);
        application.connection().receiveLimit(10);
        peer.data("x".repeat(400));
        assertThat(peer.next().window()).isEqualTo(600);
        peer.data("y".repeat(600));
        assertThat(application.connection().readable()).isEqualTo(1000);
    }

    @Test
    void a_held_window_does_not_move_until_it_is_released() {
        established(1000);
        application.connection().holdWindow();
        peer.data("x".repeat(400));
        assertThat(peer.next().window()).isEqualTo(600);
        peer.data("x".repeat(600));
        assertThat(peer.next().window()).isZero();
        application.connection().releaseWindow();
        assertThat(peer.next().window()).isEqualTo(1000);
    }

    @Test
    void two_segments_are_acknowledged_at_once_and_one_after_a_while() {
        ScriptedPeer delaying = new ScriptedPeer(TcpSettings.defaults());
        delaying.listen(SynOffer.PLAIN, 65_535, application).handshake(false);
        delaying.data("x".repeat(1460));
        delaying.nothingSent();
        delaying.data("x".repeat(1460));
        assertThat(delaying.next().ack()).isEqualTo(delaying.seq);
        delaying.data("x");
        delaying.pass(39);
        delaying.nothingSent();
        delaying.pass(1);
        assertThat(delaying.next().ack()).isEqualTo(delaying.seq);
    }

    @Test
    void an_older_timestamp_is_an_old_duplicate() {
        peer.timestamps = true;
        peer.listen(ScriptedPeer.FULL, 65_535, application).handshake(true);
        peer.tsVal += 100;
        peer.data("new");
        peer.next();
        peer.tsVal -= 1;
        peer.data("old");
        assertThat(received()).isEqualTo("new");
        assertThat(peer.tcp.counters().pawsRejected.get()).isEqualTo(1);
        assertThat(peer.next().ack()).isEqualTo(peer.seq - 3);
    }

    @Test
    void after_24_days_of_silence_an_older_timestamp_is_believed() {
        ScriptedPeer quiet = new ScriptedPeer(TcpSettings.defaults().withKeepAlive(0, 0));
        quiet.timestamps = true;
        quiet.listen(ScriptedPeer.FULL, 65_535, application).handshake(true);
        quiet.pass(24L * 24 * 3600 * 1000 + 1);
        quiet.tsVal -= 1;
        quiet.data("again");
        assertThat(received()).isEqualTo("again");
    }

    @Test
    void a_segment_that_lost_its_timestamps_is_dropped_but_a_reset_without_them_counts() {
        peer.timestamps = true;
        peer.listen(ScriptedPeer.FULL, 65_535, application).handshake(true);
        peer.timestamps = false;
        peer.data("x");
        assertThat(received()).isEmpty();
        peer.nothingSent();
        peer.send(peer.segmentAt(peer.seq - 1, 0, RST));
        assertThat(application.end).isEqualTo(TcpEnd.RESET);
    }

    @Test
    void the_echo_is_the_timestamp_of_the_earliest_segment_not_acknowledged() {
        ScriptedPeer delaying = new ScriptedPeer(TcpSettings.defaults());
        delaying.timestamps = true;
        delaying.listen(ScriptedPeer.FULL, 65_535, application).handshake(true);
        delaying.tsVal = 6000;
        delaying.data("a".repeat(1448));
        delaying.tsVal = 6001;
        delaying.data("b".repeat(1448));
        assertThat(delaying.next().timestamps().orElseThrow().echo()).isEqualTo(6000);
    }

    @Test
    void a_bad_checksum_and_a_cut_header_are_counted_drops() {
        established(65_535);
        byte[] bytes = new byte[24];
        bytes[12] = 0x60;
        peer.tcp.receive(peer.ip.packet(bytes, ScriptedPeer.PEER, ScriptedPeer.US));
        assertThat(peer.tcp.counters().badChecksum.get()).isEqualTo(1);
        bytes[12] = 0x70;
        peer.tcp.receive(peer.ip.packet(bytes, ScriptedPeer.PEER, ScriptedPeer.US));
        peer.tcp.receive(peer.ip.packet(new byte[19], ScriptedPeer.PEER, ScriptedPeer.US));
        assertThat(peer.tcp.counters().malformed.get()).isEqualTo(2);
        peer.nothingSent();
    }
}
