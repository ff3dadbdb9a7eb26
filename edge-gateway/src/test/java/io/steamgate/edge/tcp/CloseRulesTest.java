package io.steamgate.edge.tcp;

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

/** Closing, and what is left of a connection: RFC 9293 section 3.6, RFC 1337, RFC 6191. */
class CloseRulesTest {
    private final Application application = new Application(new byte[0]);
    private ScriptedPeer peer = new ScriptedPeer();

    private TcpConnection established() {
        application.closesWhenSent = false;
        peer.listen(ScriptedPeer.FULL, 65_535, application).handshake(false);
        return application.connection();
    }

    @Test
    void we_close_first_and_wait_in_a_small_entry() {
        TcpConnection connection = established();
        connection.shutdownOutput();
        TcpSegment fin = peer.next();
        assertThat(fin.flags()).isEqualTo(FIN | ACK);
        assertThat(connection.state()).isEqualTo(TcpState.FIN_WAIT_1);
        peer.acknowledge(fin.seq() + 1);
        assertThat(connection.state()).isEqualTo(TcpState.FIN_WAIT_2);
        assertThat(connection.allAcknowledged()).isTrue();
        peer.data("half-close lets the other half go on");
        assertThat(application.received.toString()).startsWith("half-close");
        peer.next();
        peer.send(peer.segment(FIN | ACK));
        assertThat(peer.next().ack()).isEqualTo(peer.seq + 1);
        assertThat(application.end).isEqualTo(TcpEnd.FINISHED);
        assertThat(peer.tcp.counters().timeWaits.get()).isEqualTo(1);
        assertThat(peer.tcp.counters().connections.get()).isZero();

        peer.pass(50_000);
        peer.send(peer.segment(FIN | ACK));
        assertThat(peer.next().ack())
                .as("a repeated FIN is acknowledged and the wait begins anew")
                .isEqualTo(peer.seq + 1);
        peer.send(peer.segmentAt(peer.seq + 1, 0, RST));
        peer.pass(50_000);
        assertThat(peer.tcp.counters().timeWaits.get())
                .as("a reset does not end it (RFC 1337)")
                .isEqualTo(1);
        peer.pass(10_001);
        assertThat(peer.tcp.counters().timeWaits.get()).isZero();
        assertThat(peer.timers.armed()).isZero();
    }

    @Test
    void the_peer_closes_first_and_we_may_still_send() {
        TcpConnection connection = established();
        peer.send(peer.segment(FIN | ACK, (byte) 'x'));
        assertThat(application.sawEnd).isTrue();
        assertThat(connection.state()).isEqualTo(TcpState.CLOSE_WAIT);
        peer.seq += 2;
        assertThat(peer.next().ack()).isEqualTo(peer.seq);
        connection.write(new byte[] {1, 2, 3}, 0, 3);
        assertThat(peer.next().payload()).hasSize(3);
        connection.shutdownOutput();
        TcpSegment fin = peer.next();
        assertThat(fin.has(FIN)).isTrue();
        peer.acknowledge(fin.seq() + 1);
        assertThat(application.end).isEqualTo(TcpEnd.FINISHED);
        assertThat(peer.tcp.counters().timeWaits.get()).isZero();
        assertThat(peer.timers.armed()).isZero();
    }

    @Test
    void both_close_at_once() {
        TcpConnection connection = established();
        connection.shutdownOutput();
        TcpSegment fin = peer.next();
        peer.send(peer.segment(FIN | ACK));
        assertThat(connection.state()).isEqualTo(TcpState.CLOSING);
        assertThat(peer.next().ack()).isEqualTo(peer.seq + 1);
        peer.seq++;
        peer.acknowledge(fin.seq() + 1);
        assertThat(application.end).isEqualTo(TcpEnd.FINISHED);
        assertThat(peer.tcp.counters().timeWaits.get()).isEqualTo(1);
    }

    @Test
    void a_fin_goes_with_the_last_bytes_and_is_sent_again_with_them() {
        peer.window = 0;
        TcpConnection connection = established();
        connection.write(new byte[] {1, 2, 3}, 0, 3);
        connection.shutdownOutput();
        peer.nothingSent();
        peer.window = 1000;
        peer.send(peer.segment(ACK));
        TcpSegment last = peer.next();
        assertThat(last.payload()).hasSize(3);
        assertThat(last.has(FIN)).isTrue();
        peer.pass(1000);
        TcpSegment again = peer.next();
        assertThat(again.seq()).isEqualTo(last.seq());
        assertThat(again.has(FIN)).isTrue();
        peer.acknowledge(last.seq() + 3);
        assertThat(connection.state()).isEqualTo(TcpState.FIN_WAIT_1);
        assertThat(connection.allAcknowledged()).isFalse();
        peer.sent.clear();
        peer.pass(1000);
        TcpSegment finAlone = peer.next();
        assertThat(finAlone.seq()).isEqualTo(last.seq() + 3);
        assertThat(finAlone.has(FIN)).isTrue();
        peer.acknowledge(last.seq() + 4);
        assertThat(connection.allAcknowledged()).isTrue();
    }

    @Test
    void nothing_is_taken_after_the_output_is_shut() {
        TcpConnection connection = established();
        connection.shutdownOutput();
        assertThat(connection.write(new byte[1], 0, 1)).isZero();
        assertThat(connection.writable()).isZero();
    }

    @Test
    void a_closed_connection_answers_more_bytes_with_a_reset() {
        TcpConnection connection = established();
        connection.close();
        peer.next();
        peer.send(peer.segment(ACK, (byte) 'x'));
        assertThat(peer.next().has(RST)).isTrue();
        assertThat(application.end).isEqualTo(TcpEnd.ABORTED);
        assertThat(peer.timers.armed()).isZero();
    }

    @Test
    void closing_with_unread_bytes_resets() {
        application.readMost = 0;
        TcpConnection connection = established();
        peer.data("unread");
        peer.next();
        connection.close();
        assertThat(peer.next().has(RST)).isTrue();
        assertThat(application.end).isEqualTo(TcpEnd.ABORTED);
    }

    @Test
    void a_closed_connection_does_not_wait_for_ever_for_the_peers_fin() {
        TcpConnection connection = established();
        connection.close();
        peer.acknowledge(peer.next().seq() + 1);
        peer.pass(59_999);
        assertThat(connection.state()).isEqualTo(TcpState.FIN_WAIT_2);
        peer.pass(1);
        assertThat(application.end).isEqualTo(TcpEnd.TIMED_OUT);
        assertThat(peer.timers.armed()).isZero();
    }

    @Test
    void abort_sends_a_reset_the_peer_will_believe() {
        TcpConnection connection = established();
        peer.data("x");
        peer.next();
        connection.abort();
        TcpSegment reset = peer.next();
        assertThat(reset.flags()).isEqualTo(RST | ACK);
        assertThat(reset.seq()).isEqualTo(peer.ack);
        assertThat(application.log).containsExactly("closed ABORTED");
        connection.abort();
        peer.nothingSent();
    }

    // ---------------------------------------------------------------- TIME-WAIT

    private int timeWait() {
        TcpConnection connection = established();
        connection.shutdownOutput();
        peer.acknowledge(peer.next().seq() + 1);
        peer.send(peer.segment(FIN | ACK));
        peer.seq++;
        peer.sent.clear();
        return peer.ack;
    }

    @Test
    void a_new_syn_takes_over_when_it_is_beyond_the_old_connection() {
        int sndNxt = timeWait();
        peer.seq += 1;
        peer.send(peer.segment(SYN));
        TcpSegment synAck = peer.next();
        assertThat(synAck.flags()).isEqualTo(SYN | ACK);
        assertThat(synAck.seq() - sndNxt).as("beyond what was sent").isPositive();
        assertThat(peer.tcp.counters().timeWaitsReused.get()).isEqualTo(1);
        assertThat(peer.tcp.counters().timeWaits.get()).isZero();
    }

    @Test
    void an_old_syn_is_only_acknowledged() {
        int sndNxt = timeWait();
        peer.send(peer.segmentAt(peer.seq - 10, 0, SYN));
        TcpSegment answer = peer.next();
        assertThat(answer.flags()).isEqualTo(ACK);
        assertThat(answer.seq()).isEqualTo(sndNxt);
        assertThat(answer.ack()).isEqualTo(peer.seq);
    }

    @Test
    void by_timestamps_a_syn_with_a_lower_sequence_number_is_new() {
        peer.timestamps = true;
        timeWait();
        peer.tsVal += 1;
        peer.send(peer.segmentAt(peer.seq - 100_000, 0, SYN));
        assertThat(peer.next().flags()).isEqualTo(SYN | ACK);
        assertThat(peer.tcp.counters().timeWaitsReused.get()).isEqualTo(1);
    }

    @Test
    void entries_are_bounded_and_the_oldest_goes() {
        peer = new ScriptedPeer(TcpSettings.defaults().withDelayedAck(false).withTimeWait(2, 60_000_000_000L));
        peer.tcp.listen(0, 80, 80, ScriptedPeer.options(SynOffer.PLAIN, 1000), connection -> {
            connection.events(new TcpEvents() {});
            connection.shutdownOutput();
        });
        for (int port = 1; port <= 3; port++) {
            peer.send(TcpSegment.of(port, OUR_PORT, 10, 0, SYN, 1000));
            int iss = peer.next().seq();
            peer.send(TcpSegment.of(port, OUR_PORT, 11, iss + 1, ACK, 1000));
            peer.send(TcpSegment.of(port, OUR_PORT, 11, iss + 2, FIN | ACK, 1000));
            peer.sent.clear();
        }
        assertThat(peer.tcp.counters().timeWaits.get()).isEqualTo(2);
        assertThat(peer.tcp.counters().timeWaitsEvicted.get()).isEqualTo(1);
        assertThat(peer.tcp.free(US, OUR_PORT, PEER, 1)).isTrue();
        assertThat(peer.tcp.free(US, OUR_PORT, PEER, 2)).isFalse();
    }

    // ---------------------------------------------------------------- leaving the stack and coming back

    @Test
    void a_detached_connection_leaves_nothing_behind_and_says_all_its_numbers() {
        peer.timestamps = true;
        TcpConnection connection = established();
        peer.data("head");
        peer.next();
        connection.write(new byte[5], 0, 5);
        int iss = peer.next().seq() - 1;
        TcpSnapshot snapshot = connection.detach();
        peer.nothingSent();
        assertThat(peer.timers.armed()).isZero();
        assertThat(peer.tcp.free(US, OUR_PORT, PEER, PEER_PORT)).isTrue();
        assertThat(application.log).isEmpty();
        assertThat(snapshot.iss()).isEqualTo(iss);
        assertThat(snapshot.irs()).isEqualTo(1000);
        assertThat(snapshot.sndUna()).isEqualTo(iss + 1);
        assertThat(snapshot.sndNxt()).isEqualTo(iss + 6);
        assertThat(snapshot.rcvNxt()).isEqualTo(peer.seq);
        assertThat(snapshot.sndWnd()).isEqualTo(65_535);
        assertThat(snapshot.rcvAdv()).isEqualTo(snapshot.rcvNxt() + snapshot.rcvWnd());
        assertThat(snapshot.tsRecent()).isEqualTo(peer.tsVal);
        assertThat(snapshot.tsOffset()).isEqualTo(peer.tcp.timestampOffset(US, OUR_PORT, PEER, PEER_PORT));
        assertThat(snapshot.tsNow()).isEqualTo(peer.tcp.timestampClock() + snapshot.tsOffset());
        assertThat(connection.state()).isEqualTo(TcpState.CLOSED);
        connection.detach();
        assertThat(peer.tcp.counters().detached.get()).isEqualTo(1);
        assertThat(peer.tcp.counters().connections.get()).isZero();
    }

    @Test
    void a_connection_may_be_detached_from_within_its_events() {
        application.closesWhenSent = false;
        peer.tcp.listen(
                0,
                80,
                80,
                ScriptedPeer.options(SynOffer.PLAIN, 1000),
                connection -> connection.events(new TcpEvents() {
                    @Override
                    public void readable() {
                        connection.detach();
                    }

                    @Override
                    public void acknowledged() {
                        throw new AssertionError("nothing is told after that");
                    }
                }));
        peer.handshake(false);
        peer.data("x");
        peer.nothingSent();
        assertThat(peer.timers.armed()).isZero();
    }

    @Test
    void a_resumed_connection_goes_on_where_it_left_off() {
        peer.timestamps = true;
        TcpConnection connection = established();
        peer.data("before ");
        peer.next();
        TcpSnapshot snapshot = connection.detach();
        Application second = new Application(new byte[0]);
        second.closesWhenSent = false;
        second.on(peer.tcp.resume(snapshot, 65_535, second));
        peer.nothingSent();
        assertThatThrownBy(() -> peer.tcp.resume(snapshot, 1, second)).isInstanceOf(IllegalStateException.class);
        peer.data("after");
        assertThat(second.received.toString()).isEqualTo("after");
        assertThat(peer.next().ack()).isEqualTo(peer.seq);
        second.connection().write(new byte[] {7}, 0, 1);
        TcpSegment answer = peer.next();
        assertThat(answer.seq()).isEqualTo(snapshot.sndMax());
        peer.send(peer.segment(FIN | ACK));
        assertThat(second.connection().state()).isEqualTo(TcpState.CLOSE_WAIT);
        TcpSnapshot closing = second.connection().detach();
        assertThat(closing.finReceived()).isTrue();
        assertThat(peer.tcp.resume(closing, 1, second).state()).isEqualTo(TcpState.CLOSE_WAIT);
    }

    @Test
    void what_nobody_reads_any_more_does_not_wait_for_ever_for_a_shut_window() {
        TcpConnection connection = established();
        peer.window = 0;
        peer.send(peer.segment(ACK));
        connection.write(new byte[100], 0, 100);
        connection.close();
        for (int i = 0; i < 60 && connection.state() != TcpState.CLOSED; i++) {
            peer.pass(30_000);
            if (!peer.sent.isEmpty()) {
                peer.sent.clear();
                // It lives and takes nothing.
                peer.send(peer.segment(ACK));
            }
        }
        assertThat(application.end).isEqualTo(TcpEnd.TIMED_OUT);
        assertThat(peer.tcp.counters().windowProbes.get()).isEqualTo(12);
        assertThat(peer.timers.armed()).isZero();
    }
}
