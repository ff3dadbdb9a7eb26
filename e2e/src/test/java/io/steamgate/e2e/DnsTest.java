package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** DNS behind the VIP, by stream; the edge has no listeners for datagrams yet. */
class DnsTest {
    @RegisterExtension
    static final Lab lab = Lab.only("edge,site-a,site-b,dns-a,dns-b");

    private static String dig(String host, String... question) {
        List<String> command = new ArrayList<>(List.of("dig", "+tcp", "+tries=3", "@" + Lab.VIP));
        command.addAll(List.of(question));
        return lab.on(host, command.toArray(String[]::new)).succeeded().out();
    }

    @Test
    void the_cluster_answers_for_itself_and_for_its_zones() {
        assertThat(dig("client", "cloud.neonics.test", "A"))
                .contains("status: NOERROR")
                .contains("flags: qr aa")
                .containsPattern("cloud\\.neonics\\.test\\.\\s+30\\s+IN\\s+A\\s+192\\.0\\.2\\.10");
        assertThat(dig("client", "www.a.test", "A"))
                .contains("CNAME\tcloud.neonics.test.")
                .containsPattern("IN\\s+A\\s+192\\.0\\.2\\.10");
        assertThat(dig("client", "cloud.neonics.test", "NS", "+short").strip()).isEqualTo("ns-lab.cloud.neonics.test.");
    }

    @Test
    void everything_else_is_fetched_from_outside() {
        assertThat(dig("client", "www.outside.test", "A", "+short").strip()).isEqualTo("203.0.113.80");
        assertThat(dig("client", "nothing.outside.test", "A")).contains("status: NXDOMAIN");
    }

    @Test
    void each_client_is_known_by_its_own_address() {
        assertThat(dig("client", "myaddr.cloud.neonics.test", "A", "+short").strip())
                .isEqualTo("192.0.2.2");
        assertThat(dig("client2", "myaddr.cloud.neonics.test", "A", "+short").strip())
                .isEqualTo("192.0.2.3");
    }

    @Test
    void names_go_on_resolving_when_one_node_stops() {
        lab.stopService("dns-a");
        for (int i = 0; i < 5; i++) {
            assertThat(dig("client", "cloud.neonics.test", "A", "+short").strip())
                    .isEqualTo("192.0.2.10");
        }
    }
}
