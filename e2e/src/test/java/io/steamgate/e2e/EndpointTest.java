package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EndpointTest {
    @RegisterExtension
    static final Lab lab = Lab.with();

    @Test
    void when_an_endpoint_is_down_the_next_one_serves() {
        assertThat(lab.whoami("http://pool.test/whoami")).isEqualTo("site-a");

        lab.stopService("site-a");

        // At once: the endpoint's refusal, not the health check, moves the first connection on.
        assertThat(lab.whoami("http://pool.test/whoami")).isEqualTo("site-b");

        lab.startService("site-a");
        Lab.eventually(
                "the endpoint that came back serves again",
                Lab.SHORT,
                () -> lab.whoami("http://pool.test/whoami").equals("site-a"));
    }

    @Test
    void an_endpoint_that_is_silent_is_passed_over() {
        lab.afterwards(() -> lab.on("site-a", "ip", "link", "set", "eth0", "up"));
        lab.afterwards(() -> lab.on("site-a", "ip", "route", "replace", "default", "via", "198.51.100.1"));
        lab.on("site-a", "ip", "link", "set", "eth0", "down").succeeded();

        assertThat(lab.whoami("http://pool.test/whoami")).isEqualTo("site-b");
    }

    @Test
    void when_none_is_left_http_clients_get_503_and_tls_clients_an_alert() {
        lab.stopService("site-b");

        Outcome answer = lab.curl("-o", "/dev/null", "-w", "%{http_code}", "http://b.test/whoami");
        assertThat(answer.succeeded().out()).isEqualTo("503");
        Outcome refused = lab.curl("https://b.test/whoami");
        assertThat(refused.exit()).isNotZero();
        assertThat(refused.err()).containsIgnoringCase("alert");
    }

    @Test
    void a_drained_endpoint_keeps_its_flows_and_gets_no_new_ones() {
        try (Session kept = Session.open(lab)) {
            assertThat(kept.whoami("pool.test", "/whoami")).isEqualTo("site-a");

            lab.changeRoutes(
                    "- {address: 198.51.100.11, port: 80}", "- {address: 198.51.100.11, port: 80, drain: true}");

            Lab.eventually(
                    "new flows go to the other endpoint",
                    Lab.SHORT,
                    () -> lab.whoami("http://pool.test/whoami").equals("site-b"));
            assertThat(kept.whoami("pool.test", "/whoami")).isEqualTo("site-a");
        }
    }

    @Test
    void a_transfer_goes_on_when_its_endpoint_gets_another_link_address() {
        String expected = TransferTest.digestAtTheSource(lab, 128);
        lab.afterwards(() -> {
            lab.on("site-a", "ip", "link", "set", "eth0", "address", "02:00:c6:33:64:0b");
            lab.on("site-a", "arping", "-A", "-c", "1", "-I", "eth0", "198.51.100.11");
        });
        try (Command download = lab.start(
                "client",
                "bash",
                "-o",
                "pipefail",
                "-c",
                "curl -sSf --limit-rate 32M http://a.test/big/128 | sha256sum")) {
            Lab.eventually(
                    "the transfer runs",
                    Lab.SHORT,
                    () -> lab.on("site-a", "ss", "-Htn", "( sport = :80 )")
                            .out()
                            .lines()
                            .anyMatch(line -> !line.strip().split("\\s+")[2].equals("0")));
            lab.on("site-a", "ip", "link", "set", "eth0", "address", "02:00:c6:33:64:aa")
                    .succeeded();
            lab.on("site-a", "arping", "-A", "-c", "1", "-I", "eth0", "198.51.100.11")
                    .succeeded();

            assertThat(download.await(Duration.ofMinutes(1)).succeeded().out()).isEqualTo(expected);
        }
    }

    @Test
    void an_edge_that_was_started_again_resets_what_it_does_not_know_and_accepts_what_is_new() {
        try (Session session = Session.open(lab)) {
            assertThat(session.whoami("b.test", "/whoami")).isEqualTo("site-b");

            lab.stopService("edge");
            lab.startService("edge");

            assertThat(session.tryTo("get b.test /whoami")).startsWith("error ConnectionResetError");
            assertThat(lab.whoami("http://b.test/whoami")).isEqualTo("site-b");
        }
    }
}
