package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.TcpSegment;
import io.steamgate.edge.wire.TcpView;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Resets and SYNs on spliced flows: of clients that mean them, and of others who send blindly. */
class ResetAndSynTest extends SplicedSite {
    private Frame blind(TestClient client, int flags, int seq) {
        TcpSegment segment = TcpSegment.of(client.connection.localPort(), 80, seq, 0, flags, 1000);
        return Wires.tcp(
                network.wan.mac(),
                HandoffNetwork.CLIENT,
                HandoffNetwork.VIP,
                flags == TcpView.SYN
                        ? segment.withSyn(1460, 7, true)
                                .withTimestamps(client.connection.snapshot().tsNow(), 0)
                        : segment);
    }

    @Test
    void a_blind_reset_that_its_receiver_ignores_ends_no_flow() {
        TestClient client = spliced();
        Flow flow = flow();
        for (int far : new int[] {0x4000_0000, -0x4000_0000, 200_000_000}) {
            int seq = client.connection.snapshot().sndMax() + far;
            network.pass(1000);
            network.wan.deliver(blind(client, TcpView.RST, seq));
            network.settle();
            assertThat(flow.state).as("the endpoint was asked").isEqualTo(Flow.State.OPEN);
            answers(client);
            assertThat(flow().state).isEqualTo(Flow.State.OPEN);
        }
        assertThat(site.resets).isZero();
        assertThat(network.gateway.path().counters().revived().get()).isEqualTo(3);
        assertThat(network.gateway.path().open()).isEqualTo(1);
        assertThat(network.gateway.path().lingering()).isZero();
        assertThat(flow.endpoint.activeFlows().get()).isEqualTo(1);
        assertThat(flow.listener.activeFlows().get()).isEqualTo(1);
        assertThat(network.gateway.portsInUse()).isEqualTo(1);

        client.finish();
        assertThat(network.until(() -> client.end.isPresent(), 10)).isTrue();
        network.pass(75_000);
        assertThat(network.gateway.portsInUse()).isZero();
        assertThat(flow.endpoint.activeFlows().get()).isZero();
        assertThat(flow.listener.activeFlows().get()).isZero();
    }

    /** The SYN could come from whoever sent the reset. */
    @ParameterizedTest
    @ValueSource(strings = {"nat", "transparent"})
    void a_blind_reset_and_a_blind_syn_behind_it_do_not_take_a_flow(String mode) {
        start(Setup.PLAIN, mode);
        TestClient client = spliced();
        Flow flow = flow();
        int next = client.connection.snapshot().sndMax();
        for (int far : new int[] {0x4000_0000, -0x4000_0000, 200_000_000}) {
            network.wan.deliver(blind(client, TcpView.RST, next + far));
            network.wan.deliver(blind(client, TcpView.SYN, next + far + 1));
            network.settle();
            network.pass(1000);
            network.wan.deliver(blind(client, TcpView.SYN, next + far + 7));
            network.settle();
            assertThat(network.edge.tcp.counters().embryonic.get()).isZero();
            assertThat(flow()).isSameAs(flow);
            assertThat(flow.state).isEqualTo(Flow.State.OPEN);
            answers(client);
            next = client.connection.snapshot().sndMax();
        }
        assertThat(site.resets).isZero();
    }

    @Test
    void a_syn_behind_a_reset_takes_nothing_while_the_endpoint_has_not_answered() {
        TestClient client = spliced();
        Flow flow = flow();
        int next = client.connection.snapshot().sndMax();
        network.pass(1000);
        boolean[] silent = {true};
        network.siteTapA.leaves = packet -> !silent[0];
        network.wan.deliver(blind(client, TcpView.RST, next + 200_000_000));
        network.settle();
        for (int i = 0; i < 5; i++) {
            network.wan.deliver(blind(client, TcpView.SYN, next + i));
            network.settle();
            network.pass(1000);
            assertThat(flow.state).isEqualTo(Flow.State.RESET);
            assertThat(network.edge.tcp.counters().embryonic.get()).isZero();
        }
        silent[0] = false;
        answers(client);
        assertThat(flow().state).isEqualTo(Flow.State.OPEN);
    }

    @Test
    void a_blind_reset_does_not_end_a_flow_that_is_idle_for_long() {
        TestClient client = spliced();
        network.pass(1000);
        int next = client.connection.snapshot().sndMax();
        // The second one so soon that the endpoint does not answer again.
        network.wan.deliver(blind(client, TcpView.RST, next + 200_000_000));
        network.settle();
        network.wan.deliver(blind(client, TcpView.RST, next + 300_000_000));
        network.settle();
        assertThat(flow().state).isEqualTo(Flow.State.RESET);
        network.pass(200_000);
        assertThat(flow().state).isEqualTo(Flow.State.OPEN);
        answers(client);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nat", "transparent"})
    void a_client_that_resets_may_use_its_port_again_at_once(String mode) {
        start(Setup.PLAIN.forgetfulClient(), mode);
        TestClient first = spliced();
        Flow old = flow();
        first.connection.abort();
        network.settle();
        assertThat(old.state).isEqualTo(Flow.State.RESET);
        assertThat(site.resets).isEqualTo(1);

        long before = network.clock.nanos();
        TestClient second = new TestClient(network, first.connection.localPort(), 80, HandoffNetwork.EVERYTHING);
        second.get("/5");
        network.settle();
        assertThat(second.responses).hasSize(1);
        assertThat(network.clock.nanos() - before).as("no timer had to help").isZero();
        network.pass(75_000);
        assertThat(old.gone).isTrue();
        answers(second);
    }

    @Test
    void a_reset_in_the_window_is_answered_by_a_challenge_that_the_client_answers_and_the_flow_goes_on() {
        TestClient client = spliced();
        // In the window but not its left edge: RFC 5961 section 3.2.
        network.wan.deliver(
                blind(client, TcpView.RST, client.connection.snapshot().sndMax() + 100));
        network.settle();
        assertThat(network.siteA.tcp.counters().challengeAcks.get()).isEqualTo(1);
        assertThat(flow().state).isEqualTo(Flow.State.OPEN);
        answers(client);
    }

    @Test
    void a_reset_by_the_client_ends_the_flow_and_the_endpoints_connection() {
        TestClient client = spliced();
        client.connection.abort();
        network.settle();
        assertThat(site.resets).isEqualTo(1);
        assertThat(flow().state).isEqualTo(Flow.State.RESET);
        assertThat(network.ends).containsExactly(FlowEnd.RESET);
        network.pass(75_000);
        assertThat(network.gateway.path().lingering()).isZero();
        assertThat(network.gateway.portsInUse()).isZero();
    }

    @Test
    void a_blind_syn_on_a_live_flow_is_answered_by_the_end_itself() {
        TestClient client = spliced();
        Flow flow = flow();
        List<TcpSegment> answers = new ArrayList<>();
        network.clientTap.arrives = packet -> answers.add(packet.segment());
        int next = client.connection.snapshot().sndMax();
        for (int seq : new int[] {next, next + 500, next + 0x3000_0000}) {
            answers.clear();
            network.wan.deliver(blind(client, TcpView.SYN, seq));
            network.settle();
            assertThat(answers)
                    .as("the endpoint's challenge ACK (RFC 5961 section 4)")
                    .hasSize(1)
                    .allMatch(answer -> answer.flags() == TcpView.ACK && answer.ack() == next);
            network.pass(1000);
        }
        assertThat(flow()).isSameAs(flow);
        assertThat(flow.state).isEqualTo(Flow.State.OPEN);
        assertThat(network.edge.tcp.counters().embryonic.get()).isZero();
        answers(client);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nat", "transparent"})
    void a_syn_from_the_port_of_a_flow_that_lingers_opens_a_new_one(String mode) {
        start(Setup.PLAIN.forgetfulClient(), mode);
        TestClient first = spliced();
        int port = first.connection.localPort();
        first.finish();
        assertThat(network.until(() -> first.end.isPresent(), 10)).isTrue();
        Flow old = flow();
        assertThat(old.state).isEqualTo(Flow.State.CLOSED);

        TestClient second = new TestClient(network, port, 80, HandoffNetwork.EVERYTHING);
        second.get("/5");
        assertThat(network.until(() -> second.responses.size() == 1, 10)).isTrue();
        assertThat(flows()).filteredOn(flow -> flow.state == Flow.State.OPEN).hasSize(1);
        answers(second);
        network.pass(75_000);
        assertThat(old.gone).isTrue();
        answers(second);
        assertThat(network.gateway.path().open()).isEqualTo(1);
        assertThat(network.gateway.portsInUse()).isEqualTo(mode.equals("nat") ? 1 : 0);
    }
}
