package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.NetworkOrder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's program at the ingress of an interface sends a client's packet on by another, by both ways of attaching it. */
@Tag("system")
class IngressForwardTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int CLIENT = 0xC000_0202;
    private static final int VIP = 0xC000_020A;
    private static final int EDGE = 0xC633_6401;
    private static final int SITE = 0xC633_640B;

    private final HeldPins pins = new HeldPins();
    private NetworkNamespace client;
    private NetworkNamespace edge;
    private NetworkNamespace site;
    private LinuxInterface wan;
    private KernelProgram kernel;

    @BeforeEach
    void layOut() {
        client = NetworkNamespace.create("client");
        edge = NetworkNamespace.create("edge");
        site = NetworkNamespace.create("site");
        client.veth("c0", edge, "e0");
        edge.veth("e1", site, "s0");
        wan = edge.in(() -> LinuxInterface.of("e0"));
        LinuxInterface lan = edge.in(() -> LinuxInterface.of("e1"));
        long hop = site.in(() -> LinuxInterface.of("s0")).mac().bits();
        kernel = new KernelProgram(8, pins);
        SpliceTable table = kernel.table();
        table.nextHops().set(0, new SpliceNextHops.Port(lan.index(), lan.mac().bits(), 1500), 1, SITE, hop);
        SpliceRules rules = new SpliceRules();
        rules.source = CLIENT;
        rules.destination = VIP;
        rules.ports = 5000 << 16 | 80;
        rules.newSource = EDGE;
        rules.newDestination = SITE;
        rules.newPorts = 40_000 << 16 | 8080;
        rules.seqDelta = 7;
        int number = table.tcp().take();
        table.splices().write(number, rules);
        table.tcp().enter(number);
        table.flush();
    }

    @AfterEach
    void remove() {
        kernel.close();
        pins.close();
        site.close();
        edge.close();
        client.close();
    }

    private Frame packet() {
        ByteBuffer b = ByteBuffer.allocate(60);
        b.putShort((short) (wan.mac().bits() >> 32)).putInt((int) wan.mac().bits());
        b.put(new byte[] {2, 0, 0, 0, 0, 9}).putShort((short) 0x800);
        b.put((byte) 0x45).put((byte) 0).putShort((short) 40).putInt(0x4000);
        b.put((byte) 64).put((byte) 6).putShort((short) 0).putInt(CLIENT).putInt(VIP);
        b.putShort((short) 5000).putShort((short) 80).putInt(1000).putInt(2000);
        b.put((byte) 0x50).put((byte) 16).putShort((short) 5).putInt(0);
        return Frame.copyOf(b.array());
    }

    private void assertForwarded() {
        assertThat(comesToTheSite(10 * SECOND)).containsExactly(1007);
    }

    private void assertLeftAlone() {
        assertThat(comesToTheSite(SECOND / 10)).isEmpty();
    }

    /**
     * Sequence numbers of what comes to the site when the client sends one packet.
     *
     * @param patience how long to wait for it, in nanoseconds, after it has passed the edge's packet sockets
     */
    private List<Integer> comesToTheSite(long patience) {
        List<Integer> came = new ArrayList<>();
        try (AfPacketDevice from = client.in(() -> AfPacketDevice.open("c0", AfPacketSettings.defaults()));
                AfPacketDevice over = edge.in(() -> AfPacketDevice.open("e0", AfPacketSettings.defaults()));
                AfPacketDevice to = site.in(() -> AfPacketDevice.open("s0", AfPacketSettings.defaults()));
                Poller there = new DescriptorPoller(List.of(to));
                Poller here = new DescriptorPoller(List.of(over))) {
            from.transmit(packet());
            from.flush();
            here.await(10 * SECOND);
            there.await(patience);
            to.receive(frame -> {
                if (NetworkOrder.i32(frame.memory(), frame.start() + 30) == SITE) {
                    came.add(NetworkOrder.i32(frame.memory(), frame.start() + 38));
                }
            });
        }
        return came;
    }

    private void close(IngressHook hook) {
        edge.in(() -> {
            hook.close();
            return hook;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_packet_of_a_splice_leaves_by_the_other_interface(boolean tcx) {
        assertLeftAlone();

        IngressHook hook = edge.in(() -> tcx
                ? IngressHook.attachTcx(kernel.table().classifier(), wan)
                : IngressHook.attachClsact(kernel.table().classifier(), wan));
        assertThat(hook.tcx()).isEqualTo(tcx);
        assertForwarded();

        close(hook);
        assertLeftAlone();
    }

    @Test
    void what_is_pinned_forwards_without_its_process_until_another_takes_it_away() {
        close(edge.in(() -> IngressHook.attachFirst(kernel.table().classifier(), wan, pins)));
        assertForwarded();

        edge.in(() -> {
            SpliceTable.clear(List.of("e0"), pins);
            return wan;
        });
        assertLeftAlone();
        assertThat(pins.find("flows")).isEqualTo(-1);
    }

    @Test
    void without_pins_it_detaches_with_its_process() {
        close(edge.in(() -> IngressHook.attachFirst(kernel.table().classifier(), wan, Pins.NOWHERE)));
        assertLeftAlone();
    }
}
