package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import io.steamgate.edge.wire.MacAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultInjectorTest {
    private final MemoryDevice inner = new MemoryDevice("inner", MacAddress.ZERO, 1500, true);
    private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 5_000_000);
    private final Timers timers = new Timers(clock);
    private final FramePool pool = new FramePool(1500);

    private FaultInjector injector(String settings) {
        return new FaultInjector(inner, FaultSettings.parse(settings), timers);
    }

    @Test
    void without_faults_frames_pass_as_they_are_and_nothing_waits() {
        FaultInjector device = injector("seed=1");
        send(device, 100);
        receive(device, 100);
        assertThat(marks(inner.drainSent())).hasSize(100).isSorted();
        assertThat(timers.armed()).isZero();
        assertThat(pool.outstanding()).isZero();
    }

    @Test
    void a_tenth_is_lost_each_way_and_frames_go_back_to_their_pool() {
        FaultInjector device = injector("loss=10%,seed=1");
        send(device, 2000);
        assertThat(inner.drainSent()).hasSizeBetween(1750, 1850);
        assertThat(device.sent().lost().get()).isBetween(150L, 250L);
        assertThat(pool.outstanding()).isZero();
        assertThat(receive(device, 2000)).hasSizeBetween(1750, 1850);
        assertThat(device.received().lost().get()).isBetween(150L, 250L);
    }

    @Test
    void equal_seeds_lose_equal_frames_and_other_seeds_others() {
        List<Integer> first = receive(injector("receive.loss=30%,seed=4"), 200);
        List<Integer> again = receive(injector("receive.loss=30%,seed=4"), 200);
        List<Integer> other = receive(injector("receive.loss=30%,seed=5"), 200);
        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    void one_direction_may_be_good() {
        FaultInjector device = injector("transmit.loss=100%");
        send(device, 10);
        assertThat(inner.drainSent()).isEmpty();
        assertThat(receive(device, 10)).hasSize(10);
    }

    @Test
    void a_duplicate_follows_its_original() {
        FaultInjector device = injector("duplicate=100%");
        send(device, 3);
        assertThat(marks(inner.drainSent())).containsExactly(0, 0, 1, 1, 2, 2);
        assertThat(receive(device, 3)).containsExactly(0, 0, 1, 1, 2, 2);
        assertThat(pool.outstanding()).isZero();
    }

    @Test
    void reordering_loses_nothing_and_moves_a_frame_by_three_at_most() {
        FaultInjector device = injector("reorder=20%,seed=2");
        send(device, 500);
        clock.advanceMillis(20);
        timers.fire();
        List<Integer> arrived = marks(inner.drainSent());
        assertThat(arrived).hasSize(500).isNotEqualTo(arrived.stream().sorted().toList());
        assertThat(arrived.stream().distinct()).hasSize(500);
        for (int i = 0; i < 500; i++) {
            assertThat(Math.abs(arrived.get(i) - i)).isLessThanOrEqualTo(6);
        }
        assertThat(device.sent().reordered().get()).isBetween(60L, 140L);
    }

    @Test
    void the_last_frame_of_all_arrives_though_none_follows_it() {
        FaultInjector device = injector("reorder=100%");
        send(device, 1);
        assertThat(receive(device, 1)).isEmpty();
        assertThat(inner.drainSent()).isEmpty();
        assertThat(timers.armed()).isEqualTo(1);

        clock.advanceMillis(20);
        timers.fire();
        assertThat(marks(inner.drainSent())).containsExactly(0);
        assertThat(receive(device, 0)).containsExactly(0);
        assertThat(timers.armed()).isZero();
    }

    @Test
    void corruption_flips_one_bit() {
        FaultInjector device = injector("corrupt=100%,seed=3");
        send(device, 50);
        List<byte[]> arrived = inner.drainSent();
        for (int i = 0; i < 50; i++) {
            byte[] sent = bytes(i);
            int flipped = 0;
            for (int j = 0; j < sent.length; j++) {
                flipped += Integer.bitCount((sent[j] ^ arrived.get(i)[j]) & 0xFF);
            }
            assertThat(flipped).isEqualTo(1);
        }
    }

    @Test
    void a_partial_checksum_is_completed_before_the_flip_so_that_it_is_noticed() {
        FaultInjector device = injector("transmit.corrupt=100%,seed=3");
        Frame frame = frame(1);
        frame.requestChecksum(frame.start() + 34, 6);
        device.transmit(frame);
        device.flush();
        Frame arrived = inner.nextSentFrame().orElseThrow();
        assertThat(arrived.checksumPartial()).isFalse();
        int sum = Checksum.fold(Checksum.add(0, arrived.memory(), arrived.start() + 34, arrived.length() - 34));
        byte[] expected = bytes(1);
        boolean flippedBefore = !Arrays.equals(Arrays.copyOf(arrived.toBytes(), 34), Arrays.copyOf(expected, 34));
        assertThat(sum == 0xFFFF).as("valid only where the flip was outside").isEqualTo(flippedBefore);
    }

    @Test
    void a_super_frame_to_be_corrupted_is_lost() {
        FaultInjector device = injector("corrupt=100%");
        Frame frame = frame(1);
        frame.requestChecksum(frame.start() + 34, 16);
        frame.requestSegmentation(1, 20, 54);
        device.transmit(frame);
        device.flush();
        assertThat(inner.nextSent()).isEmpty();
        assertThat(device.sent().corrupted().get()).isEqualTo(1);
        assertThat(pool.outstanding()).isZero();
    }

    @Test
    void a_delayed_frame_arrives_when_its_time_has_come() {
        FaultInjector device = injector("delay=5ms");
        send(device, 2);
        assertThat(receive(device, 2)).isEmpty();
        assertThat(timers.untilNext()).isEqualTo(5 * Clock.NANOS_PER_MILLI);
        clock.advanceMillis(4);
        timers.fire();
        assertThat(inner.drainSent()).isEmpty();
        clock.advanceMillis(1);
        timers.fire();
        assertThat(marks(inner.drainSent())).containsExactly(0, 1);
        assertThat(receive(device, 0)).containsExactly(0, 1);
    }

    @Test
    void a_rate_spreads_frames_and_its_queue_is_bounded() {
        // 100 bytes at 10 kB/s: one every 10 ms.
        FaultInjector device = injector("transmit.rate=10k");
        send(device, 10);
        for (int i = 0; i < 10; i++) {
            assertThat(inner.drainSent()).isEmpty();
            clock.advanceMillis(10);
            timers.fire();
            assertThat(marks(inner.drainSent())).containsExactly(i);
        }
        send(device, 4000);
        assertThat(device.sent().overflowed().get()).isBetween(1300L, 1400L);
    }

    @Test
    void held_frames_keep_their_bytes_while_buffers_are_used_again() {
        FaultInjector device = injector("receive.delay=1ms");
        receive(device, 64);
        clock.advanceNanos(500_000);
        for (int i = 100; i < 164; i++) {
            inner.deliver(bytes(i));
        }
        assertThat(receive(device, 0)).isEmpty();
        clock.advanceNanos(500_000);
        assertThat(receive(device, 0)).hasSize(64).startsWith(0, 1, 2).endsWith(63);
        clock.advanceNanos(500_000);
        assertThat(receive(device, 0)).hasSize(64).startsWith(100).endsWith(163);
    }

    private void send(Device device, int count) {
        for (int i = 0; i < count; i++) {
            device.transmit(frame(i));
        }
        device.flush();
    }

    /** Marks of what arrives while {@code count} frames are delivered. */
    private List<Integer> receive(Device device, int count) {
        for (int i = 0; i < count; i++) {
            inner.deliver(bytes(i));
        }
        List<byte[]> all = new ArrayList<>();
        while (device.receive(frame -> all.add(frame.toBytes())) > 0) {}
        return marks(all);
    }

    private Frame frame(int mark) {
        Frame frame = pool.take();
        frame.copyFrom(Frame.copyOf(bytes(mark)));
        return frame;
    }

    private static byte[] bytes(int mark) {
        byte[] bytes = new byte[100];
        bytes[20] = (byte) (mark >>> 8);
        bytes[21] = (byte) mark;
        return bytes;
    }

    private static List<Integer> marks(List<byte[]> frames) {
        return frames.stream()
                .map(bytes -> (bytes[20] & 0xFF) << 8 | bytes[21] & 0xFF)
                .toList();
    }
}
