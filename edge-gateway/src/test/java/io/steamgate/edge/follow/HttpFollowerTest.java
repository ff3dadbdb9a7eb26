package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpFollowerTest {
    private final HttpFollower follower = new HttpFollower();

    @Test
    void a_request_is_routed_by_host_path_cookies_and_tags() {
        RouteKey key = routed("GET /shared/a?x=1 HTTP/1.1\r\nHost: A.Test:8080\r\nCookie: a=1; b=two\r\n"
                + "If-None-Match: W/\"x,y\", \"z\"\r\nCookie: c=3\r\n\r\n");

        assertThat(key.protocol()).isEqualTo("http");
        assertThat(key.host()).contains("a.test");
        assertThat(key.path()).contains("/shared/a");
        assertThat(key.cookies())
                .containsExactly(
                        new RouteKey.Cookie("a", "1"), new RouteKey.Cookie("b", "two"), new RouteKey.Cookie("c", "3"));
        assertThat(key.entityTags()).containsExactly("x,y", "z");
        assertThat(key.alpn()).isEmpty();
    }

    @Test
    void http_0_9_is_routed_at_the_end_of_its_line() {
        RouteKey key = routed("GET /old\r\n");

        assertThat(key.host()).isEmpty();
        assertThat(key.path()).contains("/old");
    }

    @Test
    void http_1_0_needs_no_host() {
        assertThat(routed("GET / HTTP/1.0\r\n\r\n").host()).isEmpty();
        assertThat(routed("GET / HTTP/1.0\r\nHost: b.test\r\n\r\n").host()).contains("b.test");
    }

    @Test
    void prior_knowledge_of_http_2_is_routed_without_a_host() {
        RouteKey key = routed("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0");

        assertThat(key)
                .isEqualTo(new RouteKey("http2", Optional.empty(), Optional.empty(), List.of(), List.of(), List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "P",
                "PRI * HTTP/2.0\r\n",
                "PRI * HTTP/2.0\r\n\r\n",
                "\r",
                "\r\n\r\n",
                "GE",
                "GET ",
                "GET /a",
                "GET /a HTTP/1.1\r",
                "GET / HTTP/1.1\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n",
                "GET / HTTP/1.1\r\n\r"
            })
    void a_beginning_waits_for_more(String beginning) {
        assertThat(follow(beginning)).isEqualTo(new Decision.NeedMore(16 * 1024));
    }

    @ParameterizedTest
    @CsvSource({
        "'\u0016\u0003\u0001', 400, bad-request-line",
        "'\u0000', 400, bad-request-line",
        "' GET', 400, bad-request-line",
        "'GET\t', 400, bad-request-line",
        "'GET / HTTP/2.0\r\n', 505, version-not-supported",
        "'GET / HTTP/0.9\r\n', 505, version-not-supported",
        "'GET / http/1.1\r\n', 400, bad-request-line",
        "'GET /\n', 400, bare-lf",
        "'\n', 400, bad-request-line",
        "'\r\r', 400, bare-cr",
        "'\r\n\r\n\r\n', 400, empty-lines",
    })
    void a_bad_beginning_is_refused_at_once(String beginning, int status, String reason) {
        assertRejected(beginning, status, reason);
    }

    @Test
    void an_answer_is_complete_short_and_the_last() {
        Decision.Reject reject = (Decision.Reject) follow("\0");

        assertThat(new String(reject.reply(), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=us-ascii\r\n"
                        + "Content-Length: 16\r\nConnection: close\r\n\r\n400 Bad Request\n");
    }

    @Test
    void head_is_answered_without_a_body() {
        Decision.Reject reject = (Decision.Reject) follow("HEAD / HTTP/1.1\r\n\r\n");

        assertThat(new String(reject.reply(), StandardCharsets.US_ASCII)).endsWith("\r\n\r\n");
    }

    @Test
    void a_client_that_is_too_slow_is_told_so() {
        assertThat(new String(follower.onTimeout(), StandardCharsets.US_ASCII))
                .startsWith("HTTP/1.1 408 Request Timeout\r\n")
                .contains("Connection: close\r\n");
    }

    @Test
    void a_service_without_endpoints_invites_to_try_again() {
        assertThat(new String(follower.onUnavailable(), StandardCharsets.US_ASCII))
                .startsWith("HTTP/1.1 503 Service Unavailable\r\n")
                .contains("Retry-After: 5\r\n");
    }

    @Test
    void an_unknown_host_is_misdirected() {
        assertThat(new String(follower.onUnknown(), StandardCharsets.US_ASCII))
                .startsWith("HTTP/1.1 421 Misdirected Request\r\n");
    }

    @Test
    void a_client_that_sends_nothing_is_reset() {
        assertThat(follower.follow(Bytes.of(""), true)).isInstanceOfSatisfying(Decision.Reject.class, reject -> {
            assertThat(reject.reply()).isEmpty();
            assertThat(reject.reason()).isEqualTo("nothing-sent");
        });
    }

    @Test
    void a_client_that_stops_in_the_head_is_refused() {
        assertThat(follower.follow(Bytes.of("GET / HTTP/1.1\r\n"), true))
                .isInstanceOfSatisfying(
                        Decision.Reject.class,
                        reject -> assertThat(reject.reason()).isEqualTo("ended-in-head"));
    }

    @Test
    void a_request_line_that_fills_the_limit_is_too_long() {
        assertRejected("GET /" + "a".repeat(16 * 1024), 414, "uri-too-long");
    }

    @Test
    void a_head_may_fill_the_limit_and_no_more() {
        String start = "GET / HTTP/1.1\r\nHost: a.test\r\nX: ";
        String fits = start + "x".repeat(16 * 1024 - start.length() - 4) + "\r\n\r\n";

        assertThat(routed(fits + "more").host()).contains("a.test");
        assertRejected(start + "x" + fits.substring(start.length()), 431, "head-too-large");
        assertRejected(fits.substring(0, fits.length() - 4) + "xxxx", 431, "head-too-large");
    }

    private RouteKey routed(String text) {
        assertThat(follow(text)).isInstanceOf(Decision.Route.class);
        return ((Decision.Route) follow(text)).key();
    }

    private void assertRejected(String text, int status, String reason) {
        assertThat(follow(text)).isInstanceOfSatisfying(Decision.Reject.class, reject -> {
            assertThat(reject.reason()).isEqualTo(reason);
            assertThat(new String(reject.reply(), StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 " + status + " ");
        });
    }

    private Decision follow(String text) {
        return follower.follow(Bytes.of(text), false);
    }
}
