package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DNS behind the VIP, by datagram and by stream. */
class DnsTest {
    private static final String DATAGRAM = "+notcp";
    private static final String STREAM = "+tcp";

    @RegisterExtension
    static final Lab lab = Lab.only("edge,site-a,site-b,dns-a,dns-b");

    private static String dig(String host, String transport, String... question) {
        List<String> command = new ArrayList<>(List.of("dig", transport, "+tries=3", "@" + Lab.VIP));
        command.addAll(List.of(question));
        return lab.on(host, command.toArray(String[]::new)).succeeded().out();
    }

    private static String one(String host, String transport, String name, String type) {
        return dig(host, transport, name, type, "+short").strip();
    }

    @ParameterizedTest
    @ValueSource(strings = {DATAGRAM, STREAM})
    void the_cluster_answers_for_itself_and_for_its_zones(String transport) {
        assertThat(dig("client", transport, "cloud.neonics.test", "A"))
                .contains("status: NOERROR")
                .contains("flags: qr aa")
                .containsPattern("cloud\\.neonics\\.test\\.\\s+30\\s+IN\\s+A\\s+192\\.0\\.2\\.10");
        assertThat(dig("client", transport, "www.a.test", "A"))
                .contains("CNAME\tcloud.neonics.test.")
                .containsPattern("IN\\s+A\\s+192\\.0\\.2\\.10");
        assertThat(one("client", transport, "cloud.neonics.test", "NS")).isEqualTo("ns-lab.cloud.neonics.test.");
    }

    @ParameterizedTest
    @ValueSource(strings = {DATAGRAM, STREAM})
    void everything_else_is_fetched_from_outside(String transport) {
        assertThat(one("client", transport, "www.outside.test", "A")).isEqualTo("203.0.113.80");
        assertThat(dig("client", transport, "nothing.outside.test", "A")).contains("status: NXDOMAIN");
    }

    @ParameterizedTest
    @ValueSource(strings = {DATAGRAM, STREAM})
    void each_client_is_known_by_its_own_address(String transport) {
        assertThat(one("client", transport, "myaddr.cloud.neonics.test", "A")).isEqualTo("192.0.2.2");
        assertThat(one("client2", transport, "myaddr.cloud.neonics.test", "A")).isEqualTo("192.0.2.3");
    }

    @Test
    void datagrams_of_a_transparent_service_come_from_the_client_and_need_no_header() {
        transparent();

        assertThat(one("client", DATAGRAM, "myaddr.cloud.neonics.test", "A")).isEqualTo("192.0.2.2");
        assertThat(one("client2", DATAGRAM, "www.outside.test", "A")).isEqualTo("203.0.113.80");
    }

    @Test
    void many_questions_of_one_port_pass_in_the_kernel() {
        transparent();
        // A flow of dns ends whenever all is answered, which on a busy machine may be after each question.
        lab.changeRoutes("name: dns-udp, port: 53, protocol: dns", "name: dns-udp, port: 53, protocol: udp");
        double before = inTheKernel();

        try (Command questions = lab.python("client", "questions.py", Lab.VIP, "cloud.neonics.test", "200")) {
            assertThat(questions.await(Lab.SHORT).succeeded().out().strip()).isEqualTo("200 answers");
        }

        // 196 questions and most of their answers; the counters are taken in by the sweep.
        Lab.eventually("datagrams pass in the kernel", Lab.SHORT, () -> inTheKernel() - before > 300);
    }

    private static double inTheKernel() {
        return lab.metric("steamgate_edge_path_packets_total", "path=\"kernel\"");
    }

    private static void transparent() {
        lab.changeRoutes("  dns:\n    address-mode: proxy", "  dns:\n    health: off\n    address-mode: transparent");
    }

    @Test
    void what_one_node_has_fetched_the_other_finds_in_the_state_they_share() {
        lab.on("site-a", "dig", "@198.51.100.11", "nowhere.outside.test", "A").succeeded();
        double before = shared();

        lab.on("site-b", "dig", "@198.51.100.12", "nowhere.outside.test", "A").succeeded();

        assertThat(shared() - before).isEqualTo(1);
    }

    /** How many answers dns-b has found at others. */
    private static double shared() {
        return lab.on("site-b", "curl", "-sSf", "http://localhost:9002/q/metrics")
                .succeeded()
                .out()
                .lines()
                .filter(line -> line.startsWith("steamgate_dns_fetches_total{event=\"shared\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** The one that stops has the shared state in its process, too. */
    @ParameterizedTest
    @ValueSource(strings = {DATAGRAM, STREAM})
    void names_go_on_resolving_when_one_node_stops(String transport) {
        lab.stopService("dns-a");
        for (int i = 0; i < 5; i++) {
            assertThat(one("client", transport, "cloud.neonics.test", "A")).isEqualTo("192.0.2.10");
        }
    }
}
