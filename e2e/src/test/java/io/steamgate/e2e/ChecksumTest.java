package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With offloads off, as on a wire, every receiver verifies what the edge wrote. */
class ChecksumTest {
    @RegisterExtension
    static final Lab lab = Lab.with("--no-offload");

    @Test
    void no_kernel_sees_a_wrong_checksum() {
        int mebibytes = Lab.FULL ? 256 : 32;
        assertThat(TransferTest.digestThroughTheEdge(lab, "client", "http://a.test/big/" + mebibytes))
                .isEqualTo(TransferTest.digestAtTheSource(lab, mebibytes));
        try (Session session = Session.open(lab)) {
            assertThat(session.run("post a.test /echo 3000000")).contains("\"site-a\"");
            assertThat(session.run("post a.test /shared/echo 3000000")).contains("\"site-b\"");
        }
        lab.on("client", "ping", "-c", "3", "-i", "0.2", Lab.VIP).succeeded();

        for (String host : new String[] {"client", "site-a", "site-b"}) {
            assertThat(lab.kernelCounter(host, "Tcp:", "InCsumErrors")).as(host).isZero();
            assertThat(lab.kernelCounter(host, "IpExt:", "InCsumErrors"))
                    .as(host)
                    .isZero();
            assertThat(lab.kernelCounter(host, "Icmp:", "InCsumErrors"))
                    .as(host)
                    .isZero();
        }
    }
}
