package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class TranslationTest {
    private static final int CLIENT = 0xC000_0202;
    private static final int VIP = 0xC000_020A;
    private static final int EDGE = 0xC633_6401;
    private static final int SITE = 0xC633_640B;

    private final Nic nic = new Nic(0, new MemoryDevice("a", new MacAddress(1), 1500));

    private static Splice splice(int seqDelta, int ackDelta, int tsVal, int tsEcr, int windowShift) {
        Splice splice = Flows.flow(1, new Flow.Path(CLIENT, 40_000, VIP, 80, EDGE, 1234, SITE, 8080)).toEndpoint;
        splice.seqDelta = seqDelta;
        splice.ackDelta = ackDelta;
        splice.tsValDelta = tsVal;
        splice.tsEcrDelta = tsEcr;
        splice.windowShift = windowShift;
        return splice;
    }

    /** An Ethernet frame with an IPv4 packet with a TCP segment from the client to the VIP, checksums right. */
    private IpPacket packet(int flags, int seq, int ack, int window, String options, byte[] payload) {
        byte[] opts = HexFormat.of().parseHex(options.replace(" ", ""));
        int tcpLength = 20 + opts.length + payload.length;
        ByteBuffer b = ByteBuffer.allocate(14 + 20 + tcpLength);
        b.put(new byte[12]).putShort((short) 0x800);
        b.put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) (20 + tcpLength))
                .putShort((short) 7)
                .putShort((short) 0x4000);
        b.put((byte) 64).put((byte) 6).putShort((short) 0).putInt(CLIENT).putInt(VIP);
        b.putShort((short) 40_000).putShort((short) 80).putInt(seq).putInt(ack);
        b.put((byte) ((20 + opts.length) / 4 << 4))
                .put((byte) flags)
                .putShort((short) window)
                .putInt(0);
        b.put(opts).put(payload);
        Frame frame = Frame.copyOf(b.array());
        int ip = frame.start() + 14;
        int tcp = ip + 20;
        NetworkOrder.put16(frame.memory(), ip + 10, Checksum.finish(Checksum.add(0, frame.memory(), ip, 20)));
        NetworkOrder.put16(frame.memory(), tcp + 16, Checksum.finish(tcpSum(frame, CLIENT, VIP, tcpLength)));
        return new IpPacket(nic, frame).set(nic, frame, CLIENT, VIP, 6, 64, 0, ip, tcp, tcpLength);
    }

    private static long tcpSum(Frame frame, int source, int destination, int length) {
        return Checksum.add(
                Checksum.pseudoHeader(source, destination, 6, length), frame.memory(), frame.start() + 34, length);
    }

    private static void assertChecksumsRight(IpPacket packet) {
        Frame frame = packet.frame();
        assertThat(Checksum.finish(Checksum.add(0, frame.memory(), packet.headerOffset(), 20)))
                .as("IP checksum")
                .isZero();
        assertThat(Checksum.finish(tcpSum(frame, EDGE, SITE, packet.payloadLength())))
                .as("TCP checksum")
                .isZero();
    }

    private static int tcp32(IpPacket packet, int offset) {
        return NetworkOrder.i32(packet.memory(), packet.payloadOffset() + offset);
    }

    @Test
    void addresses_ports_sequence_numbers_and_ttl_are_translated_and_checksums_stay_right() {
        IpPacket packet = packet(Translation.ACK, 0xFFFF_FFF0, 100, 500, "", "hello".getBytes());
        Translation.apply(packet, splice(0x20, -101, 5, 5, 0));
        assertThat(tcp32(packet, 0)).isEqualTo(Splice.ports(1234, 8080));
        assertThat(tcp32(packet, 4)).isEqualTo(0x10);
        assertThat(tcp32(packet, 8)).isEqualTo(-1);
        assertThat(NetworkOrder.u8(packet.memory(), packet.headerOffset() + 8)).isEqualTo(63);
        assertChecksumsRight(packet);
    }

    @Test
    void the_acknowledgment_field_of_a_segment_without_ack_is_left_alone() {
        IpPacket packet = packet(Translation.RST, 5, 0, 0, "", new byte[0]);
        Translation.apply(packet, splice(1, 77, 0, 0, 0));
        assertThat(tcp32(packet, 8)).isZero();
        assertChecksumsRight(packet);
    }

    @Test
    void timestamps_are_translated_at_even_and_at_odd_offsets() {
        for (String options : new String[] {"0101 080A 00000064 000000C8", "01 080A 00000064 000000C8 01"}) {
            IpPacket packet = packet(Translation.ACK, 1, 1, 1, options, "x".getBytes());
            Splice splice = splice(1_000_000, 2_000_000, 0x01020304, -100, 0);
            Translation.apply(packet, splice);
            int at = options.startsWith("0101") ? 24 : 23;
            assertThat(tcp32(packet, at)).isEqualTo(0x01020304 + 100);
            assertThat(tcp32(packet, at + 4)).isEqualTo(100);
            assertThat(splice.lastTsVal).isEqualTo(0x01020304 + 100);
            assertChecksumsRight(packet);
        }
    }

    @Test
    void every_edge_of_every_sack_block_moves_with_the_acknowledgment() {
        IpPacket packet =
                packet(Translation.ACK, 1, 1000, 1, "0101 0512 000007D0 00000BB8 00000FA0 00001388", new byte[0]);
        Translation.apply(packet, splice(0, 100_000, 0, 0, 0));
        assertThat(tcp32(packet, 8)).isEqualTo(101_000);
        assertThat(tcp32(packet, 24)).isEqualTo(102_000);
        assertThat(tcp32(packet, 28)).isEqualTo(103_000);
        assertThat(tcp32(packet, 32)).isEqualTo(104_000);
        assertThat(tcp32(packet, 36)).isEqualTo(105_000);
        assertChecksumsRight(packet);
    }

    @Test
    void a_window_is_scaled_down_by_rounding_down_and_up_by_saturating_but_not_in_a_syn() {
        IpPacket down = packet(Translation.ACK, 1, 1, 1023, "", new byte[0]);
        Translation.apply(down, splice(0, 0, 0, 0, -4));
        assertThat(NetworkOrder.u16(down.memory(), down.payloadOffset() + 14)).isEqualTo(63);
        assertChecksumsRight(down);

        IpPacket up = packet(Translation.ACK, 1, 1, 0x9000, "", new byte[0]);
        Translation.apply(up, splice(0, 0, 0, 0, 1));
        assertThat(NetworkOrder.u16(up.memory(), up.payloadOffset() + 14)).isEqualTo(0xFFFF);
        assertChecksumsRight(up);

        IpPacket syn = packet(Translation.SYN, 1, 0, 1023, "", new byte[0]);
        Translation.apply(syn, splice(0, 0, 0, 0, -4));
        assertThat(NetworkOrder.u16(syn.memory(), syn.payloadOffset() + 14)).isEqualTo(1023);
        assertChecksumsRight(syn);
    }

    @Test
    void a_partial_checksum_follows_the_addresses_only_because_hardware_sums_the_rest() {
        IpPacket packet = packet(Translation.ACK, 1, 1, 500, "0101 080A 00000064 000000C8", "payload".getBytes());
        Frame frame = packet.frame();
        int tcp = packet.payloadOffset();
        NetworkOrder.put16(
                frame.memory(), tcp + 16, Checksum.fold(Checksum.pseudoHeader(CLIENT, VIP, 6, packet.payloadLength())));
        frame.requestChecksum(tcp, 16);
        Translation.apply(packet, splice(9, 9, 9, 9, -1));
        assertThat(NetworkOrder.u16(frame.memory(), tcp + 16) % 0xFFFF)
                .isEqualTo(Checksum.fold(Checksum.pseudoHeader(EDGE, SITE, 6, packet.payloadLength())) % 0xFFFF);
    }

    @Test
    void a_damaged_segment_stays_damaged() {
        IpPacket packet = packet(Translation.ACK, 1, 1, 500, "", "payload".getBytes());
        NetworkOrder.put8(packet.memory(), packet.payloadOffset() + 22, 'X');
        Translation.apply(packet, splice(9, 9, 0, 0, 0));
        assertThat(Checksum.finish(tcpSum(packet.frame(), EDGE, SITE, packet.payloadLength())))
                .isNotZero();
    }

    @Test
    void whatever_the_options_hold_nothing_is_thrown_and_checksums_stay_right() {
        Randomness random = Randomness.seeded(3);
        for (int round = 0; round < 20_000; round++) {
            ByteArrayOutputStream options = new ByteArrayOutputStream();
            int length = 4 * random.nextInt(11);
            int[] kinds = {0, 1, 1, 2, 3, 4, 5, 8, 10, 18, 26, 34, 255};
            for (int i = 0; i < length; i++) {
                options.write(random.nextInt(2) == 0 ? kinds[random.nextInt(kinds.length)] : random.nextInt(256));
            }
            IpPacket packet = packet(
                    random.nextInt(64),
                    random.nextInt(),
                    random.nextInt(),
                    random.nextInt(65_536),
                    HexFormat.of().formatHex(options.toByteArray()),
                    new byte[random.nextInt(9)]);
            assertThat(Translation.wellFormed(packet)).isTrue();
            Translation.apply(
                    packet,
                    splice(
                            random.nextInt(),
                            random.nextInt(),
                            random.nextInt(),
                            random.nextInt(),
                            random.nextInt(31) - 15));
            assertChecksumsRight(packet);
        }
    }
}
