package io.steamgate.session.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SiteNameTest {
    @Test
    void caseAndPortAndTrailingDotDoNotMatter() {
        for (String authority : List.of("a.test", "A.Test", "a.test:8080", "a.test.", "a.test.:80", "a.test:")) {
            assertThat(SiteName.of(authority)).as(authority).contains("a.test");
        }
    }

    @Test
    void anIpv4AddressIsAName() {
        assertThat(SiteName.of("192.0.2.10:80")).contains("192.0.2.10");
    }

    @Test
    void whatCouldLeaveTheDirectoryIsNoName() {
        for (String authority : List.of(
                "",
                ".",
                "..",
                "a..b",
                ".a",
                "-a",
                "a/b",
                "a\\b",
                "a b",
                "a%2fb",
                "a\0",
                "[::1]",
                "user@a.test",
                "a.test:80x",
                "a.test:65536",
                "a.test:000080",
                "a.test..",
                "a".repeat(254))) {
            assertThat(SiteName.of(authority)).as(authority).isEmpty();
        }
    }
}
