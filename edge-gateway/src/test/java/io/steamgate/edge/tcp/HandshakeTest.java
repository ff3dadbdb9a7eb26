package io.steamgate.edge.tcp;

import static io.steamgate.edge.tcp.ScriptedPeer.FULL;
import static io.steamgate.edge.tcp.ScriptedPeer.OUR_PORT;
import static io.steamgate.edge.tcp.ScriptedPeer.PEER;
import static io.steamgate.edge.tcp.ScriptedPeer.PEER_PORT;
import static io.steamgate.edge.tcp.ScriptedPeer.US;
import static io.steamgate.edge.wire.TcpView.ACK;
import static io.steamgate.edge.wire.TcpView.FIN;
import static io.steamgate.edge.wire.TcpView.RST;
import static io.steamgate.edge.wire.TcpView.SYN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.wire.TcpSegment;
import org.junit.jupiter.api.Test;

/** Opening: RFC 9293 sections 3.5 and 3.10.7, RFC 6528, RFC 4987. */
class HandshakeTest {
    private final Application application = new Application(new byte[0]);
    private ScriptedPeer peer = new ScriptedPeer();
    private final TcpCounters counters = peer.tcp.counters();

    HandshakeTest() {
        application.closesWhenSent = false;
    }

    @Test
    void a_syn_is_answered_with_what_both_can_do() {
        peer.timestamps = true;
        peer.listen(FULL, 100_000, application);
        peer.send(peer.segment(SYN).withSyn(1400, 9, true));
        TcpSegment synAck = peer.next();
        assertThat(synAck.flags()).isEqualTo(SYN | ACK);
        assertThat(synAck.ack()).isEqualTo(peer.seq + 1);
        assertThat(synAck.mss()).isEqualTo(1460);
        assertThat(synAck.windowScale()).isEqualTo(7);
        assertThat(synAck.sackPermitted()).isTrue();
        assertThat(synAck.timestamps().orElseThrow().echo()).isEqualTo(peer.tsVal);
        assertThat(synAck.window())
                .as("never scaled, never more than is buffered")
                .isEqualTo(65_535);
        peer.seq++;
        peer.ack = synAck.seq() + 1;
        peer.tsEcr = synAck.timestamps().orElseThrow().value();
        peer.send(peer.segment(ACK, (byte) 'h', (byte) 'i'));
        assertThat(application.received.toString()).isEqualTo("hi");
        assertThat(application.connection().agreed()).isEqualTo(new TcpAgreement(1400, 1388, true, 9, 7, true, true));
        assertThat(application.connection().agreed().asPeerOffered()).isEqualTo(new SynOffer(1400, 9, true, true));
        assertThat(counters.handshakesCompleted.get()).isEqualTo(1);
        assertThat(counters.embryonic.get()).isZero();
    }

    @Test
    void what_the_client_does_not_offer_is_not_answered() {
        peer.listen(FULL, 5000, application);
        peer.send(peer.segment(SYN));
        TcpSegment synAck = peer.next();
        assertThat(synAck.windowScale()).isEqualTo(-1);
        assertThat(synAck.sackPermitted()).isFalse();
        assertThat(synAck.timestamps()).isEmpty();
        assertThat(synAck.window()).isEqualTo(5000);
        peer.seq++;
        peer.acknowledge(synAck.seq() + 1);
        assertThat(application.connection().agreed()).isEqualTo(new TcpAgreement(536, 536, false, 0, 0, false, false));
    }

    @Test
    void the_mss_announced_fits_the_path() {
        peer.ip.mtu = 1280;
        peer.listen(FULL, 5000, application);
        peer.send(peer.segment(SYN).withSyn(8960, -1, false));
        assertThat(peer.next().mss()).isEqualTo(1240);
    }

    @Test
    void a_repeated_syn_is_answered_alike_and_a_lost_syn_ack_repeated_a_few_times() {
        peer.listen(FULL, 5000, application);
        peer.send(peer.segment(SYN));
        TcpSegment first = peer.next();
        peer.send(peer.segment(SYN));
        assertThat(peer.next().seq()).isEqualTo(first.seq());
        peer.pass(1000 + 2000 + 4000 + 8000 + 16_000);
        assertThat(peer.sent).hasSize(5).allMatch(segment -> segment.flags() == (SYN | ACK));
        peer.sent.clear();
        peer.pass(31_999);
        peer.nothingSent();
        peer.pass(1);
        assertThat(counters.handshakesFailed.get()).isEqualTo(1);
        assertThat(counters.embryonic.get()).isZero();
        assertThat(peer.timers.armed()).isZero();
        TcpSegment reset = peer.next();
        assertThat(reset.flags())
                .as("ends an established peer's wait, and is nothing to one in SYN-SENT")
                .isEqualTo(RST);
        assertThat(reset.seq()).isEqualTo(first.seq() + 1);
        peer.nothingSent();
    }

    @Test
    void a_client_whose_acknowledgements_were_lost_is_accepted_at_the_last_try() {
        peer.listen(FULL, 5000, application);
        peer.send(peer.segment(SYN));
        peer.pass(31_000);
        TcpSegment last = peer.sent.peekLast();
        peer.seq++;
        peer.acknowledge(last.seq() + 1);
        assertThat(application.connection().state()).isEqualTo(TcpState.ESTABLISHED);
    }

    @Test
    void a_crowded_table_gives_handshakes_up_sooner() {
        peer = new ScriptedPeer(TcpSettings.defaults().withEmbryonicLimit(4));
        peer.listen(FULL, 5000, application);
        for (int port = 1; port <= 3; port++) {
            peer.send(TcpSegment.of(PEER_PORT + port, OUR_PORT, 5, 0, SYN, 100));
        }
        peer.pass(7_000);
        assertThat(peer.sent.stream().filter(s -> s.flags() == (SYN | ACK))).hasSize(9 + 2);
        assertThat(peer.tcp.counters().embryonic.get()).isEqualTo(2);
    }

    @Test
    void data_may_complete_the_handshake_even_when_it_comes_out_of_order() {
        peer.listen(FULL, 5000, application);
        peer.send(peer.segment(SYN));
        peer.ack = peer.next().seq() + 1;
        peer.seq++;
        peer.send(peer.segmentAt(peer.seq + 2, peer.ack, ACK, (byte) 'c'));
        peer.send(peer.segmentAt(peer.seq, peer.ack, ACK, (byte) 'a', (byte) 'b'));
        assertThat(application.received.toString()).isEqualTo("abc");
    }

    @Test
    void a_wrong_acknowledgement_of_the_syn_ack_is_reset_and_the_handshake_goes_on() {
        peer.listen(FULL, 5000, application);
        peer.send(peer.segment(SYN));
        TcpSegment synAck = peer.next();
        peer.seq++;
        peer.send(peer.segmentAt(peer.seq, synAck.seq() + 2, ACK));
        TcpSegment reset = peer.next();
        assertThat(reset.flags()).isEqualTo(RST);
        assertThat(reset.seq()).isEqualTo(synAck.seq() + 2);
        peer.acknowledge(synAck.seq() + 1);
        assertThat(application.connection().state()).isEqualTo(TcpState.ESTABLISHED);
    }

    @Test
    void a_reset_ends_a_handshake_only_at_the_exact_number() {
        peer.listen(FULL, 5000, application);
        peer.send(peer.segment(SYN));
        peer.next();
        peer.send(peer.segmentAt(peer.seq + 2, 0, RST));
        assertThat(counters.embryonic.get()).isEqualTo(1);
        peer.send(peer.segmentAt(peer.seq + 1, 0, RST));
        assertThat(counters.embryonic.get()).isZero();
    }

    @Test
    void a_closed_port_resets_and_a_silent_one_does_not() {
        peer.send(peer.segment(SYN));
        TcpSegment reset = peer.next();
        assertThat(reset.flags()).isEqualTo(RST | ACK);
        assertThat(reset.seq()).isZero();
        assertThat(reset.ack()).isEqualTo(peer.seq + 1);
        peer.send(peer.segmentAt(7, 99, ACK, (byte) 1));
        assertThat(peer.next().seq()).isEqualTo(99);
        peer.send(peer.segmentAt(7, 99, RST | ACK));
        peer.nothingSent();
        ScriptedPeer silent = new ScriptedPeer(TcpSettings.defaults().withResetUnexpected(false));
        silent.send(silent.segment(SYN));
        silent.nothingSent();
    }

    @Test
    void a_syn_with_fin_opens_nothing() {
        peer.listen(FULL, 5000, application);
        peer.send(peer.segment(SYN | FIN));
        assertThat(counters.embryonic.get()).isZero();
    }

    @Test
    void a_listener_that_does_not_admit_drops_the_syn() {
        peer.tcp.listen(
                US,
                OUR_PORT,
                OUR_PORT,
                new ListenOptions() {
                    @Override
                    public SynOffer offer() {
                        return FULL;
                    }

                    @Override
                    public int receiveLimit() {
                        return 1;
                    }

                    @Override
                    public boolean admit(int client) {
                        return client != PEER;
                    }
                },
                application::on);
        peer.send(peer.segment(SYN));
        peer.nothingSent();
        assertThat(counters.synsNotAdmitted.get()).isEqualTo(1);
    }

    @Test
    void listeners_share_no_port_and_the_nearer_address_wins() {
        peer.tcp.listen(0, 1, 100, ScriptedPeer.options(FULL, 1), c -> {});
        assertThatThrownBy(() -> peer.tcp.listen(0, 100, 200, ScriptedPeer.options(FULL, 1), c -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("100-200");
        peer.tcp.listen(US, 80, 80, ScriptedPeer.options(FULL, 99), application::on);
        peer.send(peer.segment(SYN));
        assertThat(peer.next().window()).isEqualTo(99);
    }

    @Test
    void a_closed_listener_forgets_its_handshakes_and_keeps_its_connections() {
        TcpListener listener = peer.tcp.listen(0, 80, 80, ScriptedPeer.options(FULL, 100), application::on);
        peer.handshake(false);
        peer.send(TcpSegment.of(PEER_PORT + 1, OUR_PORT, 5, 0, SYN, 100));
        TcpSegment synAck = peer.next();
        listener.close();
        peer.send(TcpSegment.of(PEER_PORT + 1, OUR_PORT, 6, synAck.seq() + 1, ACK, 100));
        assertThat(peer.next().flags()).isEqualTo(RST);
        peer.data("x");
        assertThat(application.received.toString()).isEqualTo("x");
    }

    // ---------------------------------------------------------------- cookies

    private ScriptedPeer flooded() {
        ScriptedPeer flooded =
                new ScriptedPeer(TcpSettings.defaults().withDelayedAck(false).withEmbryonicLimit(2));
        flooded.listen(FULL, 100_000, application);
        for (int i = 0; i < 2; i++) {
            flooded.send(TcpSegment.of(i + 1, OUR_PORT, 77, 0, SYN, 100));
            flooded.next();
        }
        return flooded;
    }

    @Test
    void a_full_table_answers_with_a_cookie_that_carries_every_option_in_its_timestamp() {
        ScriptedPeer client = flooded();
        client.timestamps = true;
        client.send(client.segment(SYN).withSyn(1460, 9, true));
        TcpSegment synAck = client.next();
        assertThat(client.tcp.counters().embryonic.get()).isEqualTo(2);
        client.seq++;
        client.ack = synAck.seq() + 1;
        client.tsEcr = synAck.timestamps().orElseThrow().value();
        client.pass(300);
        client.send(client.segment(ACK, (byte) 'x'));
        assertThat(application.connection().agreed()).isEqualTo(new TcpAgreement(1460, 1448, true, 9, 7, true, true));
        assertThat(application.received.toString()).isEqualTo("x");
        TcpSegment answer = client.next();
        assertThat(answer.timestamps().orElseThrow().value() - client.tsEcr).isPositive();
        assertThat(client.tcp.counters().cookiesAccepted.get()).isEqualTo(1);
    }

    @Test
    void without_timestamps_a_cookie_carries_the_mss_only() {
        ScriptedPeer client = flooded();
        client.send(client.segment(SYN).withSyn(1300, 9, true));
        TcpSegment synAck = client.next();
        assertThat(synAck.windowScale()).isEqualTo(-1);
        assertThat(synAck.sackPermitted()).isFalse();
        client.seq++;
        client.acknowledge(synAck.seq() + 1);
        assertThat(application.connection().agreed())
                .isEqualTo(new TcpAgreement(1220, 1220, false, 0, 0, false, false));
    }

    @Test
    void a_forged_or_stale_cookie_is_reset() {
        ScriptedPeer client = flooded();
        client.send(client.segment(SYN).withSyn(1460, -1, false));
        TcpSegment synAck = client.next();
        client.seq++;
        // Bits 14 to 23 stand for the client's own number: see the next test.
        for (int bit = 0; bit < 32; bit += bit == 13 ? 11 : 1) {
            client.send(client.segmentAt(client.seq, (synAck.seq() ^ 1 << bit) + 1, ACK));
            assertThat(client.next().flags()).as("bit " + bit).isEqualTo(RST);
        }
        client.pass(129_000);
        client.sent.clear();
        client.send(client.segmentAt(client.seq, synAck.seq() + 1, ACK));
        assertThat(client.next().flags()).as("too old").isEqualTo(RST);
        assertThat(client.tcp.counters().cookiesRejected.get()).isEqualTo(23);
        assertThat(application.connection).isNull();
    }

    @Test
    void a_segment_with_a_cookie_that_is_not_the_first_waits_for_the_first() {
        ScriptedPeer client = flooded();
        client.send(client.segment(SYN).withSyn(1460, -1, false));
        TcpSegment synAck = client.next();
        client.seq++;
        client.sent.clear();
        for (int ahead : new int[] {1, 1000, 100_000}) {
            client.send(client.segmentAt(client.seq + ahead, synAck.seq() + 1, ACK));
        }
        assertThat(client.sent)
                .as("no reset, which would end a connection that has begun well")
                .isEmpty();
        assertThat(application.connection).isNull();

        for (int answered : new int[] {1, 267, 1448, 100_000}) {
            client.send(client.segmentAt(client.seq + 1, synAck.seq() + 1 + answered, ACK));
            assertThat(client.next().flags()).as("one of a connection that was").isEqualTo(RST);
        }

        client.acknowledge(synAck.seq() + 1);

        assertThat(application.connection().state()).isEqualTo(TcpState.ESTABLISHED);
    }

    @Test
    void a_cookie_echo_from_no_clock_of_ours_is_reset() {
        ScriptedPeer client = flooded();
        client.timestamps = true;
        client.send(client.segment(SYN).withSyn(1460, 9, true));
        TcpSegment synAck = client.next();
        client.seq++;
        client.ack = synAck.seq() + 1;
        client.tsEcr = synAck.timestamps().orElseThrow().value() + 10_000;
        client.send(client.segment(ACK));
        assertThat(client.next().flags()).isEqualTo(RST);
    }

    // ---------------------------------------------------------------- active

    private TcpSegment dial(SynOffer offer) {
        application.connection =
                peer.tcp.connect(ConnectRequest.of(US, OUR_PORT, PEER, PEER_PORT, offer, 50_000), application);
        return peer.next();
    }

    @Test
    void an_active_open_offers_exactly_what_it_was_told() {
        TcpSegment syn = dial(new SynOffer(8960, 3, true, true));
        assertThat(syn.flags()).isEqualTo(SYN);
        assertThat(syn.ack()).isZero();
        assertThat(syn.mss()).isEqualTo(8960);
        assertThat(syn.windowScale()).isEqualTo(3);
        assertThat(syn.sackPermitted()).isTrue();
        assertThat(syn.timestamps().orElseThrow().echo()).isZero();
        peer.timestamps = true;
        peer.tsEcr = syn.timestamps().orElseThrow().value();
        peer.ack = syn.seq() + 1;
        peer.send(peer.segment(SYN | ACK).withSyn(1460, 8, true));
        peer.seq++;
        TcpSegment ack = peer.next();
        assertThat(ack.flags()).isEqualTo(ACK);
        assertThat(ack.ack()).isEqualTo(peer.seq);
        assertThat(ack.seq()).isEqualTo(syn.seq() + 1);
        assertThat(application.log).containsExactly("connected");
        assertThat(application.connection().agreed()).isEqualTo(new TcpAgreement(1460, 1448, true, 8, 3, true, true));
    }

    @Test
    void an_active_open_without_options_sends_the_mss_alone() {
        TcpSegment syn = dial(SynOffer.PLAIN);
        assertThat(syn.headerLength()).isEqualTo(24);
        peer.ack = syn.seq() + 1;
        peer.send(peer.segment(SYN | ACK).withSyn(1460, 8, true));
        assertThat(application.connection().agreed())
                .isEqualTo(new TcpAgreement(1460, 1460, false, 0, 0, false, false));
    }

    @Test
    void a_refusal_is_believed_only_when_it_acknowledges_the_syn() {
        TcpSegment syn = dial(FULL);
        peer.send(peer.segmentAt(0, syn.seq(), RST | ACK));
        peer.send(peer.segmentAt(0, 0, RST));
        assertThat(application.end).isNull();
        peer.send(peer.segmentAt(0, syn.seq() + 1, RST | ACK));
        assertThat(application.end).isEqualTo(TcpEnd.REFUSED);
        assertThat(peer.timers.armed()).isZero();
        assertThat(peer.tcp.free(US, OUR_PORT, PEER, PEER_PORT)).isTrue();
    }

    @Test
    void a_silent_host_is_tried_as_often_as_asked_and_given_up() {
        application.connection = peer.tcp.connect(
                ConnectRequest.of(US, OUR_PORT, PEER, PEER_PORT, FULL, 1).withSchedule(250_000_000L, 3), application);
        peer.pass(250 + 500);
        assertThat(peer.sent).hasSize(3);
        peer.pass(999);
        assertThat(application.end).isNull();
        peer.pass(1);
        assertThat(application.end).isEqualTo(TcpEnd.TIMED_OUT);
        assertThat(peer.sent).hasSize(3);
    }

    @Test
    void without_a_route_the_outcome_is_told_later_never_at_once() {
        peer.ip.routable = false;
        application.connection =
                peer.tcp.connect(ConnectRequest.of(US, OUR_PORT, PEER, PEER_PORT, FULL, 1), application);
        assertThat(application.end).isNull();
        peer.pass(0);
        assertThat(application.end).isEqualTo(TcpEnd.UNREACHABLE);
    }

    @Test
    void a_half_open_connection_of_the_past_is_reset_so_that_the_next_syn_gets_through() {
        TcpSegment syn = dial(FULL);
        peer.send(peer.segmentAt(500, syn.seq() - 1000, ACK));
        TcpSegment reset = peer.next();
        assertThat(reset.flags()).isEqualTo(RST);
        assertThat(reset.seq()).isEqualTo(syn.seq() - 1000);
        assertThat(application.end).isNull();
    }

    @Test
    void two_that_open_at_once_share_one_connection() {
        TcpSegment syn = dial(SynOffer.PLAIN);
        peer.send(peer.segment(SYN).withSyn(1460, -1, false));
        TcpSegment synAck = peer.next();
        assertThat(synAck.flags()).isEqualTo(SYN | ACK);
        assertThat(synAck.seq()).isEqualTo(syn.seq());
        assertThat(synAck.ack()).isEqualTo(peer.seq + 1);
        peer.send(peer.segmentAt(peer.seq, syn.seq() + 1, SYN | ACK));
        assertThat(application.connection().state()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(application.log).containsExactly("connected");
        peer.seq++;
        peer.ack = syn.seq() + 1;
        peer.data("hello");
        assertThat(application.received.toString()).isEqualTo("hello");
    }

    @Test
    void a_four_tuple_is_used_once() {
        dial(FULL);
        assertThatThrownBy(() -> dial(FULL)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void initial_sequence_numbers_grow_with_a_tuples_clock_and_differ_between_tuples() {
        IsnGenerator isns = new IsnGenerator(peer.clock, io.steamgate.edge.runtime.Randomness.seeded(1));
        int first = isns.next(US, PEER, 1);
        peer.clock.advanceMillis(1);
        assertThat(isns.next(US, PEER, 1) - first).isEqualTo(250);
        assertThat(Math.abs(isns.next(US, PEER, 2) - first)).isGreaterThan(100_000);
    }
}
