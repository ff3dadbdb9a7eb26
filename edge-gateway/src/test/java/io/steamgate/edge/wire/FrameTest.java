package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class FrameTest {
    private static final ValueLayout.OfShort HOST16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    @Test
    void a_moved_start_takes_the_offload_header_along_and_keeps_its_offsets_pointing_at_the_same_bytes() {
        Frame frame = new Frame(Arena.ofAuto().allocate(2048, 8), null);
        frame.region(Frame.RECEIVE_START, 114);
        frame.clearOffload();
        frame.requestChecksum(Frame.RECEIVE_START + 34, 16);
        frame.requestSegmentation(1, 1448, 66);

        frame.moveStart(Frame.RECEIVE_START - 4);

        assertThat(frame.length()).isEqualTo(118);
        assertThat(frame.end()).isEqualTo(Frame.RECEIVE_START + 114);
        assertThat(frame.checksumPartial()).isTrue();
        assertThat(frame.segmentationType()).isEqualTo(1);
        assertThat(frame.segmentSize()).isEqualTo(1448);
        assertThat(frame.memory().get(HOST16, frame.offloadStart() + 2)).isEqualTo((short) 70);
        assertThat(frame.memory().get(HOST16, frame.offloadStart() + 6)).isEqualTo((short) 38);

        frame.moveStart(Frame.RECEIVE_START);
        assertThat(frame.memory().get(HOST16, frame.offloadStart() + 6)).isEqualTo((short) 34);
    }
}
