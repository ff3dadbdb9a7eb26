package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class EthernetViewTest {
    private static final String PLAIN = "02 00 00 00 00 01  02 00 00 00 00 02  08 00  45 00";
    private static final String TAGGED = "ff ff ff ff ff ff  02 00 00 00 00 02  81 00 e0 2a  08 06  00 01";

    private final EthernetView view = new EthernetView();

    @Test
    void a_plain_header_is_read() {
        assertThat(view.wrap(Octets.memory(PLAIN), 0, 16)).isTrue();
        assertThat(view.destination()).isEqualTo(MacAddress.parse("02:00:00:00:00:01"));
        assertThat(view.source()).isEqualTo(MacAddress.parse("02:00:00:00:00:02"));
        assertThat(view.type()).isEqualTo(EthernetView.IPV4);
        assertThat(view.vlan()).isZero();
        assertThat(view.payloadOffset()).isEqualTo(14);
        assertThat(view.payloadLength()).isEqualTo(2);
    }

    @Test
    void of_a_tagged_header_the_vlan_and_the_inner_type_are_read() {
        assertThat(view.wrap(Octets.memory(TAGGED), 0, 20)).isTrue();
        assertThat(view.vlan()).isEqualTo(42);
        assertThat(view.type()).isEqualTo(EthernetView.ARP);
        assertThat(view.payloadOffset()).isEqualTo(18);
        assertThat(view).hasToString("Ethernet 02:00:00:00:00:02 > ff:ff:ff:ff:ff:ff vlan 42 type 0x0806");
    }

    @Test
    void a_header_cut_short_does_not_wrap() {
        assertThat(view.wrap(Octets.memory(PLAIN), 0, 13)).isFalse();
        assertThat(view.wrap(Octets.memory(TAGGED), 0, 17)).isFalse();
        assertThat(view.wrap(Octets.memory(TAGGED), 0, 18)).isTrue();
    }

    @Test
    void a_header_is_written_as_it_is_read() {
        MemorySegment memory = Octets.memory(new byte[18]);
        EthernetView.Header header = new EthernetView.Header(
                MacAddress.BROADCAST, MacAddress.parse("02:00:00:00:00:02"), 42, EthernetView.ARP);
        assertThat(header.emit(memory, 0)).isEqualTo(18);
        assertThat(Octets.from(memory, 0, 18)).isEqualTo(Octets.of("ffffffffffff 020000000002 8100 002a 0806"));
    }
}
