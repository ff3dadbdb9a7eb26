package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import io.steamgate.edge.wire.MacAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recorder and replayer, each the other's judge; the file format is checked by hand. */
class PcapRecorderTest {
    private static final InstantSource TIME = InstantSource.fixed(Instant.ofEpochSecond(1_000_000_000L, 123_456_000));

    @TempDir
    Path directory;

    private final MemoryDevice inner = new MemoryDevice("inner", MacAddress.ZERO, 1500);

    @Test
    void both_ways_are_recorded_in_order_and_frames_pass() throws Exception {
        Path file = directory.resolve("edge.pcap");
        FramePool pool = new FramePool(1500);
        try (PcapRecorder recorder = new PcapRecorder(inner, file, 1 << 20, 1, TIME)) {
            inner.deliver(bytes(60, 1));
            assertThat(received(recorder)).hasSize(1);
            Frame out = pool.take();
            out.copyFrom(Frame.copyOf(bytes(1514, 2)));
            recorder.transmit(out);
            recorder.flush();
            assertThat(inner.drainSent()).hasSize(1);
            assertThat(pool.outstanding()).isZero();

            assertThat(received(recorder)).isEmpty();
            assertThat(Files.size(file)).as("an idle recorder has written all").isEqualTo(24 + 16 + 60 + 16 + 1514);
        }
        ByteBuffer raw = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        assertThat(raw.getInt(0)).as("magic").isEqualTo(0xA1B2C3D4);
        assertThat(raw.getInt(20)).as("Ethernet").isEqualTo(1);
        assertThat(raw.getInt(24)).as("seconds").isEqualTo(1_000_000_000);
        assertThat(raw.getInt(28)).as("microseconds").isEqualTo(123_456);

        try (PcapFileDevice replay = PcapFileDevice.open(file, MacAddress.ZERO, 1500)) {
            List<byte[]> frames = received(replay);
            assertThat(frames).hasSize(2);
            assertThat(frames.get(0)).isEqualTo(bytes(60, 1));
            assertThat(frames.get(1)).isEqualTo(bytes(1514, 2));
            assertThat(replay.finished()).isTrue();
        }
    }

    @Test
    void full_files_are_rotated_and_the_oldest_goes() throws Exception {
        Path file = directory.resolve("edge.pcap");
        try (PcapRecorder recorder = new PcapRecorder(inner, file, 24 + 2 * (16 + 100), 3, TIME)) {
            for (int i = 0; i < 9; i++) {
                inner.deliver(bytes(100, i));
            }
            assertThat(received(recorder)).hasSize(9);
        }
        assertThat(marks(file)).containsExactly(8);
        assertThat(marks(directory.resolve("edge.pcap.1"))).containsExactly(6, 7);
        assertThat(marks(directory.resolve("edge.pcap.2"))).containsExactly(4, 5);
        assertThat(directory.toFile().list()).hasSize(3);
    }

    @Test
    void what_is_no_capture_is_refused_in_one_line() throws Exception {
        Path file = Files.writeString(directory.resolve("x.pcap"), "this is no capture file at all, is it");
        assertThatThrownBy(() -> PcapFileDevice.open(file, MacAddress.ZERO, 1500))
                .isInstanceOf(LinkException.class)
                .hasMessageContaining("x.pcap: unknown file format");
        assertThatThrownBy(() -> PcapFileDevice.open(directory.resolve("none"), MacAddress.ZERO, 1500))
                .isInstanceOf(LinkException.class)
                .hasMessageStartingWith("there is no readable capture file");
        assertThatThrownBy(() -> new PcapRecorder(inner, directory.resolve("no/where.pcap"), 1000, 1, TIME))
                .isInstanceOf(LinkException.class);
    }

    @Test
    void a_capture_that_breaks_off_ends_there_and_is_counted() throws Exception {
        Path file = directory.resolve("edge.pcap");
        try (PcapRecorder recorder = new PcapRecorder(inner, file, 1 << 20, 1, TIME)) {
            inner.deliver(bytes(100, 1));
            inner.deliver(bytes(100, 2));
            received(recorder);
        }
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 50));
        try (PcapFileDevice replay = PcapFileDevice.open(file, MacAddress.ZERO, 1500)) {
            assertThat(received(replay)).hasSize(1);
            assertThat(replay.finished()).isTrue();
            assertThat(replay.counters().receiveDropped().get()).isEqualTo(1);
        }
    }

    private static List<Integer> marks(Path file) {
        try (PcapFileDevice replay = PcapFileDevice.open(file, MacAddress.ZERO, 1500)) {
            return received(replay).stream().map(bytes -> (int) bytes[20]).toList();
        }
    }

    private static byte[] bytes(int length, int mark) {
        byte[] bytes = new byte[length];
        bytes[20] = (byte) mark;
        return bytes;
    }

    private static List<byte[]> received(Device device) {
        List<byte[]> all = new ArrayList<>();
        while (device.receive(frame -> all.add(frame.toBytes())) > 0) {}
        return all;
    }
}
