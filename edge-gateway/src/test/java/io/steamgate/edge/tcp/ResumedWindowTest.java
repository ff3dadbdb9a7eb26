package io.steamgate.edge.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.TcpView;
import org.junit.jupiter.api.Test;

/** What is in flight when a connection comes back to the stack was sent by somebody else, into the same window. */
class ResumedWindowTest {
    private final ScriptedPeer peer = new ScriptedPeer();
    private final Application application = new Application(new byte[0]);

    @Test
    void the_window_is_counted_from_what_is_acknowledged_and_not_from_what_was_sent() {
        TcpConnection resumed = resume(1000, 400);
        resumed.write(new byte[2000], 0, 2000);

        assertThat(peer.next().payload()).hasSize(600);
        peer.nothingSent();
    }

    @Test
    void acknowledgements_of_what_is_in_flight_are_taken() {
        resume(1000, 1000);
        peer.send(peer.segmentAt(peer.seq, peer.ack + 500, TcpView.ACK, (byte) 'x'));

        assertThat(application.received.size()).isEqualTo(1);
        assertThat(peer.tcp.counters().badAcks.get()).isZero();
    }

    private TcpConnection resume(int window, int inFlight) {
        peer.window = window;
        application.closesWhenSent = false;
        peer.listen(SynOffer.PLAIN, 65_535, application).handshake(false);
        TcpSnapshot left = application.connection().detach();
        peer.sent.clear();
        TcpSnapshot back = new TcpSnapshot(
                left.localAddress(),
                left.localPort(),
                left.remoteAddress(),
                left.remotePort(),
                left.iss(),
                left.irs(),
                left.sndUna(),
                left.sndNxt() + inFlight,
                left.sndMax() + inFlight,
                left.sndWnd(),
                left.sndWl1(),
                left.sndWl2(),
                left.rcvNxt(),
                left.rcvWnd(),
                left.rcvAdv(),
                left.lastAckSent(),
                left.agreement(),
                left.tsRecent(),
                left.tsNow(),
                left.tsOffset(),
                false,
                false,
                false);
        TcpConnection resumed = peer.tcp.resume(back, 65_535, application);
        application.on(resumed);
        return resumed;
    }
}
