package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import io.steamgate.edge.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MemoryDeviceTest {
    private final MemoryDevice left = new MemoryDevice("left", MacAddress.parse("02:00:00:00:00:01"), 1500);
    private final MemoryDevice right = new MemoryDevice("right", MacAddress.parse("02:00:00:00:00:02"), 1500);
    private final FramePool pool = new FramePool(2000);

    @Test
    void what_one_end_of_a_wire_flushes_the_other_receives_in_order() {
        MemoryDevice.wire(left, right);

        left.transmit(frame(60, 1));
        left.transmit(frame(60, 2));
        assertThat(received(right)).isEmpty();
        left.flush();

        assertThat(received(right)).extracting(bytes -> bytes[20]).containsExactly((byte) 1, (byte) 2);
        assertThat(pool.outstanding()).isZero();
        assertThat(left.counters().sentFrames().get()).isEqualTo(2);
        assertThat(right.counters().receivedBytes().get()).isEqualTo(120);
    }

    @Test
    void a_test_delivers_to_and_takes_from_a_device_without_a_peer() {
        left.deliver(bytes(60, 7));
        assertThat(received(left)).hasSize(1);

        left.transmit(frame(60, 9));
        left.flush();
        assertThat(left.nextSent())
                .hasValueSatisfying(bytes -> assertThat(bytes[20]).isEqualTo((byte) 9));
        assertThat(left.nextSent()).isEmpty();
    }

    @Test
    void a_frame_over_the_mtu_is_refused_and_counted_but_a_tag_does_not_count() {
        byte[] tagged = bytes(1518, 1);
        tagged[12] = (byte) 0x81;
        tagged[13] = 0;

        left.transmit(frame(1514, 1));
        left.transmit(frame(1515, 1));
        left.transmit(Frame.copyOf(tagged));
        left.flush();

        assertThat(left.drainSent()).extracting(bytes -> bytes.length).containsExactly(1514, 1518);
        assertThat(left.counters().sendFailed().get()).isEqualTo(1);
    }

    @Test
    void a_partial_checksum_needs_a_device_with_offload() {
        MemoryDevice capable = new MemoryDevice("capable", MacAddress.ZERO, 1500, true);
        for (MemoryDevice device : List.of(left, capable)) {
            Frame frame = frame(60, 1);
            frame.requestChecksum(frame.start() + 34, 16);
            device.transmit(frame);
            device.flush();
        }

        assertThat(left.nextSent()).isEmpty();
        assertThat(capable.nextSentFrame())
                .hasValueSatisfying(f -> assertThat(f.checksumPartial()).isTrue());
    }

    @Test
    void one_receive_hands_over_one_batch_and_buffers_are_used_again() {
        for (int i = 0; i < 100; i++) {
            left.deliver(bytes(60, i));
        }
        assertThat(received(left)).hasSize(64);
        assertThat(received(left)).hasSize(36);
        assertThat(received(left)).isEmpty();
    }

    @Test
    void waiting_frames_are_told_even_to_a_listener_that_comes_late() {
        AtomicInteger told = new AtomicInteger();
        left.deliver(bytes(60, 1));
        left.onReadable(told::incrementAndGet);
        assertThat(told).hasValue(1);
        left.deliver(bytes(60, 1));
        assertThat(told).hasValue(2);
    }

    @Test
    void a_wake_up_before_the_sleep_is_not_lost() {
        try (Poller poller = new ParkingPoller(List.of(left))) {
            left.deliver(bytes(60, 1));
            poller.await(Long.MAX_VALUE);
            poller.wakeUp();
            poller.await(Long.MAX_VALUE);
            poller.await(0);
        }
    }

    private Frame frame(int length, int mark) {
        Frame frame = pool.take();
        frame.copyFrom(Frame.copyOf(bytes(length, mark)));
        return frame;
    }

    private static byte[] bytes(int length, int mark) {
        byte[] bytes = new byte[length];
        bytes[20] = (byte) mark;
        return bytes;
    }

    private static List<byte[]> received(Device device) {
        List<byte[]> all = new ArrayList<>();
        device.receive(frame -> all.add(frame.toBytes()));
        return all;
    }
}
