package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Splices come, change and go while the kernel reads them. */
@Tag("system")
class SpliceTableTest {
    private static final int CAPACITY = 64;
    private static final int FIN = 1;
    private static final int CLIENT = 0xC000_0202;
    private static final int VIP = 0xC000_020A;
    private static final int EDGE = 0xC633_6401;
    private static final int SITE = 0xC633_640B;

    private final KernelProgram kernel = new KernelProgram(CAPACITY);
    private final SpliceTable table = kernel.table();

    SpliceTableTest() {
        kernel.neighbor(0, 1, 2, 1500);
    }

    @AfterEach
    void unload() {
        kernel.close();
    }

    private static SpliceRules rules(int clientPort, int delta) {
        SpliceRules rules = new SpliceRules();
        rules.source = CLIENT;
        rules.destination = VIP;
        rules.ports = clientPort << 16 | 80;
        rules.newSource = EDGE;
        rules.newDestination = SITE;
        rules.newPorts = clientPort << 16 | 8080;
        rules.seqDelta = delta;
        rules.ackDelta = delta;
        rules.tsValDelta = delta;
        rules.tsEcrDelta = delta;
        return rules;
    }

    private int enter(int clientPort, int delta) {
        int number = table.tcp().take();
        table.splices().write(number, rules(clientPort, delta));
        table.tcp().enter(number);
        return number;
    }

    private static byte[] packet(int clientPort, int flags) {
        ByteBuffer b = ByteBuffer.allocate(54);
        b.put(new byte[12]).putShort((short) 0x800);
        b.put((byte) 0x45).put((byte) 0).putShort((short) 40).putInt(0x4000);
        b.put((byte) 64).put((byte) 6).putShort((short) 0).putInt(CLIENT).putInt(VIP);
        b.putShort((short) clientPort).putShort((short) 80).putInt(1000).putInt(2000);
        b.put((byte) 0x50).put((byte) flags).putShort((short) 5).putInt(0);
        return b.array();
    }

    /** A segment with payload whose checksums are right. */
    private static byte[] packet(int clientPort, byte[] payload) {
        byte[] frame = Arrays.copyOf(packet(clientPort, 16), 54 + payload.length);
        System.arraycopy(payload, 0, frame, 54, payload.length);
        ByteBuffer b = ByteBuffer.wrap(frame);
        b.putShort(16, (short) (40 + payload.length));
        b.putShort(24, (short) ~sum(frame, 14, 34));
        b.putShort(50, (short) ~pseudoHeaderSum(frame));
        return frame;
    }

    private static int pseudoHeaderSum(byte[] frame) {
        return folded(sum(frame, 26, frame.length) + 6 + frame.length - 34);
    }

    /** One's complement sum of 16-bit words (RFC 1071). */
    private static int sum(byte[] frame, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += 2) {
            sum = folded(sum + (ByteBuffer.wrap(frame).getShort(i) & 0xFFFF));
        }
        return sum;
    }

    private static int folded(int sum) {
        return (sum & 0xFFFF) + (sum >>> 16);
    }

    private static int field(byte[] frame, int at) {
        return ByteBuffer.wrap(frame).getInt(at);
    }

    @Test
    void packets_find_a_splice_from_the_flush_after_it_entered_until_it_leaves() {
        int number = enter(5000, 7);
        assertThat(kernel.forward(packet(5000, 16))).isEmpty();
        table.flush();
        assertThat(kernel.forward(packet(5000, 16))).map(out -> field(out, 38)).contains(1007);

        table.tcp().leave(number);
        assertThat(kernel.forward(packet(5000, 16))).as("at once").isEmpty();
        table.flush();
        assertThat(kernel.forward(packet(5000, 16))).isEmpty();
        assertThat(table.used()).isZero();
    }

    @Test
    void one_that_leaves_before_packets_could_find_it_was_never_there() {
        int number = enter(5000, 7);
        table.tcp().leave(number);
        table.flush();
        assertThat(table.used()).isZero();
        assertThat(kernel.forward(packet(5000, 16))).isEmpty();
    }

    @Test
    void a_new_splice_takes_the_packets_of_one_that_leaves_in_the_same_turn() {
        int old = enter(5000, 7);
        table.flush();
        table.tcp().leave(old);
        enter(5000, 9);
        table.flush();
        assertThat(kernel.forward(packet(5000, 16))).map(out -> field(out, 38)).contains(1009);
        assertThat(table.used()).isEqualTo(1);
    }

    @Test
    void a_full_table_has_no_number_and_room_again_after_one_has_left() {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < CAPACITY; i++) {
            numbers.add(enter(5000 + i, i));
        }
        table.flush();
        assertThat(table.tcp().take()).isEqualTo(-1);
        for (int i = 0; i < CAPACITY; i++) {
            assertThat(kernel.forward(packet(5000 + i, 16))).isPresent();
        }
        assertThat(table.refused()).isZero();

        numbers.forEach(table.tcp()::leave);
        table.flush();
        assertThat(table.used()).isZero();
        for (int i = 0; i < CAPACITY; i++) {
            enter(6000 + i, i);
        }
        table.flush();
        assertThat(kernel.forward(packet(6000 + CAPACITY - 1, 16))).isPresent();
        assertThat(kernel.forward(packet(5000, 16))).isEmpty();
    }

    @Test
    void ends_are_told_once_each_with_the_splice_they_passed() {
        int first = enter(5000, 0);
        int second = enter(5001, 0);
        table.flush();
        kernel.forward(packet(5000, 16 | FIN));
        kernel.forward(packet(5000, 16 | FIN));
        kernel.forward(packet(5001, 16));
        kernel.forward(packet(5001, 16 | FIN));
        List<Integer> ended = new ArrayList<>();
        table.drainEnds(ended::add);
        assertThat(ended).containsExactly(first, second);
        assertThat(table.splices().ended(first)).isTrue();
        assertThat(table.splices().ended(second)).isTrue();

        ended.clear();
        table.drainEnds(ended::add);
        assertThat(ended).isEmpty();
    }

    @Test
    void an_end_that_the_ring_had_no_room_for_is_told_all_the_same() {
        int first = enter(5000, 0);
        int number = enter(5001, 0);
        table.flush();
        kernel.forward(packet(5000, 16 | FIN));
        for (int i = 0; i < (1 << 16) + 10; i++) {
            // Each time it is another flow that ends.
            table.tcp().leave(number);
            table.flush();
            number = enter(5001, 0);
            table.flush();
            kernel.forward(packet(5001, 16 | FIN));
        }
        List<Integer> ended = new ArrayList<>();
        table.drainEnds(ended::add);
        assertThat(ended).containsExactlyInAnyOrder(first, number);

        int next = enter(5002, 0);
        table.flush();
        kernel.forward(packet(5002, 16 | FIN));
        ended.clear();
        table.drainEnds(ended::add);
        assertThat(ended).as("and the ring goes on").containsExactly(next);
    }

    /**
     * A flow's packets come out translated by its own rules, old ones or new ones and nothing between, or not at all, while
     * its rules change and the elements of the map around it are used for others.
     */
    @Test
    void a_reader_never_sees_half_of_a_change_nor_another_flow() throws Exception {
        int number = enter(5000, 1);
        table.flush();
        AtomicBoolean stop = new AtomicBoolean();
        Thread churn = Thread.ofPlatform().start(() -> {
            Random random = new Random(4);
            int mine = number;
            int[] others = new int[20];
            Arrays.fill(others, -1);
            for (int round = 2; !stop.get(); round++) {
                switch (random.nextInt(4)) {
                    case 0 -> table.splices().write(mine, rules(5000, round));
                    case 1 -> {
                        table.tcp().leave(mine);
                        table.flush();
                        mine = enter(5000, round);
                        table.flush();
                    }
                    default -> {
                        int i = random.nextInt(others.length);
                        if (others[i] >= 0) {
                            table.tcp().leave(others[i]);
                            others[i] = -1;
                        } else {
                            others[i] = enter(6000 + i, -round);
                        }
                        table.flush();
                    }
                }
            }
        });
        int translated = 0;
        try {
            byte[] payload = new byte[100];
            new Random(5).nextBytes(payload);
            byte[] packet = packet(5000, payload);
            for (int i = 0; i < 300_000; i++) {
                Optional<byte[]> out = kernel.forward(packet);
                if (out.isPresent()) {
                    translated++;
                    byte[] frame = out.get();
                    int seq = field(frame, 38) - 1000;
                    int ack = field(frame, 42) - 2000;
                    if (seq <= 0 || seq != ack || field(frame, 34) != (5000 << 16 | 8080)) {
                        throw new AssertionError(
                                "packet %d: seq by %d, ack by %d, ports %08x".formatted(i, seq, ack, field(frame, 34)));
                    }
                    assertThat(Arrays.copyOfRange(frame, 54, frame.length)).isEqualTo(payload);
                    assertThat(sum(frame, 14, 34)).as("of the IP header").isEqualTo(0xFFFF);
                    assertThat(pseudoHeaderSum(frame)).as("of the segment").isEqualTo(0xFFFF);
                }
            }
        } finally {
            stop.set(true);
            churn.join();
        }
        assertThat(translated).isPositive();
    }

    @Test
    void a_refused_program_comes_with_the_words_of_the_verifier() {
        // exit, with nothing in r0
        byte[] bad = {(byte) 0x95, 0, 0, 0, 0, 0, 0, 0};
        assertThatThrownBy(() -> Bpf.loadProgram(Bpf.ProgramType.CLASSIFIER, "bad", bad, "Apache-2.0"))
                .isInstanceOf(LinkException.class)
                .hasMessageContaining("EACCES")
                .hasMessageContaining("R0 !read_ok");
    }
}
