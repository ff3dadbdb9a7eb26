package io.steamgate.edge.tcp;

import static io.steamgate.edge.tcp.ScriptedPeer.FULL;
import static io.steamgate.edge.tcp.ScriptedPeer.OUR_PORT;
import static io.steamgate.edge.tcp.ScriptedPeer.PEER;
import static io.steamgate.edge.tcp.ScriptedPeer.PEER_PORT;
import static io.steamgate.edge.tcp.ScriptedPeer.US;
import static io.steamgate.edge.wire.TcpView.ACK;
import static io.steamgate.edge.wire.TcpView.FIN;
import static io.steamgate.edge.wire.TcpView.PSH;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.stack.IcmpError;
import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpSegment.SackBlock;
import org.junit.jupiter.api.Test;

/** What is sent, and sent again: RFC 9293 section 3.8, RFC 5681, 6298, 6582, 6675, 3042, 1191. */
class SendRulesTest {
    private final Application application = new Application(new byte[0]);
    private ScriptedPeer peer = new ScriptedPeer();
    private int base;

    SendRulesTest() {
        application.closesWhenSent = false;
    }

    private TcpConnection established(boolean sack) {
        peer.listen(sack ? new SynOffer(1460, -1, true, false) : SynOffer.PLAIN, 65_535, application)
                .handshake(sack, sack ? 1 : 0);
        base = peer.ack;
        return application.connection();
    }

    private void write(int bytes) {
        assertThat(application.connection().write(new byte[bytes], 0, bytes)).isEqualTo(bytes);
    }

    /** The offsets and lengths of everything sent, as in {@code 0+1460}. */
    private String flight() {
        StringBuilder text = new StringBuilder();
        for (TcpSegment segment : peer.sent) {
            text.append(text.isEmpty() ? "" : " ")
                    .append(segment.seq() - base)
                    .append('+')
                    .append(segment.payload().length)
                    .append(segment.has(FIN) ? "F" : "");
        }
        peer.sent.clear();
        return text.toString();
    }

    private void sack(int ack, SackBlock... blocks) {
        peer.ack = base + ack;
        peer.send(peer.segment(ACK).withSack(blocks));
    }

    private SackBlock block(int from, int to) {
        return new SackBlock(base + from, base + to);
    }

    @Test
    void the_initial_window_is_ten_segments_and_the_last_one_is_pushed() {
        established(false);
        write(10 * 1460 + 5);
        assertThat(peer.sent).hasSize(10);
        assertThat(peer.sent.peekLast().has(PSH)).isFalse();
        peer.sent.clear();
        peer.acknowledge(base + 2920);
        assertThat(flight()).isEqualTo("14600+5");
    }

    @Test
    void the_peers_window_bounds_what_is_in_flight() {
        peer.window = 3000;
        established(false);
        write(5000);
        assertThat(flight()).as("a crumb of 80 bytes is not worth a segment").isEqualTo("0+1460 1460+1460");
        peer.acknowledge(base + 2920);
        assertThat(flight()).isEqualTo("2920+1460 4380+620");
    }

    @Test
    void a_lost_segment_is_sent_again_when_the_timer_expires_and_the_timer_doubles() {
        established(false);
        peer.pass(10);
        write(100);
        assertThat(flight()).isEqualTo("0+100");
        peer.pass(199);
        peer.nothingSent();
        peer.pass(1);
        assertThat(flight()).isEqualTo("0+100");
        peer.pass(399);
        peer.nothingSent();
        peer.pass(1);
        assertThat(flight()).isEqualTo("0+100");
        assertThat(peer.tcp.counters().timeouts.get()).isEqualTo(2);
    }

    @Test
    void a_retransmitted_segment_measures_nothing() {
        established(false);
        write(100);
        peer.pass(200);
        flight();
        peer.pass(390);
        peer.acknowledge(base + 100);
        long rto = application.connection().sender().rtt.rto();
        assertThat(rto).as("Karn: 590 ms are not the round trip").isEqualTo(200_000_000L);
    }

    @Test
    void a_silent_peer_is_given_up_after_the_configured_tries() {
        established(false);
        write(100);
        peer.pass(15 * 60_000);
        assertThat(application.end).isEqualTo(TcpEnd.TIMED_OUT);
        assertThat(peer.sent.stream().filter(s -> s.payload().length == 100)).hasSize(13);
        assertThat(peer.timers.armed()).isZero();
    }

    @Test
    void two_duplicates_let_new_segments_go_and_the_third_sends_the_lost_one_again() {
        established(false);
        write(14_600);
        write(10_000);
        flight();
        peer.send(peer.segment(ACK));
        assertThat(flight()).isEqualTo("14600+1460");
        peer.send(peer.segment(ACK));
        assertThat(flight()).isEqualTo("16060+1460");
        peer.send(peer.segment(ACK));
        assertThat(flight()).isEqualTo("0+1460");
        assertThat(peer.tcp.counters().fastRecoveries.get()).isEqualTo(1);
        assertThat(application.connection().sender().congestion.cwnd()).isEqualTo((int) (14_600 * 0.7));
    }

    @Test
    void without_sack_a_partial_acknowledgement_sends_the_next_hole() {
        peer = new ScriptedPeer(TcpSettings.defaults().withCubic(false));
        established(false);
        write(14_600);
        flight();
        for (int i = 0; i < 3; i++) {
            peer.send(peer.segment(ACK));
        }
        assertThat(flight()).isEqualTo("0+1460");
        peer.acknowledge(base + 4380);
        assertThat(flight()).as("NewReno: one hole a round trip").isEqualTo("4380+1460");
        peer.acknowledge(base + 14_600);
        write(1460);
        assertThat(flight()).isEqualTo("14600+1460");
    }

    @Test
    void with_sack_every_hole_is_filled_once_three_segments_above_have_arrived() {
        established(true);
        write(14_600);
        flight();
        peer.pass(1);
        sack(0, block(1460, 2920));
        peer.nothingSent();
        sack(0, block(1460, 2920), block(4380, 5840));
        peer.nothingSent();
        sack(0, block(7300, 8760), block(1460, 2920), block(4380, 5840));
        assertThat(flight()).isEqualTo("0+1460 2920+1460 5840+1460");
        sack(0, block(7300, 14_600), block(1460, 2920), block(4380, 5840));
        peer.nothingSent();
        sack(14_600);
        write(100);
        assertThat(flight()).isEqualTo("14600+100");
    }

    @Test
    void after_a_timeout_what_was_selectively_acknowledged_is_not_sent_again() {
        established(true);
        write(5 * 1460);
        flight();
        sack(0, block(2920, 4380));
        peer.pass(10);
        assertThat(flight()).as("lost, and lost again as the probe").isEqualTo("0+1460 0+1460");
        peer.pass(200);
        assertThat(flight()).isEqualTo("0+1460");
        sack(1460, block(2920, 4380));
        assertThat(flight()).isEqualTo("1460+1460 4380+1460");
        sack(5840);
        assertThat(flight()).isEqualTo("5840+1460");
    }

    @Test
    void a_lost_end_is_probed_for_and_repaired_long_before_the_timeout() {
        established(true);
        write(5 * 1460);
        flight();
        sack(1460);
        peer.nothingSent();
        peer.pass(10);
        assertThat(flight()).isEqualTo("5840+1460");
        sack(1460, block(5840, 7300));
        assertThat(flight()).as("what is older than the probe is lost").startsWith("1460+1460");
        sack(7300);
        assertThat(peer.tcp.counters().timeouts.get()).isZero();
        assertThat(application.connection().allAcknowledged()).isTrue();
    }

    @Test
    void with_little_in_flight_less_than_three_that_arrived_show_a_loss_after_the_reordering_window() {
        established(true);
        write(3 * 1460);
        flight();
        peer.pass(1);
        sack(0, block(1460, 2920));
        peer.nothingSent();
        sack(0, block(1460, 4380));
        peer.nothingSent();
        peer.pass(1);
        assertThat(flight()).isEqualTo("0+1460");
    }

    @Test
    void an_echo_from_before_the_timeout_is_no_round_trip() {
        peer.timestamps = true;
        peer.listen(FULL, 65_535, application).handshake(true);
        base = peer.ack;
        write(2 * 1448);
        peer.tsEcr = peer.sent.peekLast().timestamps().orElseThrow().value();
        peer.pass(30_000);
        peer.acknowledge(base + 2896);
        assertThat(application.connection().sender().rtt.baseRto()).isEqualTo(200_000_000L);
    }

    @Test
    void a_second_timeout_forgets_selective_acknowledgements_because_they_may_be_taken_back() {
        established(true);
        write(3 * 1460);
        flight();
        sack(0, block(1460, 4380));
        peer.pass(200);
        flight();
        peer.pass(400);
        flight();
        sack(1460);
        assertThat(flight()).isEqualTo("1460+1460 2920+1460");
    }

    @Test
    void lies_about_selective_acknowledgement_are_ignored() {
        established(true);
        write(1460);
        flight();
        sack(0, block(-5000, -100), block(1000, 90_000), block(500, 400));
        peer.nothingSent();
        peer.pass(200);
        assertThat(flight()).isEqualTo("0+1460");
    }

    @Test
    void a_closed_window_is_probed_ever_less_often_and_opens_by_the_answer() {
        peer.window = 0;
        established(false);
        write(100);
        peer.nothingSent();
        peer.pass(200);
        TcpSegment probe = peer.next();
        assertThat(probe.seq()).isEqualTo(base - 1);
        assertThat(probe.payload()).isEmpty();
        peer.send(peer.segment(ACK));
        peer.pass(400);
        peer.next();
        peer.send(peer.segment(ACK));
        peer.pass(799);
        peer.nothingSent();
        peer.pass(1);
        peer.next();
        peer.window = 1000;
        peer.send(peer.segment(ACK));
        assertThat(flight()).isEqualTo("0+100");
    }

    @Test
    void a_closed_window_that_is_answered_lasts_for_ever_and_an_unanswered_one_does_not() {
        peer.window = 0;
        established(false);
        write(100);
        for (int i = 0; i < 120; i++) {
            peer.pass(60_000);
            peer.send(peer.segment(ACK));
        }
        assertThat(application.end).isNull();
        peer.pass(15 * 60_000);
        assertThat(application.end).isEqualTo(TcpEnd.TIMED_OUT);
    }

    @Test
    void a_silly_window_is_waited_out_and_then_used() {
        established(false);
        peer.window = 10;
        write(1);
        flight();
        peer.acknowledge(base + 1);
        write(100);
        peer.nothingSent();
        peer.pass(200);
        assertThat(flight()).isEqualTo("1+10");
    }

    @Test
    void nagle_holds_small_segments_back_only_when_asked_for() {
        established(false);
        write(1);
        write(1);
        assertThat(flight()).isEqualTo("0+1 1+1");
        peer = new ScriptedPeer(TcpSettings.defaults().withNagle(true));
        established(false);
        write(1);
        write(1);
        write(1);
        assertThat(flight()).isEqualTo("0+1");
        peer.acknowledge(base + 1);
        assertThat(flight()).isEqualTo("1+2");
    }

    @Test
    void the_send_buffer_takes_what_fits_and_says_when_there_is_room_again() {
        peer = new ScriptedPeer(TcpSettings.defaults().withSendBuffer(1000));
        TcpConnection connection = established(false);
        assertThat(connection.write(new byte[1500], 0, 1500)).isEqualTo(1000);
        assertThat(connection.unacknowledged()).isEqualTo(1000);
        boolean[] writable = new boolean[1];
        connection.events(new TcpEvents() {
            @Override
            public void writable() {
                writable[0] = true;
            }
        });
        peer.acknowledge(base + 400);
        assertThat(writable[0]).isTrue();
        assertThat(connection.writable()).isEqualTo(400);
    }

    @Test
    void an_idle_connection_is_kept_alive_and_a_dead_peer_noticed() {
        peer = new ScriptedPeer(TcpSettings.defaults().withKeepAlive(80_000_000_000L, 3));
        established(false);
        peer.pass(79_999);
        peer.nothingSent();
        peer.pass(1);
        assertThat(peer.next().seq()).isEqualTo(base - 1);
        peer.send(peer.segment(ACK));
        peer.pass(79_999);
        peer.nothingSent();
        peer.pass(40_000);
        assertThat(application.end).isEqualTo(TcpEnd.TIMED_OUT);
        assertThat(peer.sent).as("three probes and the reset").hasSize(4);
    }

    private void icmp(int type, int code, int mtu, int seq) {
        TcpSegment quoted = TcpSegment.of(OUR_PORT, PEER_PORT, seq, 0, ACK, 0);
        byte[] bytes = new byte[20];
        io.steamgate.edge.wire.Frame frame = io.steamgate.edge.wire.Frame.copyOf(bytes);
        quoted.emit(frame.memory(), frame.start(), US, PEER);
        peer.tcp.error(
                new IcmpError(type, code, mtu), US, PEER, peer.ip.packet(frame.toBytes(), PEER, US), frame.start(), 8);
    }

    @Test
    void a_smaller_path_cuts_the_segments_in_flight_anew() {
        established(false);
        write(2920);
        flight();
        icmp(3, 4, 1000, base);
        assertThat(flight()).isEqualTo("0+960 960+960 1920+960 2880+40");
        assertThat(peer.ip.reducedTo).isEqualTo(1000);
        peer.acknowledge(base + 2920);
        write(2000);
        assertThat(flight()).isEqualTo("2920+960 3880+960 4840+80");
    }

    @Test
    void an_icmp_error_that_quotes_nothing_in_flight_is_ignored() {
        established(false);
        write(2920);
        flight();
        icmp(3, 4, 1000, base - 1);
        icmp(3, 4, 1000, base + 2920);
        icmp(3, 4, 60, base);
        icmp(3, 4, 1500, base);
        peer.nothingSent();
        assertThat(peer.tcp.counters().icmpIgnored.get()).isEqualTo(4);
    }

    @Test
    void a_tiny_path_is_not_believed_but_fragments_are_allowed() {
        established(false);
        write(1460);
        flight();
        icmp(3, 4, 68, base);
        assertThat(peer.sent.peekFirst().payload()).hasSize(512);
        assertThat(peer.lastDontFragment).isFalse();
    }

    @Test
    void an_established_connection_survives_an_unreachable_and_an_opening_one_does_not() {
        established(false);
        write(10);
        icmp(3, 1, 0, base);
        icmp(3, 3, 0, base);
        assertThat(application.end).isNull();
        Application dialling = new Application(new byte[0]);
        ScriptedPeer other = peer = new ScriptedPeer();
        dialling.connection = other.tcp.connect(ConnectRequest.of(US, OUR_PORT, PEER, PEER_PORT, FULL, 100), dialling);
        icmp(3, 1, 0, other.next().seq());
        assertThat(dialling.end).isEqualTo(TcpEnd.UNREACHABLE);
    }
}
