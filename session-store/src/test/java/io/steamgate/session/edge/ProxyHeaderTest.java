package io.steamgate.session.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String CLIENT_AND_VIP = "c0000202" + "c000020a" + "c822" + "0050";

    @Test
    void anIpv4ClientIsRead() {
        ByteBuf bytes = bytes(SIGNATURE + "2111000c" + CLIENT_AND_VIP + "47455420");
        assertThat(ProxyHeader.parse(bytes))
                .isEqualTo(new ProxyHeader.Proxied(
                        28, new InetSocketAddress("192.0.2.2", 51234), new InetSocketAddress("192.0.2.10", 80)));
        assertThat(bytes.readerIndex()).isZero();
    }

    @Test
    void anIpv6ClientIsRead() {
        String client = "20010db8000000000000000000000001";
        String server = "20010db8000000000000000000000002";
        assertThat(ProxyHeader.parse(bytes(SIGNATURE + "21210024" + client + server + "c82201bb")))
                .isEqualTo(new ProxyHeader.Proxied(
                        52, new InetSocketAddress("2001:db8::1", 51234), new InetSocketAddress("2001:db8::2", 443)));
    }

    @Test
    void tlvsAfterTheAddressesAreSkipped() {
        ProxyHeader header = ProxyHeader.parse(bytes(SIGNATURE + "21110013" + CLIENT_AND_VIP + "02000461612e62"));
        assertThat(header)
                .isInstanceOfSatisfying(
                        ProxyHeader.Proxied.class,
                        proxied -> assertThat(proxied.length()).isEqualTo(35));
    }

    @Test
    void aLocalHeaderIsReadWithWhateverFollowsIt() {
        assertThat(ProxyHeader.parse(bytes(SIGNATURE + "20000000"))).isEqualTo(new ProxyHeader.Local(16));
        assertThat(ProxyHeader.parse(bytes(SIGNATURE + "2011000c" + CLIENT_AND_VIP)))
                .isEqualTo(new ProxyHeader.Local(28));
    }

    @Test
    void everyPrefixOfAHeaderIsIncomplete() {
        byte[] whole = HexFormat.of().parseHex(SIGNATURE + "2111000c" + CLIENT_AND_VIP);
        for (int length = 0; length < whole.length; length++) {
            assertThat(ProxyHeader.parse(Unpooled.wrappedBuffer(whole, 0, length)))
                    .as("%d bytes", length)
                    .isInstanceOf(ProxyHeader.Incomplete.class);
        }
    }

    @Test
    void whatIsNoVersion2HeaderIsMalformed() {
        assertMalformed("474554202f", "no signature");
        assertMalformed(
                HexFormat.of().formatHex("PROXY TCP4 192.0.2.2".getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
                "no signature");
        assertMalformed(SIGNATURE + "1111000c" + CLIENT_AND_VIP, "version 1");
        assertMalformed(SIGNATURE + "2211000c" + CLIENT_AND_VIP, "command 2");
        assertMalformed(SIGNATURE + "2112000c" + CLIENT_AND_VIP, "family and transport 0x12");
        assertMalformed(SIGNATURE + "2131000c" + CLIENT_AND_VIP, "family and transport 0x31");
        assertMalformed(SIGNATURE + "2111000b" + CLIENT_AND_VIP, "too short for its addresses");
        assertMalformed(SIGNATURE + "21110801", "length 2049");
    }

    private static void assertMalformed(String hex, String reason) {
        assertThat(ProxyHeader.parse(bytes(hex))).isEqualTo(new ProxyHeader.Malformed(reason));
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
    }
}
