package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.wire.Ipv4Address;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the kernel makes of the programs is tested by {@link AfPacketDeviceTest}. */
class PacketFilterTest {
    @Test
    void consecutive_addresses_are_one_comparison_of_two_ends() {
        PacketFilter one = PacketFilter.addresses(List.of(Ipv4Address.of(192, 0, 2, 10)));
        PacketFilter run = PacketFilter.addresses(IntStream.range(10, 200)
                .mapToObj(last -> Ipv4Address.of(192, 0, 2, last))
                .toList());
        assertThat(instructions(run)).hasSize(instructions(one).size() + 1);
        assertThat(instructions(run)).contains("35 0,2 c000020a", "25 1,0 c00002c7");
    }

    @Test
    void addresses_over_half_of_the_space_are_ordered_as_unsigned() {
        PacketFilter filter = PacketFilter.addresses(
                List.of(Ipv4Address.of(128, 0, 0, 0), Ipv4Address.of(127, 255, 255, 255), Ipv4Address.of(10, 0, 0, 1)));
        assertThat(instructions(filter)).contains("15 0,1 0a000001", "35 0,2 7fffffff", "25 1,0 80000000");
    }

    @Test
    void a_device_without_vlans_looks_for_a_tag_first() {
        assertThat(instructions(PacketFilter.everything().untagged()))
                .containsExactly("30 0,0 fffff030", "15 1,0 00000000", "06 0,0 00000000", "06 0,0 00040000");
    }

    @Test
    void more_scattered_addresses_than_a_program_holds_are_refused() {
        List<Ipv4Address> scattered = IntStream.range(0, 1001)
                .mapToObj(i -> new Ipv4Address(0x0A00_0000 + 2 * i))
                .toList();
        assertThat(instructions(PacketFilter.addresses(scattered.subList(0, 1000))))
                .hasSizeLessThan(4096);
        assertThatThrownBy(() -> PacketFilter.addresses(scattered))
                .isInstanceOf(LinkException.class)
                .hasMessageStartingWith("1001 scattered address ranges");
    }

    /** As {@code code ifTrue,ifFalse value} in hexadecimal. */
    private static List<String> instructions(PacketFilter filter) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = filter.program(arena);
            int count = program.get(ValueLayout.JAVA_SHORT, 0);
            MemorySegment code = MemorySegment.ofAddress(program.get(ValueLayout.JAVA_LONG, 8))
                    .reinterpret(8L * count);
            List<String> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add("%02x %d,%d %08x"
                        .formatted(
                                code.get(ValueLayout.JAVA_SHORT, 8L * i),
                                code.get(ValueLayout.JAVA_BYTE, 8L * i + 2),
                                code.get(ValueLayout.JAVA_BYTE, 8L * i + 3),
                                code.get(ValueLayout.JAVA_INT, 8L * i + 4)));
            }
            return all;
        }
    }
}
