package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.wire.ProxyHeader.Parsed;
import io.steamgate.edge.wire.ProxyHeader.Value;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String ADDRESSES = "c0000202" + "c000020a" + "d431" + "0050";
    private static final ProxyHeader CLIENT =
            ProxyHeader.tcp(Ipv4Address.parse("192.0.2.2"), 54321, Ipv4Address.parse("192.0.2.10"), 80);

    @Test
    void a_tcp_connection_over_ipv4_is_told_in_28_bytes() {
        assertThat(CLIENT.length()).isEqualTo(ProxyHeader.LENGTH_V4).isEqualTo(28);
        assertThat(hex(CLIENT)).isEqualTo(SIGNATURE + "2111" + "000c" + ADDRESSES);
    }

    @Test
    void a_datagram_differs_in_its_transport() {
        ProxyHeader header =
                ProxyHeader.udp(Ipv4Address.parse("192.0.2.2"), 54321, Ipv4Address.parse("192.0.2.10"), 80);

        assertThat(hex(header)).isEqualTo(SIGNATURE + "2112" + "000c" + ADDRESSES);
    }

    @Test
    void a_health_check_speaks_for_itself_in_16_bytes() {
        assertThat(hex(ProxyHeader.local())).isEqualTo(SIGNATURE + "2000" + "0000");
    }

    @Test
    void values_follow_the_addresses_and_count_in_the_length() {
        ProxyHeader header = CLIENT.with(Value.alpn("h2"), Value.authority("a.test"));

        assertThat(hex(header))
                .isEqualTo(SIGNATURE + "2111" + "001a" + ADDRESSES + "01" + "0002" + "6832" + "02" + "0006"
                        + "612e74657374");
        assertThat(parse(hex(header))).isEqualTo(new Parsed.Complete(header, 42));
    }

    @Test
    void it_is_written_where_it_is_wanted() {
        byte[] target = new byte[40];
        target[4] = target[33] = 0x7F;

        assertThat(CLIENT.emit(target, 5)).isEqualTo(33);
        assertThat(HexFormat.of().formatHex(target, 5, 33)).isEqualTo(hex(CLIENT));
        assertThat(target[4]).isEqualTo((byte) 0x7F);
        assertThat(target[33]).isEqualTo((byte) 0x7F);
        assertThatThrownBy(() -> CLIENT.emit(target, 13)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void more_than_its_length_can_say_is_refused() {
        ProxyHeader header = CLIENT.with(new Value(Value.NOOP, new byte[65535]));

        assertThatThrownBy(header::toBytes).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void the_bytes_after_it_are_not_its_own() {
        byte[] bytes = HexFormat.of().parseHex("ffff" + hex(CLIENT) + "474554");

        assertThat(ProxyHeader.parse(bytes, 2, bytes.length - 2)).isEqualTo(new Parsed.Complete(CLIENT, 28));
    }

    @Test
    void every_beginning_of_a_header_asks_for_more() {
        byte[] bytes = CLIENT.with(Value.authority("a.test")).toBytes();
        for (int length = 0; length < bytes.length; length++) {
            assertThat(ProxyHeader.parse(bytes, 0, length))
                    .as("%d bytes", length)
                    .isEqualTo(new Parsed.Incomplete(length < 16 ? 16 : bytes.length));
        }
    }

    @Test
    void what_a_local_header_carries_is_skipped() {
        assertThat(parse(SIGNATURE + "2011" + "000c" + ADDRESSES))
                .isEqualTo(new Parsed.Complete(ProxyHeader.local(), 28));
    }

    @Test
    void a_family_without_use_here_is_skipped_whole() {
        assertThat(parse(SIGNATURE + "2121" + "0024" + "00".repeat(36)))
                .isInstanceOfSatisfying(Parsed.Complete.class, complete -> {
                    assertThat(complete.length()).isEqualTo(52);
                    assertThat(complete.header().transport()).isEqualTo(ProxyHeader.Transport.UNSPECIFIED);
                    assertThat(complete.header().command()).isEqualTo(ProxyHeader.Command.PROXY);
                });
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource({
        "474554202f20485454502f312e31, no signature",
        "0d0a0d0a000d0a515549540b, no signature",
        "0d0b, no signature",
        SIGNATURE + "1111000c" + ADDRESSES + ", version or command 0x11",
        SIGNATURE + "2211000c" + ADDRESSES + ", version or command 0x22",
        SIGNATURE + "2111000b" + "c0000202c000020ad43100, no room for addresses",
        SIGNATURE + "2111000d" + ADDRESSES + "02, a value is cut off",
        SIGNATURE + "2111000f" + ADDRESSES + "020001, a value is cut off",
    })
    void what_is_no_header_is_told_with_its_reason(String hex, String reason) {
        assertThat(parse(hex)).isEqualTo(new Parsed.Malformed(reason));
    }

    @Test
    void no_bytes_make_it_throw() {
        Randomness random = Randomness.seeded(1);
        byte[] valid =
                CLIENT.with(Value.alpn("http/1.1"), Value.authority("a.test")).toBytes();
        int complete = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = valid.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[12 + random.nextInt(bytes.length - 12)] = (byte) random.nextInt();
            }
            if (ProxyHeader.parse(bytes, 0, random.nextInt(bytes.length + 1))
                    instanceof Parsed.Complete(ProxyHeader header, int length)) {
                complete++;
                assertThat(header.length()).isLessThanOrEqualTo(length);
            }
        }
        assertThat(complete).isPositive();
    }

    private static Parsed parse(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return ProxyHeader.parse(bytes, 0, bytes.length);
    }

    private static String hex(ProxyHeader header) {
        return HexFormat.of().formatHex(header.toBytes());
    }
}
