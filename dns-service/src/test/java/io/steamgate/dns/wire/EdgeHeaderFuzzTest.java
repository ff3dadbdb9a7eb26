package io.steamgate.dns.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** A PROXY header is read the same however much comes behind it, and never before it is whole. */
class EdgeHeaderFuzzTest {
    @FuzzTest
    void fuzz(byte[] octets) {
        ProxyHeader header = new ProxyHeader();
        ProxyHeader.Kind whole = header.parse(octets, octets.length);
        if (whole != ProxyHeader.Kind.LOCAL && whole != ProxyHeader.Kind.PROXIED) {
            return;
        }
        int length = header.length();
        assertThat(length).isBetween(ProxyHeader.FIXED_LENGTH, octets.length);
        assertThat(new ProxyHeader().parse(octets, length)).isEqualTo(whole);
        assertThat(new ProxyHeader().parse(octets, length - 1)).isEqualTo(ProxyHeader.Kind.INCOMPLETE);
        if (whole == ProxyHeader.Kind.PROXIED) {
            assertThat(header.client().length).isIn(4, 16);
            assertThat(header.port()).isBetween(0, 65535);
        }
    }
}
