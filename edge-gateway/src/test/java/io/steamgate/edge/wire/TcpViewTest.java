package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.TcpSegment.SackBlock;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TcpViewTest {
    private static final int SOURCE = Ipv4Address.parse("192.0.2.2").bits();
    private static final int DESTINATION = Ipv4Address.parse("192.0.2.10").bits();

    /** As Linux sends it: MSS 1460, SACK permitted, timestamps, window scale 7. */
    private static final String SYN =
            "9c40 0050 fffffff0 00000000 a002 faf0 18f9 0000" + "020405b4 0402 080a 00001388 00000000 01 030307";

    private static final TcpSegment SYN_VALUE = TcpSegment.of(40_000, 80, 0xFFFF_FFF0, 0, TcpView.SYN, 0xFAF0)
            .withSyn(1460, 7, true)
            .withTimestamps(5000, 0);

    /** A selective acknowledgement with two bytes of payload. */
    private static final String SACK =
            "9c40 0050 000003e9 12345678 8018 01f5 9bb9 0000" + "0101 050a 12346000 12346200" + "6869";

    private final TcpView view = new TcpView();
    private final TcpOptions options = new TcpOptions();

    @Test
    void a_syn_is_read() {
        MemorySegment memory = Octets.memory(SYN);
        assertThat(view.wrap(memory, 0, 40)).isTrue();
        assertThat(view.sourcePort()).isEqualTo(40_000);
        assertThat(view.destinationPort()).isEqualTo(80);
        assertThat(view.sequence()).isEqualTo(0xFFFF_FFF0);
        assertThat(view.acknowledgment()).isZero();
        assertThat(view.flags()).isEqualTo(TcpView.SYN);
        assertThat(view.window()).isEqualTo(64_240);
        assertThat(view.headerLength()).isEqualTo(40);
        assertThat(view.payloadLength()).isZero();
        assertThat(view.checksumValid(SOURCE, DESTINATION)).isTrue();
        assertThat(view.checksumValid(SOURCE, DESTINATION + 1)).isFalse();
        assertThat(view).hasToString("TCP 40000 > 80 [S] seq 4294967280 ack 0 win 64240 length 0");
        options.parse(memory, view.optionsOffset(), view.optionsLength());
        assertThat(options).hasToString("options mss 1460 wscale 7 sackOK ts 5000/0");
        assertThat(options.timestampsOffset()).isEqualTo(26);
        assertThat(TcpSegment.parse(memory, 0, 40)).contains(SYN_VALUE);
    }

    @Test
    void a_selective_acknowledgement_is_read_and_written_alike() {
        MemorySegment memory = Octets.memory(SACK);
        TcpSegment value = TcpSegment.of(
                        40_000, 80, 1001, 0x1234_5678, TcpView.ACK | TcpView.PSH, 501, (byte) 'h', (byte) 'i')
                .withSack(new SackBlock(0x1234_6000, 0x1234_6200));
        assertThat(TcpSegment.parse(memory, 0, 34)).contains(value);
        MemorySegment written = Octets.memory(new byte[34]);
        value.emit(written, 0, SOURCE, DESTINATION);
        assertThat(Octets.from(written, 0, 34)).isEqualTo(Octets.of(SACK));
        options.parse(memory, 20, 12);
        assertThat(options.sackOffset()).isEqualTo(22);
    }

    @Test
    void a_written_syn_is_read_back_with_a_right_checksum() {
        MemorySegment memory = Octets.memory(new byte[60]);
        SYN_VALUE.emit(memory, 3, SOURCE, DESTINATION);
        assertThat(TcpSegment.parse(memory, 3, SYN_VALUE.length())).contains(SYN_VALUE);
        assertThat(view.wrap(memory, 3, SYN_VALUE.length())).isTrue();
        assertThat(view.checksumValid(SOURCE, DESTINATION)).isTrue();
    }

    @Test
    void what_is_no_segment_does_not_wrap() {
        MemorySegment memory = Octets.memory(SYN);
        assertThat(view.wrap(memory, 0, 19)).isFalse();
        assertThat(view.wrap(memory, 0, 39)).as("options beyond the end").isFalse();
        assertThat(view.wrap(memory, 1, 40)).as("beyond the memory").isFalse();
        NetworkOrder.put8(memory, TcpView.DATA_OFFSET, 0x40);
        assertThat(view.wrap(memory, 0, 40)).as("four words").isFalse();
    }

    private TcpOptions parsed(String hex) {
        return options.parse(Octets.memory(hex), 0, Octets.of(hex).length);
    }

    @Test
    void options_stop_at_the_end_marker_and_skip_what_they_do_not_know() {
        assertThat(parsed("1e04abcd 020405b4 00 030307").mss()).isEqualTo(1460);
        assertThat(options.windowScale()).isEqualTo(-1);
        assertThat(options.malformed()).isFalse();
    }

    @Test
    void a_wrong_length_ends_the_options_without_harm() {
        for (String hex : new String[] {
            "02",
            "0200",
            "0201",
            "020305b4",
            "02ff05b4",
            "0303",
            "03020700",
            "040300",
            "080900000000000000",
            "0503ff",
            "050b00000000000000000000",
            "05020101",
            "fe00",
            "fe01",
            "fe"
        }) {
            assertThat(parsed(hex).malformed()).as(hex).isTrue();
        }
        assertThat(parsed("020405b4 0300").mss()).as("what came before counts").isEqualTo(1460);
    }

    @Test
    void a_window_scale_above_fourteen_is_fourteen() {
        assertThat(parsed("030320 01").windowScale()).isEqualTo(14);
    }

    @Test
    void each_parse_forgets_the_one_before() {
        parsed("020405b4 0101 080a 00000001 00000002");
        parsed("01010101");
        assertThat(options.mss()).isZero();
        assertThat(options.hasTimestamps()).isFalse();
    }

    @Test
    void no_bytes_make_options_throw() {
        Random random = new Random(1);
        byte[] bytes = new byte[40];
        for (int i = 0; i < 200_000; i++) {
            random.nextBytes(bytes);
            for (int at = 0; at < bytes.length; at += 2) {
                // Mostly kinds and lengths that mean something.
                bytes[at] = (byte) random.nextInt(9);
            }
            int length = random.nextInt(41);
            options.parse(MemorySegment.ofArray(bytes), 0, length);
            assertThat(options.sackBlocks()).isLessThanOrEqualTo(TcpOptions.MAX_SACK_BLOCKS);
        }
    }
}
