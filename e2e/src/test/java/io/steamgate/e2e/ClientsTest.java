package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients as people use them; wrk and iperf3 are in {@link TransferTest}, the certificates that s_client sees in {@link RoutingTest}. */
class ClientsTest {
    @RegisterExtension
    static final Lab lab = Lab.with();

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String CA = Lab.folder().resolve("tls/ca.pem").toString();

    @Test
    void a_browser_keeps_its_connections_and_every_request_finds_its_site() {
        String saw;
        try (Command browser = lab.python("client", "browser.py", Lab.VIP, CA, Lab.FULL ? "20" : "3")) {
            saw = browser.await(LONG).succeeded().out();
        }

        int visits = Lab.FULL ? 20 : 3;
        assertThat(saw)
                .contains("\"failures\": []")
                .contains("\"requests\": " + visits * 3 * 34)
                .contains("\"http://a.test/whoami\": [\"site-a\"]")
                .contains("\"http://a.test/shared/whoami\": [\"site-b\"]")
                .contains("\"http://b.test/whoami\": [\"site-b\"]")
                .contains("\"https://a.test/whoami\": [\"site-a\"]")
                .contains("\"https://a.test/shared/whoami\": [\"site-a\"]");
        assertThat(Integer.parseInt(Lab.field(saw, "200"))).as(saw).isPositive();
        assertThat(Integer.parseInt(Lab.field(saw, "304")))
                .as("what was seen before is not sent again: %s", saw)
                .isPositive();
        assertThat(Integer.parseInt(Lab.field(saw, "connections")))
                .as("six to an origin, however often it comes")
                .isLessThanOrEqualTo(18);
    }

    @Test
    void curl_asks_many_things_at_once_on_a_few_kept_connections() {
        String answers = lab.get(
                "--parallel",
                "--parallel-max",
                "4",
                "-w",
                "%{stderr}%{http_code} ",
                "http://{a,b}.test/{shared/,}whoami?[1-25]");

        assertThat(answers.split("\"host\"")).hasSize(101);
        assertThat(answers).contains("\"site-a\"").contains("\"site-b\"");
    }

    @Test
    void curl_sends_a_body_after_100_continue() {
        String answer = lab.get("-H", "Expect: 100-continue", "--data-binary", "x".repeat(5000), "http://a.test/echo");

        assertThat(Lab.field(answer, "host")).isEqualTo("site-a");
        assertThat(answer).contains("5000");
    }

    @Test
    void s_client_asks_for_a_page_and_goes_on_with_its_session() {
        String session = Lab.folder().resolve("s_client.session").toString();
        lab.afterwards(() -> new java.io.File(session).delete());
        String ask =
                "(printf 'GET /whoami HTTP/1.1\\r\\nHost: b.test\\r\\nConnection: close\\r\\n\\r\\n'; sleep 1) | openssl s_client"
                        + " -quiet -ign_eof -connect %s:443 -servername b.test -CAfile %s -verify_return_error %s 2>/dev/null";
        for (String option : new String[] {"-sess_out " + session, "-sess_in " + session, "-tls1_3"}) {
            Outcome answer = lab.on("client", LONG, "bash", "-o", "pipefail", "-c", ask.formatted(Lab.VIP, CA, option));
            assertThat(answer.out())
                    .as("%s %s", option, answer.err())
                    .contains("200 OK")
                    .contains("\"site-b\"");
        }
    }
}
