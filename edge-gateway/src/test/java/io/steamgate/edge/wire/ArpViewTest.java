package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class ArpViewTest {
    private static final String REQUEST = "0001 0800 06 04 0001 02000000000b c0000201 000000000000 c000020a";

    private final ArpView view = new ArpView();

    @Test
    void a_request_is_read() {
        assertThat(view.wrap(Octets.memory(REQUEST), 0, 28)).isTrue();
        assertThat(view.operation()).isEqualTo(ArpView.REQUEST);
        assertThat(view.senderMac()).isEqualTo(0x02000000000bL);
        assertThat(new Ipv4Address(view.senderAddress())).hasToString("192.0.2.1");
        assertThat(view.targetMac()).isZero();
        assertThat(new Ipv4Address(view.targetAddress())).hasToString("192.0.2.10");
        assertThat(view).hasToString("ARP who has 192.0.2.10? tell 192.0.2.1 at 02:00:00:00:00:0b");
    }

    @Test
    void a_reply_is_written() {
        MemorySegment memory = Octets.memory(new byte[28]);
        new ArpView.Packet(
                        ArpView.REPLY,
                        MacAddress.parse("02:00:00:00:00:0a"),
                        Ipv4Address.parse("192.0.2.10"),
                        MacAddress.parse("02:00:00:00:00:0b"),
                        Ipv4Address.parse("192.0.2.1"))
                .emit(memory, 0);
        assertThat(Octets.from(memory, 0, 28))
                .isEqualTo(Octets.of("0001 0800 06 04 0002 02000000000a c000020a 02000000000b c0000201"));
    }

    @Test
    void what_is_cut_short_or_not_ipv4_over_ethernet_does_not_wrap() {
        assertThat(view.wrap(Octets.memory(REQUEST), 0, 27)).isFalse();
        for (int index : new int[] {1, 3, 4, 5, 7}) {
            byte[] bytes = Octets.of(REQUEST);
            bytes[index] += 7;
            assertThat(view.wrap(Octets.memory(bytes), 0, 28))
                    .as("octet %d", index)
                    .isFalse();
        }
    }
}
