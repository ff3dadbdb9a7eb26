package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RoutingTest {
    @RegisterExtension
    static final Lab lab = Lab.with();

    private static final String CA = Lab.folder().resolve("tls/ca.pem").toString();

    @Test
    void two_hosts_on_one_address_are_served_by_two_sites() {
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
        assertThat(lab.whoami("http://b.test/whoami")).isEqualTo("site-b");
        assertThat(lab.get("http://a.test/")).isEqualTo("This is a.test, served by site-a.\n");
        assertThat(lab.get("http://b.test/")).isEqualTo("This is b.test, served by site-b.\n");
    }

    @Test
    void a_path_leads_to_another_site_than_its_host() {
        assertThat(lab.whoami("http://a.test/shared/whoami")).isEqualTo("site-b");
        assertThat(lab.get("http://a.test/shared/")).isEqualTo("This is a.test/shared/, served by site-b.\n");
        assertThat(lab.whoami("http://a.test/sharedwhoami/whoami")).isEqualTo("site-a");
    }

    @Test
    void the_host_is_found_whatever_its_case_and_port() {
        assertThat(lab.get("-HHost: B.TEST:80", "http://a.test/whoami")).contains("\"site-b\"");
    }

    @Test
    void the_site_sees_the_clients_own_address_through_the_proxy_header() {
        String answer = lab.get("http://a.test/whoami");

        assertThat(Lab.field(answer, "clientAddress")).isEqualTo("192.0.2.2");
        assertThat(Lab.field(answer, "path")).isEqualTo("/whoami");
        Outcome other =
                lab.on("client2", "curl", "-sSf", "http://a.test/whoami").succeeded();
        assertThat(Lab.field(other.out(), "clientAddress")).isEqualTo("192.0.2.3");
    }

    @Test
    void the_site_sees_the_clients_own_port() {
        try (Session session = Session.open(lab)) {
            assertThat(Lab.field(session.get("a.test", "/whoami"), "clientPort"))
                    .isEqualTo(Integer.toString(session.port()));
        }
    }

    @Test
    void a_tls_connection_goes_to_the_site_its_server_name_says_and_shows_that_sites_certificate() {
        assertThat(lab.whoami("https://a.test/whoami")).isEqualTo("site-a");
        assertThat(lab.whoami("https://b.test/whoami")).isEqualTo("site-b");
        for (String name : new String[] {"a.test", "b.test"}) {
            Outcome hello = lab.on(
                    "client",
                    "sh",
                    "-c",
                    "openssl s_client -connect %s:443 -servername %s -CAfile %s -verify_return_error -verify_hostname %s </dev/null"
                            .formatted(Lab.VIP, name, CA, name));
            assertThat(hello.succeeded().out()).contains("CN = " + name).contains("Verification: OK");
        }
    }

    @Test
    void a_tls_client_is_known_to_the_site_by_its_own_address() {
        assertThat(Lab.field(lab.get("https://a.test/whoami"), "clientAddress")).isEqualTo("192.0.2.2");
    }

    @Test
    void a_client_hello_of_several_segments_finds_its_site() {
        // A hello padded by a long list of protocols, over a path that carries 536 bytes a segment.
        String protocols = "http/1.1," + "x".repeat(200).concat(",").repeat(20) + "y";
        Outcome hello = lab.on(
                "client",
                "sh",
                "-c",
                "openssl s_client -connect %s:443 -servername b.test -CAfile %s -alpn %s </dev/null"
                        .formatted(Lab.VIP, CA, protocols));
        assertThat(hello.out()).contains("CN = b.test");
    }

    @Test
    void a_tls_client_for_an_unknown_host_gets_an_alert() {
        Outcome refused = lab.curl("--connect-to", "c.test:443:" + Lab.VIP + ":443", "https://c.test/");

        assertThat(refused.exit()).isNotZero();
        // OpenSSL's name for the alert unrecognized_name (RFC 6066 section 3).
        assertThat(refused.err()).contains("unrecognized name");
    }

    @Test
    void an_http_client_for_an_unknown_host_gets_421() {
        Outcome answer = lab.curl(
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--connect-to",
                "c.test:80:" + Lab.VIP + ":80",
                "http://c.test/");

        assertThat(answer.succeeded().out()).isEqualTo("421");
    }
}
