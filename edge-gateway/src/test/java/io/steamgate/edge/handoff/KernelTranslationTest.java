package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.link.KernelProgram;
import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.SpliceRules;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import io.steamgate.edge.wire.UdpView;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernel's program and the user path make the same of a packet: one judges the other. */
@Tag("system")
class KernelTranslationTest {
    private static final int CLIENT = 0xC000_0202;
    private static final int VIP = 0xC000_020A;
    private static final int EDGE = 0xC633_6401;
    private static final int SITE = 0xC633_640B;
    private static final long OWN_MAC = 0x0200_0000_0001L;
    private static final long SITE_MAC = 0x0200_0000_0002L;

    private final Nic nic = new Nic(0, new MemoryDevice("a", new MacAddress(OWN_MAC), 1500));
    private KernelProgram kernel;
    private int number;
    private final SpliceRules rules = new SpliceRules();
    private Splice splice;

    @BeforeEach
    void load() {
        kernel = new KernelProgram(16);
        kernel.neighbor(3, OWN_MAC, SITE_MAC, 1500);
        splice = Flows.flow(1, new Flow.Path(CLIENT, 40_000, VIP, 80, EDGE, 1234, SITE, 8080)).toEndpoint;
        number = kernel.table().tcp().take();
        kernel.table().tcp().enter(number);
        rules.neighbor = 3;
        rule();
        kernel.table().flush();
    }

    @AfterEach
    void unload() {
        kernel.close();
    }

    /** Tells the kernel what the splice says now. */
    private void rule() {
        rules.source = splice.source;
        rules.destination = splice.destination;
        rules.ports = splice.ports;
        rules.newSource = splice.newSource;
        rules.newDestination = splice.newDestination;
        rules.newPorts = splice.newPorts;
        rules.seqDelta = splice.seqDelta;
        rules.ackDelta = splice.ackDelta;
        rules.tsValDelta = splice.tsValDelta;
        rules.tsEcrDelta = splice.tsEcrDelta;
        rules.windowShift = splice.windowShift;
        kernel.table().splices().write(number, rules);
    }

    private static byte[] frame(int flags, int seq, int ack, int window, byte[] options, byte[] payload) {
        int tcpLength = 20 + options.length + payload.length;
        ByteBuffer b = ByteBuffer.allocate(14 + 20 + tcpLength);
        b.put(new byte[12]).putShort((short) 0x800);
        b.put((byte) 0x45).put((byte) 0).putShort((short) (20 + tcpLength)).putInt(0x0007_4000);
        b.put((byte) 64).put((byte) 6).putShort((short) 0).putInt(CLIENT).putInt(VIP);
        b.putShort((short) 40_000).putShort((short) 80).putInt(seq).putInt(ack);
        b.put((byte) ((20 + options.length) / 4 << 4))
                .put((byte) flags)
                .putShort((short) window)
                .putInt(0);
        b.put(options).put(payload);
        Frame frame = Frame.copyOf(b.array());
        int ip = frame.start() + 14;
        NetworkOrder.put16(frame.memory(), ip + 10, Checksum.finish(Checksum.add(0, frame.memory(), ip, 20)));
        long sum = Checksum.add(Checksum.pseudoHeader(CLIENT, VIP, 6, tcpLength), frame.memory(), ip + 20, tcpLength);
        NetworkOrder.put16(frame.memory(), ip + 36, Checksum.finish(sum));
        return octets(frame);
    }

    private static byte[] octets(Frame frame) {
        byte[] octets = new byte[frame.length()];
        for (int i = 0; i < octets.length; i++) {
            octets[i] = (byte) NetworkOrder.u8(frame.memory(), frame.start() + i);
        }
        return octets;
    }

    private byte[] userPath(byte[] octets, int protocol) {
        Frame frame = Frame.copyOf(octets);
        int ip = frame.start() + 14;
        int length = NetworkOrder.u16(frame.memory(), ip + 2) - 20;
        IpPacket packet = new IpPacket(nic, frame).set(nic, frame, CLIENT, VIP, protocol, 64, 0, ip, ip + 20, length);
        if (protocol == Ipv4View.UDP) {
            Translation.datagram(packet, splice);
        } else {
            Translation.apply(packet, splice);
        }
        NetworkOrder.put48(frame.memory(), frame.start(), SITE_MAC);
        NetworkOrder.put48(frame.memory(), frame.start() + 6, OWN_MAC);
        return octets(frame);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static byte[] randomOptions(Random random) {
        StringBuilder options = new StringBuilder();
        boolean timestamps = random.nextBoolean();
        if (timestamps) {
            options.append("0101080a").append("%08x%08x".formatted(random.nextInt(), random.nextInt()));
        }
        if (random.nextBoolean()) {
            int blocks = 1 + random.nextInt(timestamps ? 3 : 4);
            options.append("010105%02x".formatted(2 + 8 * blocks));
            for (int i = 0; i < 2 * blocks; i++) {
                options.append("%08x".formatted(random.nextInt()));
            }
        }
        return hex(options.toString());
    }

    @Test
    void it_makes_of_random_packets_what_the_user_path_makes() {
        Random random = new Random(25);
        for (int i = 0; i < 20_000; i++) {
            splice.seqDelta = random.nextInt(4) == 0 ? 0 : random.nextInt();
            splice.ackDelta = random.nextInt(4) == 0 ? 0 : random.nextInt();
            splice.tsValDelta = random.nextInt();
            splice.tsEcrDelta = random.nextInt();
            splice.windowShift = random.nextInt(-14, 15);
            rule();
            int flags = random.nextInt(256) & ~(Translation.SYN | Translation.RST);
            byte[] payload = new byte[random.nextInt(1000)];
            random.nextBytes(payload);
            byte[] packet = frame(
                    flags, random.nextInt(), random.nextInt(), random.nextInt(65536), randomOptions(random), payload);
            if (random.nextInt(8) == 0) {
                // A damaged packet stays damaged in the same way, so that its receiver sees it.
                packet[50 + random.nextInt(2)] ^= (byte) (1 + random.nextInt(255));
            }

            Optional<byte[]> forwarded = kernel.forward(packet);

            assertThat(forwarded).as("packet %d", i).isPresent();
            byte[] expected = userPath(packet, Ipv4View.TCP);
            // Both forms of zero are right in one's complement; which one comes out is of no matter.
            assertThat(sameButForZeroes(forwarded.get(), expected))
                    .as(
                            "packet %d%n%s%nis%n%s%nnot%n%s",
                            i,
                            HexFormat.of().formatHex(packet),
                            HexFormat.of().formatHex(forwarded.get()),
                            HexFormat.of().formatHex(expected))
                    .isTrue();
            assertThat(kernel.shown(packet)).as("hidden from the edge").isFalse();
        }
        assertThat(kernel.table().splices().packets(number)).isEqualTo(20_000);
    }

    private byte[] datagram(int length, boolean summed, byte[] payload) {
        int udpLength = 8 + payload.length;
        ByteBuffer b = ByteBuffer.allocate(14 + 20 + udpLength);
        b.put(new byte[12]).putShort((short) 0x800);
        b.put((byte) 0x45).put((byte) 0).putShort((short) (20 + udpLength)).putInt(0);
        b.put((byte) 64).put((byte) 17).putShort((short) 0).putInt(CLIENT).putInt(VIP);
        b.putShort((short) 40_000).putShort((short) 80).putShort((short) length).putShort((short) 0);
        b.put(payload);
        Frame frame = Frame.copyOf(b.array());
        int ip = frame.start() + 14;
        NetworkOrder.put16(frame.memory(), ip + 10, Checksum.finish(Checksum.add(0, frame.memory(), ip, 20)));
        if (summed) {
            UdpView.emit(frame.memory(), ip + 20, CLIENT, 40_000, VIP, 80, udpLength);
            NetworkOrder.put16(frame.memory(), ip + 20 + UdpView.LENGTH, length);
        }
        return octets(frame);
    }

    private int enterDatagrams() {
        int udp = kernel.table().udp().take();
        number = udp;
        rule();
        kernel.table().udp().enter(udp);
        kernel.table().flush();
        return udp;
    }

    @Test
    void it_makes_of_random_datagrams_what_the_user_path_makes() {
        enterDatagrams();
        Random random = new Random(26);
        for (int i = 0; i < 20_000; i++) {
            byte[] payload = new byte[12 + random.nextInt(1000)];
            random.nextBytes(payload);
            boolean summed = random.nextInt(4) != 0;
            byte[] packet = datagram(8 + payload.length, summed, payload);
            if (summed && random.nextInt(8) == 0) {
                packet[14 + 20 + 6] ^= (byte) (1 + random.nextInt(255));
            }

            Optional<byte[]> forwarded = kernel.forward(packet);

            assertThat(forwarded).as("datagram %d", i).isPresent();
            byte[] expected = userPath(packet, Ipv4View.UDP);
            int sum = (expected[40] & 0xFF) << 8 | expected[41] & 0xFF;
            if (summed && sum == 0xFFFF) {
                // Its other zero would say that there is no sum.
                assertThat(forwarded.get()[40] | forwarded.get()[41]).isNotZero();
            }
            assertThat(forwarded.get()).as("datagram %d", i).isEqualTo(expected);
            assertThat(kernel.shown(packet)).as("hidden from the edge").isFalse();
        }
        assertThat(kernel.table().splices().packets(number)).isEqualTo(20_000);
    }

    @Test
    void connections_and_datagrams_of_the_same_ports_are_not_taken_for_each_other() {
        byte[] packet = datagram(8 + 20, true, new byte[20]);
        assertThat(kernel.forward(packet)).as("only TCP is spliced").isEmpty();
        assertThat(kernel.shown(packet)).isTrue();

        int udp = enterDatagrams();
        assertThat(kernel.forward(packet)).isPresent();
        kernel.table().udp().leave(udp);
        assertThat(kernel.forward(packet)).as("the edge's at once").isEmpty();
        assertThat(kernel.shown(packet)).isTrue();
        kernel.table().flush();
        assertThat(kernel.forward(packet)).isEmpty();
    }

    @Test
    void datagrams_that_are_short_or_lie_about_their_length_are_left_to_the_edge() {
        enterDatagrams();
        for (byte[] packet : List.of(
                datagram(8, true, new byte[0]),
                datagram(8 + 11, true, new byte[11]),
                datagram(8 + 21, true, new byte[20]),
                datagram(8 + 19, true, new byte[20]),
                datagram(7, true, new byte[20]))) {
            assertThat(kernel.forward(packet)).isEmpty();
            assertThat(kernel.shown(packet)).isTrue();
        }
    }

    private static boolean sameButForZeroes(byte[] a, byte[] b) {
        byte[] left = a.clone();
        byte[] right = b.clone();
        for (int at : new int[] {24, 50}) {
            for (byte[] one : new byte[][] {left, right}) {
                if (one[at] == -1 && one[at + 1] == -1) {
                    one[at] = 0;
                    one[at + 1] = 0;
                }
            }
        }
        return Arrays.equals(left, right);
    }

    @Test
    void what_it_is_not_sure_about_is_the_edges() {
        byte[] usual = frame(Translation.ACK, 1, 1, 1, new byte[0], new byte[10]);
        assertThat(kernel.forward(usual)).isPresent();

        assertLeft("a SYN", frame(Translation.SYN, 1, 1, 1, new byte[0], new byte[0]));
        assertLeft("a SYN with ACK", frame(Translation.SYN | Translation.ACK, 1, 1, 1, new byte[0], new byte[0]));
        assertLeft("a RST", frame(Translation.RST, 1, 1, 1, new byte[0], new byte[0]));
        assertLeft("timestamps at an odd offset", frame(16, 1, 1, 1, hex("01 080A 00000064 000000C8 01"), new byte[0]));
        assertLeft("timestamps without NOPs", frame(16, 1, 1, 1, hex("080A 00000064 000000C8 0101"), new byte[0]));
        assertLeft("an unknown option", frame(16, 1, 1, 1, hex("FD0C 000000000000 00000000"), new byte[0]));
        assertLeft("SACK of a wrong length", frame(16, 1, 1, 1, hex("01010509 00000001 00000002"), new byte[0]));
        assertLeft("a fragment", with(usual, 20, 0x20));
        assertLeft("a later fragment", with(usual, 21, 0x01));
        assertLeft("options of IP", with(usual, 14, 0x46));
        assertLeft("the last hop", with(usual, 22, 1));
        assertLeft("another protocol", with(usual, 23, 17));
        assertLeft("another type", with(usual, 12, 0x86));
        assertLeft("a header that ends too soon", with(usual, 46, 0x40));
        assertLeft("a header beyond the packet", with(usual, 46, 0xF0));
        assertLeft("a total length beyond the frame", with(usual, 16, 0x40));
        assertLeft("another port", with(usual, 35, 1));
        assertLeft("a truncated frame", Arrays.copyOf(usual, 50));
        assertLeft("a packet too large for the way", frame(16, 1, 1, 1, new byte[0], new byte[1461]));
        assertThat(kernel.forward(frame(16, 1, 1, 1, new byte[0], new byte[1460])))
                .isPresent();
    }

    private void assertLeft(String what, byte[] frame) {
        assertThat(kernel.forward(frame)).as(what).isEmpty();
    }

    private static byte[] with(byte[] frame, int at, int value) {
        byte[] changed = frame.clone();
        changed[at] = (byte) value;
        return changed;
    }

    @Test
    void nothing_goes_to_a_next_hop_whose_address_is_not_known() {
        byte[] packet = frame(Translation.ACK, 1, 1, 1, new byte[0], new byte[10]);
        kernel.neighbor(3, OWN_MAC, 0, 1500);
        assertThat(kernel.forward(packet)).isEmpty();
        assertThat(kernel.shown(packet)).isTrue();

        kernel.neighbor(3, OWN_MAC, 0x0200_0000_0099L, 1500);
        assertThat(Arrays.copyOf(kernel.forward(packet).orElseThrow(), 6)).containsExactly(2, 0, 0, 0, 0, 0x99);
    }

    @Test
    void of_a_followed_flow_packets_pass_up_to_the_mark_and_no_end_of_it() {
        rules.flags = SpliceRules.FOLLOWED;
        rules.followAt = 1100;
        rule();
        kernel.table().splices().remember(number, 1000, 500, 1, 0);

        assertThat(kernel.forward(frame(16, 1000, 600, 7, new byte[0], new byte[100])))
                .isPresent();
        assertLeft("beyond the mark", frame(16, 1001, 600, 7, new byte[0], new byte[100]));
        assertThat(kernel.forward(frame(16, 1000, 599, 9, new byte[0], new byte[40])))
                .isPresent();
        assertThat(kernel.forward(frame(16, 2000, 610, 8, new byte[0], new byte[0])))
                .as("an acknowledgment")
                .isPresent();
        assertLeft("a FIN", frame(17, 1100, 600, 7, new byte[0], new byte[0]));
        assertThat(kernel.table().splices().highest(number)).isEqualTo(1100);
        assertThat(kernel.table().splices().ack(number)).isEqualTo(610);
        assertThat(kernel.table().splices().window(number)).isEqualTo(8);

        kernel.table().splices().follow(number, SpliceRules.ALL_TO_EDGE, 0);
        assertLeft("anything", frame(16, 2000, 610, 8, new byte[0], new byte[0]));
    }

    @Test
    void positions_of_a_followed_flow_go_round() {
        rules.flags = SpliceRules.FOLLOWED;
        rules.followAt = 50;
        rule();
        kernel.table().splices().remember(number, -100, -10, 1, 0);
        assertThat(kernel.forward(frame(16, -50, 5, 7, new byte[0], new byte[100])))
                .isPresent();
        assertLeft("beyond the mark", frame(16, -49, 5, 7, new byte[0], new byte[100]));
        assertThat(kernel.table().splices().highest(number)).isEqualTo(50);
        assertThat(kernel.table().splices().ack(number)).isEqualTo(5);
    }
}
