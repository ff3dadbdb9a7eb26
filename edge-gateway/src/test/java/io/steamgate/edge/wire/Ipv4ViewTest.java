package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class Ipv4ViewTest {
    /** The worked example of many texts on RFC 1071: checksum b861. */
    private static final String HEADER = "4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7";

    private final Ipv4View view = new Ipv4View();

    private static byte[] packet(String header, int length) {
        byte[] bytes = new byte[length];
        byte[] start = Octets.of(header);
        System.arraycopy(start, 0, bytes, 0, Math.min(start.length, length));
        return bytes;
    }

    @Test
    void a_header_is_read() {
        assertThat(view.wrap(Octets.memory(packet(HEADER, 120)), 0, 120)).isTrue();
        assertThat(view.checksumValid()).isTrue();
        assertThat(view.totalLength()).isEqualTo(115);
        assertThat(view.payloadLength()).isEqualTo(95);
        assertThat(view.payloadOffset()).isEqualTo(20);
        assertThat(view.dontFragment()).isTrue();
        assertThat(view.fragment()).isFalse();
        assertThat(view.ttl()).isEqualTo(64);
        assertThat(view.protocol()).isEqualTo(Ipv4View.UDP);
        assertThat(view).hasToString("IPv4 192.168.0.1 > 192.168.0.199 protocol 17 ttl 64 length 95");
    }

    @Test
    void a_header_is_written_with_its_checksum() {
        MemorySegment memory = Octets.memory(new byte[20]);
        new Ipv4View.Header(Ipv4Address.parse("192.168.0.1"), Ipv4Address.parse("192.168.0.199"), Ipv4View.UDP, 95)
                .emit(memory, 0);
        assertThat(Octets.from(memory, 0, 20)).isEqualTo(Octets.of(HEADER));
    }

    @Test
    void a_wrong_checksum_is_seen() {
        byte[] bytes = packet(HEADER, 115);
        bytes[8]--;
        assertThat(view.wrap(Octets.memory(bytes), 0, 115)).isTrue();
        assertThat(view.checksumValid()).isFalse();
        assertThat(Ipv4View.Header.parse(Octets.memory(bytes), 0, 115)).isEmpty();
    }

    @Test
    void options_are_skipped() {
        byte[] bytes = packet("4600 0020 0001 2003 0102 0000 c0000201 c0000202 94040000 0102030405060708", 32);
        MemorySegment memory = Octets.memory(bytes);
        Ipv4View.putChecksum(memory, 0, 24);
        assertThat(view.wrap(memory, 0, 32)).isTrue();
        assertThat(view.checksumValid()).isTrue();
        assertThat(view.payloadOffset()).isEqualTo(24);
        assertThat(view.payloadLength()).isEqualTo(8);
        assertThat(view.moreFragments()).isTrue();
        assertThat(view.fragmentOffset()).isEqualTo(24);
    }

    @Test
    void lengths_that_contradict_each_other_do_not_wrap() {
        assertThat(view.wrap(Octets.memory(packet(HEADER, 19)), 0, 19)).isFalse();
        assertThat(view.wrap(Octets.memory(packet(HEADER, 114)), 0, 114))
                .as("total length past the frame")
                .isFalse();
        assertThat(view.wrap(Octets.memory(packet("44" + HEADER.substring(2), 120)), 0, 120))
                .isFalse();
        assertThat(view.wrap(Octets.memory(packet("65" + HEADER.substring(2), 120)), 0, 120))
                .isFalse();
        assertThat(view.wrap(Octets.memory(packet("4f00 0020" + HEADER.substring(9), 120)), 0, 120))
                .as("header longer than the packet")
                .isFalse();
    }

    @Test
    void a_quoted_packet_may_be_cut_behind_its_header() {
        assertThat(view.wrapQuoted(Octets.memory(packet(HEADER, 28)), 0, 28)).isTrue();
        assertThat(view.wrapQuoted(Octets.memory(packet("46" + HEADER.substring(2), 22)), 0, 22))
                .isFalse();
    }
}
