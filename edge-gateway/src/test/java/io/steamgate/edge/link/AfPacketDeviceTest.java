package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against the kernel as the other end of a veth pair. */
@Tag("system")
class AfPacketDeviceTest {
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

    private AfPacketDevice open(AfPacketSettings settings) {
        return edge.in(() -> AfPacketDevice.open("e0", settings));
    }

    @Test
    void the_kernel_pings_an_address_that_only_the_responder_has() throws Exception {
        try (AfPacketDevice device = open(AfPacketSettings.defaults());
                Poller poller = new DescriptorPoller(List.of(device))) {
            assertThat(device.offload()).isTrue();
            assertThat(device.mtu()).isEqualTo(1500);
            TestResponder responder = new TestResponder(device, VIP);

            Process ping = client.start("ping", "-c3", "-i0.05", "-W1", "-s1400", VIP.toString());
            responder.serve(poller, ping);

            assertThat(ping.exitValue()).as(text(ping)).isZero();
            assertThat(responder.echoes).isEqualTo(3);
            assertThat(device.counters().sentFrames().get()).isGreaterThanOrEqualTo(4);
            assertThat(device.counters().sendFailed().get()).isZero();
        }
    }

    @Test
    void without_offload_headers_ping_works_as_well() throws Exception {
        try (AfPacketDevice device = open(AfPacketSettings.defaults().withoutOffload());
                Poller poller = new DescriptorPoller(List.of(device))) {
            assertThat(device.offload()).isFalse();
            Process ping = client.start("ping", "-c2", "-i0.05", "-W1", VIP.toString());
            new TestResponder(device, VIP).serve(poller, ping);
            assertThat(ping.exitValue()).as(text(ping)).isZero();
        }
    }

    @Test
    void the_tag_that_the_kernel_takes_out_is_put_back_in() {
        try (AfPacketDevice far = client.in(() -> AfPacketDevice.open("c0", AfPacketSettings.defaults()));
                AfPacketDevice device = open(AfPacketSettings.defaults().withVlan());
                Poller poller = new DescriptorPoller(List.of(device))) {
            Frame tagged = taggedUdp(device.mac());
            // Partial: the header's offsets count from the frame's start, so the tag moves them.
            tagged.requestChecksum(tagged.start() + 18 + 20, 6);
            far.transmit(tagged);
            far.flush();

            poller.await(1_000_000_000L);
            List<Frame> received = new ArrayList<>();
            device.receive(received::add);
            assertThat(received).hasSize(1);
            assertThat(received.getFirst().toBytes()).isEqualTo(tagged.toBytes());
            assertThat(received.getFirst().checksumPartial()).isTrue();
            byte[] header = new byte[Frame.OFFLOAD_HEADER];
            MemorySegment.copy(
                    received.getFirst().memory(),
                    ValueLayout.JAVA_BYTE,
                    received.getFirst().offloadStart(),
                    header,
                    0,
                    header.length);
            assertThat(header[6]).as("checksum start").isEqualTo((byte) 38);
        }
    }

    @Test
    void a_tagged_frame_does_not_pass_for_an_untagged_one() {
        try (AfPacketDevice far = client.in(() -> AfPacketDevice.open("c0", AfPacketSettings.defaults()));
                AfPacketDevice device = open(AfPacketSettings.defaults());
                AfPacketDevice witness = open(AfPacketSettings.defaults().withVlan());
                Poller poller = new DescriptorPoller(List.of(witness))) {
            far.transmit(taggedUdp(device.mac()));
            far.flush();
            poller.await(1_000_000_000L);
            assertThat(witness.receive(frame -> {})).isEqualTo(1);
            assertThat(device.receive(frame -> {})).isZero();
        }
    }

    /** 802.1Q tag 7, IPv4, UDP from 192.0.2.2 to 192.0.2.10, four bytes; the checksum field holds the pseudo-header's. */
    private static Frame taggedUdp(MacAddress to) {
        String frame = to.toString().replace(":", "") + "020000000099" + "81000007" + "0800"
                + "4500002000010000401100" + "00" + "c0000202" + "c000020a"
                + "1388" + "1389" + "000c" + "843a" + "01020304";
        return Frame.copyOf(HexFormat.of().parseHex(frame));
    }

    @Test
    void a_super_frame_with_a_partial_checksum_crosses_as_one() throws Exception {
        // The edge carries frames between two kernels that cannot see each other.
        try (NetworkNamespace server = NetworkNamespace.create("server")) {
            server.veth("s0", edge, "e1");
            server.run("ip", "addr", "add", "192.0.2.3/24", "dev", "s0");
            try (AfPacketDevice left = open(AfPacketSettings.defaults().withPromiscuous());
                    AfPacketDevice right = edge.in(() -> AfPacketDevice.open(
                            "e1", AfPacketSettings.defaults().withPromiscuous()));
                    Poller poller = new DescriptorPoller(List.of(left, right))) {
                Process sink = server.start("iperf3", "-s", "-1", "-B", "192.0.2.3");
                while (!server.run("ss", "-Hltn").contains(":5201")) {
                    Thread.onSpinWait();
                }
                Bridge toServer = new Bridge(right);
                Bridge toClient = new Bridge(left);
                Process iperf = client.start("iperf3", "-c", "192.0.2.3", "-n", "64M");
                while (iperf.isAlive()) {
                    int moved = left.receive(toServer);
                    right.flush();
                    moved += right.receive(toClient);
                    left.flush();
                    if (moved == 0) {
                        poller.await(20_000_000L);
                    }
                }
                assertThat(iperf.exitValue()).as(text(iperf)).isZero();
                assertThat(toServer.largest).isGreaterThan(20_000);
                assertThat(toServer.partial).isPositive();
                assertThat(right.counters().sendFailed().get()).isZero();
                sink.waitFor();
            }
        }
    }

    @Test
    void the_kernel_hands_over_a_group_once_it_is_joined() {
        MacAddress group = MacAddress.ofMulticast(Ipv4Address.of(224, 0, 0, 123));
        try (AfPacketDevice device = open(AfPacketSettings.defaults())) {
            assertThat(edge.run("ip", "maddr", "show", "dev", "e0")).doesNotContain(group.toString());
            device.multicast(group, true);
            assertThat(edge.run("ip", "maddr", "show", "dev", "e0")).contains(group.toString());
            device.multicast(group, false);
            assertThat(edge.run("ip", "maddr", "show", "dev", "e0")).doesNotContain(group.toString());
        }
    }

    @Test
    void a_filter_hands_over_arp_and_own_addresses_only_and_can_change() throws Exception {
        Ipv4Address other = Ipv4Address.of(192, 0, 2, 11);
        client.run("ip", "neigh", "add", VIP.toString(), "lladdr", "02:00:00:00:00:99", "dev", "c0");
        client.run("ip", "neigh", "add", other.toString(), "lladdr", "02:00:00:00:00:99", "dev", "c0");
        try (AfPacketDevice device = open(AfPacketSettings.defaults())) {
            device.filter(PacketFilter.addresses(Set.of(VIP)));
            unanswered(VIP);
            unanswered(other);
            assertThat(destinations(device)).containsExactly(VIP);
            device.filter(PacketFilter.addresses(Set.of(other)));
            unanswered(VIP);
            unanswered(other);
            assertThat(destinations(device)).containsExactly(other);
            device.filter(PacketFilter.ipv4(MacAddress.parse("02:00:00:00:00:99")));
            unanswered(VIP);
            unanswered(other);
            assertThat(destinations(device)).containsExactly(VIP, other);
            device.filter(PacketFilter.ipv4(device.mac()));
            unanswered(VIP);
            assertThat(destinations(device)).isEmpty();
        }
    }

    private void unanswered(Ipv4Address address) throws Exception {
        assertThat(client.start("ping", "-c1", "-W0.01", "-n", address.toString())
                        .waitFor())
                .isEqualTo(1);
    }

    private static List<Ipv4Address> destinations(Device device) {
        List<Ipv4Address> all = new ArrayList<>();
        device.receive(frame -> {
            if (NetworkOrder.u16(frame.memory(), frame.start() + 12) == 0x0800) {
                all.add(new Ipv4Address(NetworkOrder.i32(frame.memory(), frame.start() + 30)));
            }
        });
        return all;
    }

    @Test
    void an_interface_that_goes_down_and_up_is_survived_and_counted() throws Exception {
        try (AfPacketDevice device = open(AfPacketSettings.defaults());
                Poller poller = new DescriptorPoller(List.of(device))) {
            edge.run("ip", "link", "set", "e0", "down");
            poller.await(1_000_000_000L);
            assertThat(device.receive(frame -> {})).isZero();
            assertThat(device.counters().outages().get()).isEqualTo(1);
            device.transmit(Frame.copyOf(new byte[60]));
            device.flush();
            assertThat(device.counters().sendFailed().get()).isEqualTo(1);

            edge.run("ip", "link", "set", "e0", "up");
            Process ping = client.start("ping", "-c1", "-W2", VIP.toString());
            new TestResponder(device, VIP).serve(poller, ping);
            assertThat(ping.exitValue()).as(text(ping)).isZero();
        }
    }

    @Test
    void what_the_kernel_had_no_room_to_queue_is_counted() throws Exception {
        client.run("ip", "neigh", "add", VIP.toString(), "lladdr", "02:00:00:00:00:99", "dev", "c0");
        try (AfPacketDevice device = open(AfPacketSettings.defaults().withBuffers(1, 1))) {
            client.run("bash", "-c", "for i in {1..100}; do echo $i > /dev/udp/" + VIP + "/9; done");
            for (int i = 0; i < 64; i++) {
                device.receive(frame -> {});
            }
            LinkCounters counters = device.counters();
            assertThat(counters.receiveDropped().get()).isPositive();
            assertThat(counters.receivedFrames().get()
                            + counters.receiveDropped().get())
                    .isEqualTo(100);
        }
    }

    @Test
    void what_the_operator_must_change_is_said_in_one_line() {
        assertThatThrownBy(() -> edge.in(() -> AfPacketDevice.open("eth7", AfPacketSettings.defaults())))
                .isInstanceOf(LinkException.class)
                .hasMessage("there is no interface 'eth7'; there are: e0, lo");
        edge.run("ip", "link", "set", "e0", "down");
        assertThatThrownBy(() -> open(AfPacketSettings.defaults()))
                .isInstanceOf(LinkException.class)
                .hasMessage("interface e0 is down: ip link set e0 up");
    }

    @Test
    void a_sleeping_loop_is_woken_by_frames_and_by_other_threads() throws Exception {
        try (AfPacketDevice device = open(AfPacketSettings.defaults());
                Poller poller = new DescriptorPoller(List.of(device))) {
            client.start("ping", "-c1", "-W0.01", "-b", "192.0.2.255").waitFor();
            poller.await(Long.MAX_VALUE);
            while (device.receive(frame -> {}) > 0) {}

            Thread.ofVirtual().start(poller::wakeUp);
            poller.await(Long.MAX_VALUE);
            poller.await(1_000_000L);
            poller.await(0);
        }
    }

    private static String text(Process process) throws Exception {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static final class Bridge implements Device.Receiver {
        private final Device to;
        int largest;
        int partial;

        Bridge(Device to) {
            this.to = to;
        }

        @Override
        public void receive(Frame frame) {
            largest = Math.max(largest, frame.length());
            partial += frame.checksumPartial() ? 1 : 0;
            to.transmit(frame);
        }
    }
}
