package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.wire.Ipv4Address;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against the kernel as the other end of a veth pair. */
@Tag("system")
class PcapDeviceTest {
    private static final Ipv4Address VIP = Ipv4Address.of(192, 0, 2, 10);

    private NetworkNamespace client;
    private NetworkNamespace edge;

    @BeforeEach
    void layOut() {
        client = NetworkNamespace.create("client");
        edge = NetworkNamespace.create("edge");
        client.veth("c0", edge, "e0");
        client.run("ip", "addr", "add", "192.0.2.2/24", "dev", "c0");
    }

    @AfterEach
    void remove() {
        if (edge != null) {
            edge.close();
        }
        if (client != null) {
            client.close();
        }
    }

    @Test
    void the_kernel_pings_an_address_that_only_the_responder_has() throws Exception {
        try (PcapDevice device = edge.in(() -> PcapDevice.open("e0"));
                Poller poller = new DescriptorPoller(List.of(device))) {
            assertThat(device.offload()).isFalse();
            assertThat(device.mtu()).isEqualTo(1500);
            TestResponder responder = new TestResponder(device, VIP);

            Process ping = client.start("ping", "-c3", "-i0.05", "-W1", "-s1400", VIP.toString());
            responder.serve(poller, ping);

            assertThat(ping.exitValue())
                    .as(new String(ping.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isZero();
            // Its own answers are not received again.
            assertThat(responder.echoes).isEqualTo(3);
            assertThat(device.counters().receivedFrames().get()).isLessThan(8);
        }
    }

    @Test
    void frames_wake_a_parked_loop_too() throws Exception {
        try (PcapDevice device = edge.in(() -> PcapDevice.open("e0"));
                Poller poller = new ParkingPoller(List.of(device))) {
            client.start("ping", "-c1", "-W0.01", "-b", "192.0.2.255").waitFor();
            poller.await(Long.MAX_VALUE);
            assertThat(device.receive(frame -> {})).isPositive();
        }
    }

    @Test
    void what_the_operator_must_change_is_said_in_one_line() {
        assertThatThrownBy(() -> edge.in(() -> PcapDevice.open("eth7")))
                .isInstanceOf(LinkException.class)
                .hasMessage("there is no interface 'eth7'; there are: e0, lo");
        assertThat(edge.in(() -> LinuxInterface.of("e0").offloads())).contains("tso", "tx");
        edge.run("ethtool", "-K", "e0", "tx", "off", "tso", "off", "gro", "off");
        assertThat(edge.in(() -> LinuxInterface.of("e0").offloads())).isEmpty();
    }
}
