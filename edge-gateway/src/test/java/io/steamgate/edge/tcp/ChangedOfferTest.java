package io.steamgate.edge.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpView;
import org.junit.jupiter.api.Test;

/** A listener's offer follows the health of its endpoints: it may change while handshakes are under way. */
class ChangedOfferTest {
    private SynOffer offer = ScriptedPeer.FULL;

    @Test
    void a_cookie_is_held_to_what_it_said_and_not_to_what_is_offered_now() {
        ScriptedPeer peer = new ScriptedPeer(TcpSettings.defaults().withEmbryonicLimit(0));
        Application application = new Application(new byte[0]);
        application.closesWhenSent = false;
        peer.tcp.listen(0, ScriptedPeer.OUR_PORT, ScriptedPeer.OUR_PORT, changing(), application::on);

        peer.timestamps = true;
        peer.send(peer.segment(TcpView.SYN).withSyn(1460, 9, true));
        TcpSegment synAck = peer.next();
        peer.tsEcr = synAck.timestamps().orElseThrow().value();
        peer.seq++;
        peer.ack = synAck.seq() + 1;
        offer = SynOffer.PLAIN;
        peer.send(peer.segment(TcpView.ACK));

        TcpAgreement agreed = application.connection().agreed();
        assertThat(agreed.timestamps()).isTrue();
        assertThat(agreed.sack()).isTrue();
        assertThat(agreed.sndWndShift()).isEqualTo(9);
        assertThat(agreed.rcvWndShift()).isEqualTo(7);
    }

    private ListenOptions changing() {
        return new ListenOptions() {
            @Override
            public SynOffer offer() {
                return offer;
            }

            @Override
            public int receiveLimit() {
                return 65_535;
            }
        };
    }
}
