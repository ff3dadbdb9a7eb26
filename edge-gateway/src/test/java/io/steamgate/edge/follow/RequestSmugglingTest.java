package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.follow.HttpRequestHead.Malformed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that two parsers could end at two places. What the edge takes is replayed as it came, so whatever a service
 * might read otherwise than the edge must not get past it (RFC 9112 section 11.2).
 */
class RequestSmugglingTest {
    private static final String START = "POST / HTTP/1.1\r\nHost: a.test\r\n";

    @Test
    void cl_te_is_refused() {
        assertRefused("Content-Length: 13\r\nTransfer-Encoding: chunked", 400, "length-and-coding");
    }

    @Test
    void te_cl_is_refused() {
        assertRefused("Transfer-Encoding: chunked\r\nContent-Length: 3", 400, "length-and-coding");
    }

    @Test
    void a_bad_length_beside_a_coding_is_refused() {
        assertRefused("Transfer-Encoding: chunked\r\nContent-Length: x", 400, "length-and-coding");
    }

    @ParameterizedTest
    @CsvSource({
        "'Transfer-Encoding: xchunked', 501, unknown-transfer-coding",
        "'Transfer-Encoding: chunked, xchunked', 400, bad-transfer-coding",
        "'Transfer-Encoding: xchunked, chunked', 501, unknown-transfer-coding",
        "'Transfer-Encoding: chunked\r\nTransfer-Encoding: x', 400, bad-transfer-coding",
        "'Transfer-Encoding: chunked\r\nTransfer-encoding: identity', 400, bad-transfer-coding",
        "'Transfer-Encoding: identity', 400, bad-transfer-coding",
        "'Transfer-Encoding: gzip', 400, bad-transfer-coding",
        "'Transfer-Encoding: chunked, chunked', 400, bad-transfer-coding",
        "'Transfer-Encoding: chunked, gzip', 400, bad-transfer-coding",
        "'Transfer-Encoding: , chunked', 400, bad-transfer-coding",
        "'Transfer-Encoding: chunked,', 400, bad-transfer-coding",
        "'Transfer-Encoding:', 400, bad-transfer-coding",
        "'Transfer-Encoding: chunked;q=1', 400, bad-transfer-coding",
        "'Transfer-Encoding: \"chunked\"', 400, bad-transfer-coding",
        "'Transfer-Encoding: chunked foo', 400, bad-transfer-coding",
        "'Transfer-Encoding: chunk\u00e9d', 400, bad-transfer-coding",
        "'Transfer-Encoding: gzip;q=1, chunked', 501, unknown-transfer-coding",
        "'Transfer-Encoding: \u000bchunked', 400, bad-field",
        "'Transfer-Encoding : chunked', 400, bad-field",
        "'Transfer-Encoding\t: chunked', 400, bad-field",
        "'Transfer-Encoding\u000b: chunked', 400, bad-field",
        "' Transfer-Encoding: chunked', 400, obsolete-fold",
        "'X: y\r\n Transfer-Encoding: chunked', 400, obsolete-fold",
        "'Transfer-Encoding:\r\n chunked', 400, obsolete-fold",
        "'X: y\rTransfer-Encoding: chunked', 400, bad-field",
        "'X: y\nTransfer-Encoding: chunked', 400, bare-lf",
        "'X: y\u0000\r\nTransfer-Encoding: chunked', 400, bad-field",
        "'Transfer-Encoding', 400, bad-field",
        "': chunked', 400, bad-field",
        "'Tr\u00e4nsfer-Encoding: chunked', 400, bad-field",
        "'X y: z', 400, bad-field",
        "'X: \u007f', 400, bad-field",
    })
    void te_te_obfuscations_are_refused(String fields, int status, String reason) {
        assertRefused(fields, status, reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: +5",
                "Content-Length: -5",
                "Content-Length: 0x5",
                "Content-Length: 5 5",
                "Content-Length:",
                "Content-Length: 5.0",
                "Content-Length: 5,",
                "Content-Length: \u00b25",
                "Content-Length: 9223372036854775808",
                "Content-Length: 18446744073709551621",
                "Content-Length: 99999999999999999999999999",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5, 6",
            })
    void a_content_length_that_is_no_one_number_is_refused(String fields) {
        assertRefused(fields, 400, "bad-content-length");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5, 5"})
    void a_content_length_twice_is_refused_though_equal(String fields) {
        assertRefused(fields, 400, "several-content-lengths");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: a.test", "Host: b.test", "hOST:", "Host: bad host"})
    void a_second_host_is_refused_whatever_it_is(String field) {
        assertRefused(field, 400, "several-hosts");
    }

    @Test
    void a_coding_in_http_1_0_is_refused() {
        assertThat(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"))
                .isEqualTo(new Malformed(400, "coding-in-http-1.0"));
    }

    @Test
    void a_body_in_connect_is_refused() {
        assertThat(parse("CONNECT a.test:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"))
                .isEqualTo(new Malformed(400, "body-in-connect"));
        assertThat(parse("CONNECT a.test:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"))
                .isEqualTo(new Malformed(400, "body-in-connect"));
    }

    @Test
    void a_head_that_ends_in_bare_line_feeds_is_refused() {
        assertThat(parse("GET / HTTP/1.1\r\nHost: a\n\nGET /x HTTP/1.1\r\n\r\n"))
                .isEqualTo(new Malformed(400, "bare-lf"));
        assertThat(parse("GET / HTTP/1.1\r\nHost: a\r\n\nGET /x HTTP/1.1\r\n\r\n"))
                .isEqualTo(new Malformed(400, "bare-lf"));
    }

    @Test
    void a_blank_before_the_first_field_is_refused() {
        assertThat(parse("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n")).isEqualTo(new Malformed(400, "obsolete-fold"));
    }

    @Test
    void http_1_1_without_a_host_is_refused() {
        assertThat(parse("GET / HTTP/1.1\r\n\r\n")).isEqualTo(new Malformed(400, "no-host"));
        assertThat(parse("GET http://a.test/ HTTP/1.1\r\n\r\n")).isEqualTo(new Malformed(400, "no-host"));
    }

    private static void assertRefused(String fields, int status, String reason) {
        assertThat(parse(START + fields + "\r\n\r\n")).isEqualTo(new Malformed(status, reason));
    }

    private static HttpRequestHead parse(String text) {
        return HttpRequestHead.parse(Bytes.of(text), 16 * 1024);
    }
}
