package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same edge over libpcap, for machines on which AF_PACKET is not to be had. */
class PcapLinkTest {
    @RegisterExtension
    static final Lab lab = Lab.with("--link", "pcap");

    @Test
    void connections_are_handed_off_over_libpcap_too() {
        assertThat(lab.on("client", "ping", "-c", "1", "-W", "5", Lab.VIP).exit())
                .isZero();
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
        assertThat(lab.whoami("https://b.test/whoami")).isEqualTo("site-b");
        assertThat(TransferTest.digestThroughTheEdge(lab, "client", "http://a.test/big/16"))
                .isEqualTo(TransferTest.digestAtTheSource(lab, 16));
    }
}
