package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AddressTest {
    @RegisterExtension
    static final Lab lab = Lab.with();

    @Test
    void no_kernel_owns_an_address_of_the_edge() {
        String addresses = lab.on("edge", "ip", "-o", "-4", "addr").succeeded().out();

        assertThat(addresses).contains("127.0.0.1").doesNotContain("192.0.2.").doesNotContain("198.51.100.");
        assertThat(lab.on("edge", "cat", "/proc/sys/net/ipv4/ip_forward").out().strip())
                .isEqualTo("0");
    }

    @Test
    void the_vip_answers_arp_with_the_address_of_the_edges_interface() {
        Outcome answer = lab.on("client", "arping", "-c", "3", "-w", "5", "-I", "eth0", Lab.VIP)
                .succeeded();

        assertThat(answer.out().toLowerCase(java.util.Locale.ROOT)).contains("02:00:c0:00:02:0a");
    }

    @Test
    void the_vip_answers_echo_requests_from_one_to_many_bytes() {
        for (String size : new String[] {"0", "56", "1472"}) {
            Outcome answer = lab.on("client", "ping", "-c", "3", "-i", "0.2", "-W", "2", "-s", size, Lab.VIP);
            assertThat(answer.succeeded().out()).contains("3 received");
        }
    }

    @Test
    void an_echo_request_in_fragments_is_answered() {
        assertThat(lab.on("client", "ping", "-c", "2", "-i", "0.2", "-W", "2", "-s", "6000", Lab.VIP)
                        .succeeded()
                        .out())
                .contains("2 received");
    }

    @Test
    void the_lan_address_answers_the_sites() {
        assertThat(lab.on("site-a", "ping", "-c", "2", "-i", "0.2", "-W", "2", "198.51.100.1")
                        .succeeded()
                        .out())
                .contains("2 received");
    }

    @Test
    void an_address_of_nobody_is_not_answered() {
        assertThat(lab.on("client", "arping", "-c", "2", "-w", "2", "-I", "eth0", "192.0.2.77")
                        .exit())
                .isNotZero();
    }

    @Test
    void a_port_without_listener_refuses_at_once() {
        Outcome refused = lab.curl("--connect-timeout", "5", "http://a.test:81/");

        // curl's 7: failed to connect, which a time-out (28) is not.
        assertThat(refused.exit()).isEqualTo(7);
    }
}
