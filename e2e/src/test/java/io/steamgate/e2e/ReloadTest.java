package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ReloadTest {
    @RegisterExtension
    static final Lab lab = Lab.with();

    private static final String RULE = "- {host: b.test, service: site-b}";

    @Test
    void new_routes_count_for_new_connections_and_leave_the_old_ones_alone() {
        try (Session kept = Session.open(lab);
                Command download = lab.start(
                        "client2",
                        "bash",
                        "-o",
                        "pipefail",
                        "-c",
                        "curl -sSf --limit-rate 16M http://a.test/big/64 | sha256sum")) {
            assertThat(kept.whoami("b.test", "/whoami")).isEqualTo("site-b");

            lab.changeRoutes(RULE, "- {host: b.test, service: pool}");

            Lab.eventually(
                    // site-a, the pool's first endpoint, does not serve b.test and says so.
                    "the new rule counts",
                    Lab.SHORT,
                    () -> lab.curl("-o", "/dev/null", "-w", "%{http_code}", "http://b.test/")
                            .out()
                            .equals("421"));
            assertThat(kept.whoami("b.test", "/whoami")).isEqualTo("site-b");
            assertThat(download.await(Duration.ofMinutes(1)).succeeded().out())
                    .isEqualTo(TransferTest.digestAtTheSource(lab, 64));
        }
    }

    @Test
    void a_bad_file_changes_nothing_and_its_error_is_logged_with_the_line() {
        String bad = lab.routes().replace(RULE, "- {host: b.test, service: not-a-service}");
        int line = 1
                + (int) bad.substring(0, bad.indexOf("not-a-service"))
                        .chars()
                        .filter(c -> c == '\n')
                        .count();

        lab.replaceRoutes(bad);

        Lab.eventually(
                "the error is in the log",
                Lab.SHORT,
                () -> lab.on(
                                        "edge",
                                        "grep",
                                        "-c",
                                        "not-a-service",
                                        Lab.folder().resolve("edge/log").toString())
                                .exit()
                        == 0);
        String log = lab.on(
                        "edge",
                        "grep",
                        "not-a-service",
                        Lab.folder().resolve("edge/log").toString())
                .out();
        assertThat(log).contains(":" + line);
        assertThat(lab.whoami("http://b.test/whoami")).isEqualTo("site-b");
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
    }
}
