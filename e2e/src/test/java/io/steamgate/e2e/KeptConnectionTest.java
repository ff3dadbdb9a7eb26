package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class KeptConnectionTest {
    @RegisterExtension
    static final Lab lab = Lab.with();

    @Test
    void one_connection_alternates_between_two_sites() {
        try (Session session = Session.open(lab)) {
            for (int i = 0; i < 20; i++) {
                assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");
                assertThat(session.whoami("a.test", "/shared/whoami")).isEqualTo("site-b");
            }
        }
    }

    @Test
    void bodies_of_known_length_and_in_chunks_reach_the_site_of_their_path() {
        try (Session session = Session.open(lab)) {
            for (String body : new String[] {"10", "5000", "200000", "10 chunked", "5000 chunked", "200000 chunked"}) {
                String bytes = body.split(" ")[0];
                assertThat(session.run("post a.test /echo " + body))
                        .startsWith("200 ")
                        .contains("\"site-a\"")
                        .contains(bytes);
                assertThat(session.run("post a.test /shared/echo " + body))
                        .startsWith("200 ")
                        .contains("\"site-b\"")
                        .contains(bytes);
                assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");
            }
        }
    }

    @Test
    void two_hosts_share_one_connection() {
        // As a proxy's connection would: each request names its own host.
        try (Session session = Session.open(lab)) {
            assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");
            String second = session.get("b.test", "/whoami");
            // Either it is followed, or the site says that it does not serve this host; never a wrong answer.
            assertThat(second)
                    .satisfiesAnyOf(
                            answer -> assertThat(answer).startsWith("200 ").contains("\"site-b\""),
                            answer -> assertThat(answer).startsWith("421 "));
        }
    }

    @Test
    void responses_without_a_body_do_not_lose_the_thread() {
        try (Session session = Session.open(lab)) {
            assertThat(session.run("head a.test /big/5")).startsWith("200");
            assertThat(session.whoami("a.test", "/shared/whoami")).isEqualTo("site-b");
            assertThat(session.run("head a.test /shared/big/5")).startsWith("200");
            assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");
        }
    }

    @Test
    void a_conditional_request_answered_304_does_not_lose_the_thread() {
        try (Session session = Session.open(lab)) {
            session.run("send GET /big/1 HTTP/1.1\\r\\nHost: a.test\\r\\nIf-None-Match: \"big-1\"\\r\\n\\r\\n");
            assertThat(session.run("response")).startsWith("304");
            assertThat(session.whoami("a.test", "/shared/whoami")).isEqualTo("site-b");
        }
    }

    @Test
    void large_responses_alternate_too() {
        Outcome answer = lab.on(
                "client",
                "bash",
                "-o",
                "pipefail",
                "-c",
                "curl -sSf http://a.test/big/8 http://a.test/shared/big/8 http://a.test/big/8 http://a.test/shared/whoami | tail -c 200");
        assertThat(answer.succeeded().out()).contains("\"site-b\"");
        String connections = lab.curl(
                        "-o",
                        "/dev/null",
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{num_connects} ",
                        "http://a.test/big/1",
                        "http://a.test/shared/big/1")
                .succeeded()
                .out();
        assertThat(connections.strip()).isEqualTo("1 0");
    }

    @Test
    void pipelined_requests_for_two_sites_are_answered_in_their_order() {
        try (Session session = Session.open(lab)) {
            String request = "GET %s HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n";
            session.run("send "
                    + request.formatted("/whoami")
                    + request.formatted("/shared/whoami")
                    + request.formatted("/whoami")
                    + request.formatted("/shared/whoami"));
            for (String site : new String[] {"site-a", "site-b", "site-a", "site-b"}) {
                assertThat(session.run("response")).startsWith("200 ").contains("\"" + site + "\"");
            }
        }
    }

    @Test
    void a_pipelined_request_behind_a_large_response_waits_for_its_end() {
        try (Session session = Session.open(lab)) {
            session.run("send GET /big/4 HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n"
                    + "GET /shared/whoami HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n");
            assertThat(session.run("response")).isEqualTo("200 <4194304 bytes>");
            assertThat(session.run("response")).startsWith("200 ").contains("\"site-b\"");
        }
    }
}
