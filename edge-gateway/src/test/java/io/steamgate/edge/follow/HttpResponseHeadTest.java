package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.follow.HttpResponseHead.Head;
import io.steamgate.edge.follow.HttpResponseHead.Incomplete;
import io.steamgate.edge.follow.HttpResponseHead.Malformed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpResponseHeadTest {
    @Test
    void the_example_of_rfc_9110_section_3_9() {
        String text = "HTTP/1.1 200 OK\r\nDate: Mon, 27 Jul 2009 12:28:53 GMT\r\nServer: Apache\r\n"
                + "Last-Modified: Wed, 22 Jul 2009 19:15:56 GMT\r\nETag: \"34aa387-d-1568eb00\"\r\nAccept-Ranges: bytes\r\n"
                + "Content-Length: 51\r\nVary: Accept-Encoding\r\nContent-Type: text/plain\r\n\r\n";

        assertThat(parse(text + "Hello World!", "GET"))
                .isEqualTo(new Head(HttpVersion.HTTP_1_1, 200, text.length(), false, true, new BodyFraming.Length(51)));
    }

    @ParameterizedTest
    @CsvSource({
        // RFC 9112 section 6.3, rule by rule
        "HEAD, 200, 'Content-Length: 5', none",
        "HEAD, 200, 'Transfer-Encoding: chunked', none",
        "GET, 204, 'Content-Length: 5', none",
        "GET, 304, 'Transfer-Encoding: chunked', none",
        "GET, 100, 'Content-Length: 5', none",
        "GET, 101, 'Content-Length: 5', tunnel",
        "CONNECT, 200, 'Content-Length: 5', tunnel",
        "CONNECT, 299, 'Transfer-Encoding: chunked', tunnel",
        "CONNECT, 407, 'Content-Length: 5', length 5",
        "GET, 200, 'Transfer-Encoding: chunked', chunked",
        "GET, 200, 'Transfer-Encoding: gzip, chunked', chunked",
        "GET, 200, 'Transfer-Encoding: foo, chunked', chunked",
        "GET, 200, 'Transfer-Encoding: gzip', until close",
        "GET, 200, 'Content-Length: 5', length 5",
        "GET, 200, 'Content-Length: 5, 5', length 5",
        "GET, 200, 'Content-Length: 5\r\nContent-Length: 5', length 5",
        "GET, 200, 'X: y', until close",
        "GET, 999, 'Content-Length: 0', length 0",
        "GET, 205, 'Content-Length: 0', length 0",
    })
    void the_end_of_a_body_follows_the_rules(String method, int status, String field, String framing) {
        assertThat(framing("HTTP/1.1 " + status + " x\r\n" + field + "\r\n\r\n", method))
                .isEqualTo(framing);
    }

    @ParameterizedTest
    @CsvSource({
        "'HTTP/2.0 200 OK', bad-status-line",
        "'HTTP/1.1  200 OK', bad-status-line",
        "'HTTP/1.1 20 OK', bad-status-line",
        "'HTTP/1.1 2000 OK', bad-status-line",
        "'HTTP/1.1 099 OK', bad-status-line",
        "'HTTP/1.1 2x0 OK', bad-status-line",
        "'HTTP/1.1', bad-status-line",
        "'HTTP/1.1 200 O\u0000K', bad-status-line",
        "'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6', bad-content-length",
        "'HTTP/1.1 200 OK\r\nContent-Length: +5', bad-content-length",
        "'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked', length-and-coding",
        "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip', bad-transfer-coding",
        "'HTTP/1.1 200 OK\r\nContent-Length : 5', bad-field",
        "'HTTP/1.1 200 OK\r\nX: a\rb', bad-field",
        "'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 2', obsolete-fold",
        "'HTTP/1.1 200 OK\r\n X: y', obsolete-fold",
    })
    void what_cannot_be_framed_is_malformed(String head, String reason) {
        assertThat(parse(head + "\r\n\r\n", "GET")).isEqualTo(new Malformed(reason));
    }

    @Test
    void a_fold_of_any_other_field_is_let_pass() {
        assertThat(framing("HTTP/1.1 200 OK\r\nX: y\r\n\tContent-Length: 9\r\nContent-Length: 5\r\n\r\n", "GET"))
                .isEqualTo("length 5");
    }

    @Test
    void a_bare_line_feed_ends_a_line_too() {
        assertThat(parse("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "GET"))
                .isEqualTo(new Head(HttpVersion.HTTP_1_1, 200, 35, false, true, new BodyFraming.Length(5)));
    }

    @Test
    void the_reason_may_be_missing() {
        assertThat(framing("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n", "GET")).isEqualTo("length 5");
        assertThat(framing("HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\n", "GET")).isEqualTo("length 5");
    }

    @Test
    void a_coding_in_http_1_0_is_not_believed() {
        assertThat(parse("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n", "GET"))
                .isInstanceOfSatisfying(Head.class, head -> {
                    assertThat(head.body()).isEqualTo(BodyFraming.UNTIL_CLOSE);
                    assertThat(head.keepAlive()).isFalse();
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>", "HTTQ", "h", "\r\nHTTP/1.1 200 OK\r\n\r\n", "\0"})
    void what_has_no_status_line_is_all_body(String text) {
        assertThat(parse(text, "GET"))
                .isEqualTo(new Head(HttpVersion.HTTP_0_9, 0, 0, false, false, BodyFraming.UNTIL_CLOSE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "H", "HTTP/", "HTTP/1.1 200 OK\r", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n\r"})
    void a_beginning_waits_for_more(String text) {
        assertThat(parse(text, "GET")).isInstanceOf(Incomplete.class);
    }

    @Test
    void a_head_over_the_limit_is_malformed() {
        assertThat(HttpResponseHead.parse(Bytes.of("HTTP/1.1 200 OK\r\nX: " + "x".repeat(300)), 256, "GET"))
                .isEqualTo(new Malformed("head-too-large"));
    }

    @ParameterizedTest
    @CsvSource({
        "'HTTP/1.1 200 OK', true",
        "'HTTP/1.1 200 OK\r\nConnection: Close', false",
        "'HTTP/1.0 200 OK', false",
        "'HTTP/1.0 200 OK\r\nConnection: keep-alive', true",
    })
    void a_connection_is_kept_as_version_and_options_say(String head, boolean kept) {
        assertThat(parse(head + "\r\nContent-Length: 0\r\n\r\n", "GET"))
                .isInstanceOfSatisfying(
                        Head.class, it -> assertThat(it.keepAlive()).isEqualTo(kept));
    }

    private static HttpResponseHead parse(String text, String method) {
        return HttpResponseHead.parse(Bytes.of(text), 16 * 1024, method);
    }

    private static String framing(String text, String method) {
        assertThat(parse(text, method)).isInstanceOf(Head.class);
        return switch (((Head) parse(text, method)).body()) {
            case BodyFraming.None() -> "none";
            case BodyFraming.Length(long bytes) -> "length " + bytes;
            case BodyFraming.Chunked() -> "chunked";
            case BodyFraming.UntilClose() -> "until close";
            case BodyFraming.Tunnel() -> "tunnel";
        };
    }
}
