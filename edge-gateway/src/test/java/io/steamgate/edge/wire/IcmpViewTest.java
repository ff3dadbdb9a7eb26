package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class IcmpViewTest {
    private final IcmpView view = new IcmpView();

    @Test
    void an_echo_request_is_read() {
        MemorySegment memory = Octets.memory("08 00 0a37 1234 0001 6162 7a31");
        assertThat(view.wrap(memory, 0, 12)).isTrue();
        assertThat(view.type()).isEqualTo(IcmpView.ECHO_REQUEST);
        assertThat(view.rest()).isEqualTo(0x12340001);
        assertThat(view.checksumValid()).isTrue();
        assertThat(view.error()).isFalse();
        assertThat(view).hasToString("ICMP echo request code 0 length 4");
    }

    @Test
    void fragmentation_needed_carries_the_mtu_of_the_next_hop() {
        MemorySegment memory = Octets.memory("03 04 f7a7 0000 0554");
        assertThat(view.wrap(memory, 0, 8)).isTrue();
        assertThat(view.checksumValid()).isTrue();
        assertThat(view.nextHopMtu()).isEqualTo(1364);
        assertThat(view.error()).isTrue();
    }

    @Test
    void a_message_is_written_with_its_checksum() {
        MemorySegment memory = Octets.memory("00 00 0000 0000 0000 6162 7a31");
        new IcmpView.Header(IcmpView.ECHO_REPLY, 0, 0x12340001, 4).emit(memory, 0);
        assertThat(Octets.from(memory, 0, 12)).isEqualTo(Octets.of("00 00 1237 1234 0001 6162 7a31"));
    }

    @Test
    void less_than_a_header_does_not_wrap() {
        assertThat(view.wrap(Octets.memory("08 00 0000 0000 00"), 0, 7)).isFalse();
    }
}
