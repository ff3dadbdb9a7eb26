package io.steamgate.session.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SitePathTest {
    @Test
    void aPathIsItsNamesDecoded() {
        assertThat(SitePath.parse("/")).isEqualTo(new SitePath.Names(List.of(), true));
        assertThat(SitePath.parse("/a/b.html")).isEqualTo(new SitePath.Names(List.of("a", "b.html"), false));
        assertThat(SitePath.parse("/a/")).isEqualTo(new SitePath.Names(List.of("a"), true));
        assertThat(SitePath.parse("/%61%20%C3%A9+")).isEqualTo(new SitePath.Names(List.of("a é+"), false));
        assertThat(SitePath.parse("/.well-known/x")).isEqualTo(new SitePath.Names(List.of(".well-known", "x"), false));
    }

    @Test
    void nothingClimbsOutHoweverItIsWritten() {
        for (String path : List.of(
                "/..",
                "/../a",
                "/a/../b",
                "/%2e%2e/a",
                "/.%2E/a",
                "/%2e%2e%2fa",
                "/a%2f..%2fb",
                "/..%5ca",
                "/a\\b",
                "/.",
                "/a/./b")) {
            assertThat(SitePath.parse(path)).as(path).isEqualTo(new SitePath.Refused(400));
        }
    }

    @Test
    void whatIsNoTextIsRefused() {
        for (String path : List.of(
                "",
                "a",
                "*",
                "/%",
                "/%4",
                "/%zz",
                "/%00",
                "/a%00.html",
                "/%0a",
                "/%7f",
                "/\u0001",
                "/é",
                "/%ff",
                "/%c0%af",
                "/%+1")) {
            assertThat(SitePath.parse(path)).as(path).isEqualTo(new SitePath.Refused(400));
        }
    }

    @Test
    void hiddenAndEmptyNamesAreNotFound() {
        for (String path : List.of("/.git/config", "/a/.htpasswd", "/%2egit", "//evil.example/", "/a//b", "/...")) {
            assertThat(SitePath.parse(path)).as(path).isEqualTo(new SitePath.Refused(404));
        }
    }
}
