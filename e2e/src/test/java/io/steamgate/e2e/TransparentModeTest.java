package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The site's kernel sees the client's address itself; its way back leads through the edge. */
class TransparentModeTest {
    @RegisterExtension
    static final Lab lab = Lab.with("--mode", "transparent");

    @Test
    void the_sites_connection_comes_from_the_client() {
        assertThat(Lab.field(lab.get("http://a.test/whoami"), "clientAddress")).isEqualTo("192.0.2.2");
        assertThat(Lab.field(lab.get("https://b.test/whoami"), "clientAddress")).isEqualTo("192.0.2.2");
        try (Session session = Session.open(lab)) {
            assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");
            assertThat(lab.on("site-a", "ss", "-Htn", "( sport = :80 )").out()).contains("192.0.2.2:");
        }
    }

    @Test
    void a_download_arrives_bit_by_bit() {
        assertThat(TransferTest.digestThroughTheEdge(lab, "client", "http://a.test/big/32"))
                .isEqualTo(TransferTest.digestAtTheSource(lab, 32));
    }

    @Test
    void one_connection_alternates_between_two_sites() {
        try (Session session = Session.open(lab)) {
            for (int i = 0; i < 5; i++) {
                assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");
                assertThat(session.whoami("a.test", "/shared/whoami")).isEqualTo("site-b");
            }
        }
    }
}
