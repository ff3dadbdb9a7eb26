package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class UdpViewTest {
    private static final int SOURCE = Ipv4Address.parse("192.0.2.1").bits();
    private static final int DESTINATION = Ipv4Address.parse("192.0.2.2").bits();
    private static final String DATAGRAM = "04d2 0035 000c b204 6162 6364";

    private final UdpView view = new UdpView();

    @Test
    void a_datagram_is_read_and_its_checksum_verified() {
        assertThat(view.wrap(Octets.memory(DATAGRAM), 0, 12)).isTrue();
        assertThat(view.sourcePort()).isEqualTo(1234);
        assertThat(view.destinationPort()).isEqualTo(53);
        assertThat(view.payloadLength()).isEqualTo(4);
        assertThat(view.checksumValid(SOURCE, DESTINATION)).isTrue();
        assertThat(view.checksumValid(SOURCE, DESTINATION + 1)).isFalse();
        assertThat(view).hasToString("UDP 1234 > 53 length 4");
    }

    @Test
    void a_checksum_of_zero_means_none() {
        assertThat(view.wrap(Octets.memory("04d2 0035 000c 0000 6162 6364"), 0, 12))
                .isTrue();
        assertThat(view.checksumValid(SOURCE, DESTINATION)).isTrue();
    }

    @Test
    void a_computed_checksum_of_zero_is_sent_as_all_ones() {
        MemorySegment memory = Octets.memory("0000 0000 0000 0000 0000");
        UdpView.emit(memory, 0, 0, 0, 0, 0, 10);
        int missing = Checksum.finish(Checksum.add(Checksum.pseudoHeader(0, 0, 17, 10) + 10, memory, 8, 2));
        NetworkOrder.put16(memory, 8, missing);
        UdpView.emit(memory, 0, 0, 0, 0, 0, 10);
        assertThat(NetworkOrder.u16(memory, UdpView.CHECKSUM)).isEqualTo(0xFFFF);
        assertThat(view.wrap(memory, 0, 10)).isTrue();
        assertThat(view.checksumValid(0, 0)).isTrue();
    }

    @Test
    void lengths_that_contradict_each_other_do_not_wrap() {
        assertThat(view.wrap(Octets.memory(DATAGRAM), 0, 7)).isFalse();
        assertThat(view.wrap(Octets.memory(DATAGRAM), 0, 11)).isFalse();
        assertThat(view.wrap(Octets.memory("04d2 0035 0007 b204 6162 6364"), 0, 12))
                .isFalse();
    }

    @Test
    void bytes_behind_the_datagram_are_not_its_payload() {
        assertThat(view.wrap(Octets.memory(DATAGRAM + "ffff"), 0, 14)).isTrue();
        assertThat(view.payloadLength()).isEqualTo(4);
        assertThat(view.checksumValid(SOURCE, DESTINATION)).isTrue();
    }
}
