package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HostileTest {
    @RegisterExtension
    static final Lab lab = Lab.with();

    private static final Duration LONG = Duration.ofMinutes(2);

    @Test
    void blind_resets_do_not_end_a_flow() {
        try (Session session = Session.open(lab)) {
            assertThat(session.whoami("b.test", "/whoami")).isEqualTo("site-b");

            shoot("rst", session.port());

            assertThat(session.whoami("b.test", "/whoami")).isEqualTo("site-b");
        }
    }

    @Test
    void blind_syns_do_not_end_a_flow() {
        try (Session session = Session.open(lab)) {
            assertThat(session.whoami("b.test", "/whoami")).isEqualTo("site-b");

            shoot("syn", session.port());

            assertThat(session.whoami("b.test", "/whoami")).isEqualTo("site-b");
        }
    }

    @Test
    void blind_resets_with_blind_syns_behind_them_take_no_flow() {
        try (Session session = Session.open(lab)) {
            assertThat(session.whoami("b.test", "/whoami")).isEqualTo("site-b");
            double opened = lab.metric("steamgate_edge_tcp_handshakes_total", "started");

            shoot("rst-syn", session.port());

            assertThat(session.whoami("b.test", "/whoami")).isEqualTo("site-b");
            assertThat(lab.metric("steamgate_edge_tcp_handshakes_total", "started"))
                    .as("no SYN began a connection in the place of the flow")
                    .isEqualTo(opened);
        }
    }

    /** From the other client, in the name of the first: 500 guesses over the whole sequence space. */
    private static void shoot(String what, int port) {
        try (Command attack =
                lab.python("client2", "raw.py", what, "192.0.2.2", Integer.toString(port), Lab.VIP, "80", "500")) {
            attack.await(LONG).succeeded();
        }
    }

    @Test
    void clients_get_in_during_a_syn_flood() {
        try (Command flood =
                lab.python("client2", "raw.py", "syn-flood", Lab.VIP, "80", Lab.FULL ? "200000" : "40000", "10000")) {
            int served = 0;
            while (flood.isRunning()) {
                Outcome answer = lab.curl("--max-time", "5", "http://a.test/whoami");
                assertThat(answer.exit()).as(answer.err()).isZero();
                served++;
            }
            assertThat(served).isGreaterThan(2);
            flood.await(LONG).succeeded();
        }
        assertThat(lab.metric("steamgate_edge_tcp_syn_cookies_total", "accepted"))
                .as("clients that came in by a cookie")
                .isPositive();
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
    }

    @Test
    void heads_that_never_end_are_given_up_while_others_are_served() {
        lab.changeRoutes("protocol: http\n", "protocol: http\n    follow-timeout: 3s\n");
        try (Command slow = lab.python("client2", "slow.py", Lab.VIP, "80", "300", "20")) {
            assertThat(slow.line(Lab.SHORT)).isEqualTo("open");
            assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
            String[] result = slow.await(LONG).succeeded().out().strip().split(" ");
            assertThat(result[0]).isEqualTo("300");
        }
    }

    @Test
    void rubbish_of_every_kind_is_dropped_and_counted() {
        double before = lab.metric("steamgate_edge_dropped_frames_total");
        try (Command attack = lab.python("client2", "raw.py", "rubbish", Lab.VIP, "5000")) {
            attack.await(LONG).succeeded();
        }
        assertThat(lab.metric("steamgate_edge_dropped_frames_total") - before).isGreaterThan(1000);
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
        assertThat(lab.on("client", "ping", "-c", "1", "-W", "2", Lab.VIP).exit())
                .isZero();
    }

    @Test
    void a_head_over_the_limit_gets_431() {
        assertThat(status("GET / HTTP/1.1\\r\\nHost: a.test\\r\\nX-Long: " + "z".repeat(20_000) + "\\r\\n\\r\\n"))
                .startsWith("431");
    }

    @Test
    void ambiguous_heads_get_400() {
        String head = "POST /echo HTTP/1.1\\r\\nHost: a.test\\r\\n";
        assertThat(status(head + "Content-Length: 3\\r\\nContent-Length: 4\\r\\n\\r\\nabcd"))
                .startsWith("400");
        assertThat(status(head + "Content-Length: 3\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n"))
                .startsWith("400");
        assertThat(status(head + "Host: b.test\\r\\nContent-Length: 0\\r\\n\\r\\n"))
                .startsWith("400");
    }

    private static String status(String request) {
        try (Session session = Session.open(lab)) {
            session.run("send " + request);
            return session.run("response");
        }
    }

    @Test
    void blind_resets_do_not_end_a_flow_that_is_followed() {
        try (Session session = Session.open(lab)) {
            assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");

            shoot("rst", session.port());

            assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");
            assertThat(session.whoami("a.test", "/shared/whoami")).isEqualTo("site-b");
        }
    }
}
