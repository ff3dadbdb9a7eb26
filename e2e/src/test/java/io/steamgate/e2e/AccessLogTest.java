package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who was served by whom, and how much, is written down once: by the edge for each connection, by the site for each request. */
class AccessLogTest {
    @RegisterExtension
    static final Lab lab = Lab.with();

    /** Lines of a host's log with all of these in them. */
    private static List<String> lines(String host, String... with) {
        try {
            return Files.readString(Lab.folder().resolve(host).resolve("log"))
                    .lines()
                    .filter(line -> List.of(with).stream().allMatch(line::contains))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double value(String line, String key) {
        return Double.parseDouble(line.replaceAll(".* " + key + "=(\\S+).*", "$1"));
    }

    @Test
    void a_connection_has_its_line_when_it_has_ended() {
        String client;
        try (Session session = Session.open(lab)) {
            client = "client=192.0.2.2:" + session.port() + " ";
            assertThat(session.whoami("b.test", "/whoami")).isEqualTo("site-b");
            session.run("send GET /big/1 HTTP/1.1\\r\\nHost: b.test\\r\\n\\r\\n");
            assertThat(session.run("response")).startsWith("200 ");
            assertThat(lines("edge", client)).as("while it is open").isEmpty();
        }

        Lab.eventually(
                "its line is there", Lab.SHORT, () -> !lines("edge", client).isEmpty());
        assertThat(lines("edge", client)).singleElement().satisfies(line -> {
            assertThat(line)
                    .contains("transport=tcp")
                    .contains("vip=192.0.2.10:80")
                    .contains("host=b.test")
                    .contains("service=site-b")
                    .contains("endpoint=198.51.100.12:80")
                    .containsPattern("end=(closed|reset)");
            assertThat(value(line, "bytes_out")).isBetween(1_048_576.0, 1_300_000.0);
            assertThat(value(line, "bytes_in")).isBetween(50.0, 300_000.0);
            assertThat(value(line, "packets_out")).isPositive();
            assertThat(value(line, "seconds")).isBetween(0.0, 60.0);
        });
    }

    @Test
    void a_client_that_is_refused_has_its_line_too() {
        lab.curl("-o", "/dev/null", "--connect-to", "nowhere.test:80:" + Lab.VIP + ":80", "http://nowhere.test/");

        Lab.eventually(
                "its line is there",
                Lab.SHORT,
                () -> !lines("edge", "host=nowhere.test", "end=refused").isEmpty());
    }

    @Test
    void the_site_names_the_client_and_not_the_edge() {
        int port;
        try (Session session = Session.open(lab)) {
            port = session.port();
            assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");
        }

        Lab.eventually(
                "the site has logged it",
                Lab.SHORT,
                () -> lines("site-a", "192.0.2.2:" + port, "/whoami").size() == 1);
    }
}
