package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.follow.HttpRequestHead.Head;
import io.steamgate.edge.follow.HttpRequestHead.Malformed;
import io.steamgate.edge.follow.HttpRequestHead.TargetForm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shapes of a request; what is refused for the sake of others is in {@link RequestSmugglingTest}. */
class HttpRequestHeadTest {
    private static final int LIMIT = 16 * 1024;

    @Test
    void the_example_of_rfc_9110_section_3_9() {
        String text = "GET /hello.txt HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\nHost: www.example.com\r\n"
                + "Accept-Language: en, mi\r\n\r\n";

        assertThat(parse(text))
                .isEqualTo(new Head(
                        "GET",
                        TargetForm.ORIGIN,
                        HttpVersion.HTTP_1_1,
                        java.util.Optional.of("www.example.com"),
                        java.util.Optional.of("/hello.txt"),
                        List.of(),
                        List.of(),
                        true,
                        text.length(),
                        false,
                        false,
                        BodyFraming.NONE));
    }

    @ParameterizedTest
    @CsvSource({
        // RFC 9112 sections 3.2.1 to 3.2.4
        "GET /where?q=now HTTP/1.1, www.example.org, ORIGIN, www.example.org, /where",
        "GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1, x, ABSOLUTE, www.example.org, /pub/WWW/TheProject.html",
        "CONNECT www.example.com:80 HTTP/1.1, www.example.com, AUTHORITY, www.example.com, ",
        "OPTIONS * HTTP/1.1, www.example.org:8001, ASTERISK, www.example.org, ",
        "GET HTTPS://A.test:8443 HTTP/1.1, b.test, ABSOLUTE, a.test, /",
        "GET http://a.test?x=/y HTTP/1.1, b.test, ABSOLUTE, a.test, /",
        "GET http://[2001:DB8::1]:80/a HTTP/1.1, b.test, ABSOLUTE, [2001:db8::1], /a",
        "GET / HTTP/1.1, '', ORIGIN, , /",
        "GET //a?b HTTP/1.1, a.test, ORIGIN, a.test, //a",
        "GET /%2e%2e/%41?x HTTP/1.1, a.test, ORIGIN, a.test, /%2e%2e/%41",
        "GET /a;b=c|d HTTP/1.1, a.test, ORIGIN, a.test, /a;b=c|d",
        "GET /? HTTP/1.7, a.test, ORIGIN, a.test, /",
    })
    void each_form_of_target_names_host_and_path(
            String line, String hostField, TargetForm form, String host, String path) {
        Head head = head(line + "\r\nHost: " + hostField + "\r\n\r\n");

        assertThat(head.form()).isEqualTo(form);
        assertThat(head.host().orElse(null)).isEqualTo(host);
        assertThat(head.path().orElse(null)).isEqualTo(path);
        assertThat(head.version()).isEqualTo(HttpVersion.HTTP_1_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET a HTTP/1.1",
                "GET * HTTP/1.1",
                "OPTIONS *x HTTP/1.1",
                "GET ftp://a.test/ HTTP/1.1",
                "GET http:/a.test HTTP/1.1",
                "GET http://u@a.test/ HTTP/1.1",
                "GET http:// HTTP/1.1",
                "GET http://:80/ HTTP/1.1",
                "GET a.test:80 HTTP/1.1",
                "CONNECT / HTTP/1.1",
                "CONNECT a.test HTTP/1.1",
                "CONNECT a.test: HTTP/1.1",
                "CONNECT a.test:x HTTP/1.1",
                "CONNECT http://a.test/ HTTP/1.1",
            })
    void a_target_of_no_form_is_refused(String line) {
        assertThat(parse(line + "\r\nHost: a.test\r\n\r\n")).isEqualTo(new Malformed(400, "bad-target"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET  / HTTP/1.1",
                "GET / HTTP/1.1 ",
                "GET /  HTTP/1.1",
                "GET /a b HTTP/1.1",
                "GET /\tHTTP/1.1",
                "GET / HTTP/1.",
                "GET / HTTP/11",
                "GET / HTTP/1.10",
                "GET / HTTP/a.1",
                "GET / HTTPS/1.1",
                "GET / ",
                "GET ",
                "POST /old",
                "GET old",
                "GET /a#b HTTP/1.1",
                "GET /\u00fc HTTP/1.1",
                "GET /\u0000 HTTP/1.1",
                "GET /\u007f HTTP/1.1",
                "GET /a\rb HTTP/1.1",
                "G(T / HTTP/1.1",
            })
    void a_request_line_that_is_none_is_refused_at_its_end(String line) {
        assertThat(parse(line + "\r\n")).isEqualTo(new Malformed(400, "bad-request-line"));
    }

    @Test
    void any_token_is_a_method_unless_it_is_endless() {
        assertThat(head("PROP-FIND! / HTTP/1.1\r\nHost: a\r\n\r\n").method()).isEqualTo("PROP-FIND!");
        assertThat(head("get / HTTP/1.1\r\nHost: a\r\n\r\n").method()).isEqualTo("get");
        assertThat(parse("M".repeat(64))).isInstanceOf(HttpRequestHead.Incomplete.class);
        assertThat(parse("M".repeat(65))).isEqualTo(new Malformed(501, "method-too-long"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "GEX", "P"})
    void a_method_is_named_as_it_was_sent(String method) {
        assertThat(head(method + " / HTTP/1.1\r\nHost: a\r\n\r\n").method()).isEqualTo(method);
    }

    @Test
    void one_or_two_empty_lines_may_come_first_and_count() {
        assertThat(head("\r\nGET / HTTP/1.0\r\n\r\n").length()).isEqualTo(20);
        assertThat(head("\r\n\r\nGET /\r\n").length()).isEqualTo(11);
        assertThat(parse("\r\n\r\n\r\nGET /\r\n")).isEqualTo(new Malformed(400, "empty-lines"));
    }

    @ParameterizedTest
    @CsvSource({
        "A.TEST, a.test",
        "a.test:80, a.test",
        "a.test:, a.test",
        "a.test., a.test",
        "a.test.:8080, a.test",
        "my_host-1, my_host-1",
        "192.0.2.10:80, 192.0.2.10",
        "[::1], [::1]",
        "[2001:DB8:0:0::192.0.2.1]:443, [2001:db8:0:0::192.0.2.1]",
        "[1:2:3:4:5:6:7:8], [1:2:3:4:5:6:7:8]",
    })
    void a_host_is_brought_to_one_form(String field, String host) {
        assertThat(head("GET / HTTP/1.1\r\nHOST:\t" + field + " \t\r\n\r\n").host())
                .contains(host);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a b",
                "a,b",
                "a/b",
                "u@a",
                "a:b",
                "a:80:80",
                "a:123456",
                "a:65536",
                ".",
                ".a",
                "a..b",
                "a..",
                "[::1",
                "::1",
                "[::1]x",
                "[1:2:3:4:5:6:7]",
                "[1::2::3]",
                "[:1]",
                "[1:]",
                "[12345::]",
                "[::1%25eth0]",
                "[v1.x]",
                "[::192.0.2]",
                "[::192.0.2.256]",
                "[1:2:3:4:5:6:7::8]",
                "[1:2:3:4:5:6:7::8:9]",
                "%61.test",
                "b\u00fccher.test",
                "a\"b",
                ":80",
            })
    void a_host_that_is_none_is_refused(String field) {
        assertThat(parse("GET / HTTP/1.1\r\nHost: " + field + "\r\n\r\n")).isEqualTo(new Malformed(400, "bad-host"));
    }

    @Test
    void a_host_is_no_longer_than_dns_allows() {
        String label = "a".repeat(63);
        String longest = String.join(".", label, label, label, label);

        assertThat(head("GET / HTTP/1.1\r\nHost: " + longest + "\r\n\r\n").host())
                .contains(longest);
        assertThat(parse("GET / HTTP/1.1\r\nHost: " + longest + ".a\r\n\r\n"))
                .isEqualTo(new Malformed(400, "bad-host"));
        assertThat(parse("GET / HTTP/1.1\r\nHost: a" + label + "\r\n\r\n")).isEqualTo(new Malformed(400, "bad-host"));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1, X: y, true",
        "HTTP/1.1, Connection: close, false",
        "HTTP/1.1, 'Connection: foo , CLOSE', false",
        "HTTP/1.1, 'Connection: closed', true",
        "HTTP/1.0, X: y, false",
        "HTTP/1.0, Connection: Keep-Alive, true",
        "HTTP/1.0, 'Connection: keep-alive, close', false",
    })
    void a_connection_is_kept_as_its_version_and_options_say(String version, String field, boolean kept) {
        assertThat(head("GET / " + version + "\r\nHost: a\r\n" + field + "\r\n\r\n")
                        .keepAlive())
                .isEqualTo(kept);
    }

    @Test
    void an_upgrade_is_one_only_with_its_connection_option_and_in_http_1_1() {
        assertThat(head("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n")
                        .upgrade())
                .isTrue();
        assertThat(head("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n")
                        .upgrade())
                .isFalse();
        assertThat(head("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n")
                        .upgrade())
                .isFalse();
        assertThat(head("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
                        .upgrade())
                .isFalse();
    }

    @Test
    void expectation_of_100_is_seen_in_http_1_1_only() {
        assertThat(head("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n")
                        .expectContinue())
                .isTrue();
        assertThat(head("PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expectContinue())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "'a=1;b=2', 'a=1 b=2'",
        "' a = 1 ; ; =x; flag; b=\"2\"; c==', 'a = 1 b=\"2\" c=='",
        "'', ''",
        "';;;', ''",
    })
    void cookies_are_pairs_in_order(String field, String pairs) {
        Head head = head("GET / HTTP/1.1\r\nHost: a\r\nCookie: " + field + "\r\n\r\n");

        assertThat(head.cookies().stream().map(c -> c.name() + "=" + c.value()).toList())
                .isEqualTo(pairs.isEmpty() ? List.of() : List.of(pairs.split(" (?=[b-z])")));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"a\"', a",
        "'W/\"a,b\" , \"c\",,\"\"', 'a,b|c|'",
        "'*', ",
        "'a, \"b\", w/\"c\"', b",
        "'\"a', ",
        "'W/', ",
    })
    void entity_tags_are_named_without_quotes_or_weakness(String field, String tags) {
        Head head = head("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: " + field + "\r\n\r\n");

        assertThat(head.entityTags()).isEqualTo(tags == null ? List.of() : List.of(tags.split("\\|", -1)));
    }

    @ParameterizedTest
    @CsvSource({
        "'X:y', none",
        "'Content-Length: 0', length 0",
        "'Content-Length: 00042', length 42",
        "'Content-Length:9223372036854775807', length 9223372036854775807",
        "'Transfer-Encoding: Chunked', chunked",
        "'Transfer-Encoding: gzip, chunked', chunked",
        "'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked', chunked",
    })
    void the_end_of_a_body_is_said_by_length_or_chunks(String field, String framing) {
        BodyFraming body =
                head("POST / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n").body();

        assertThat(
                        switch (body) {
                            case BodyFraming.None() -> "none";
                            case BodyFraming.Length(long bytes) -> "length " + bytes;
                            case BodyFraming.Chunked() -> "chunked";
                            case BodyFraming.UntilClose() -> "until close";
                            case BodyFraming.Tunnel() -> "tunnel";
                        })
                .isEqualTo(framing);
    }

    @Test
    void a_head_is_found_at_any_place_in_an_array() {
        byte[] text = ("junk" + "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + "GET /next")
                .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);

        assertThat(HttpRequestHead.parse(new Bytes(text, 4, text.length - 4), LIMIT))
                .isInstanceOfSatisfying(
                        Head.class, head -> assertThat(head.length()).isEqualTo(27));
    }

    private static HttpRequestHead parse(String text) {
        return HttpRequestHead.parse(Bytes.of(text), LIMIT);
    }

    private static Head head(String text) {
        assertThat(parse(text)).isInstanceOf(Head.class);
        return (Head) parse(text);
    }
}
