package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.follow.HttpExchanges.State;
import io.steamgate.edge.follow.HttpExchanges.Step;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpExchangesTest {
    private static final String GET = "GET /one HTTP/1.1\r\nHost: a.test\r\n\r\n";
    private static final String HEAD = "HEAD /one HTTP/1.1\r\nHost: a.test\r\n\r\n";
    private static final String POST = "POST /two HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\n";
    private static final String UPGRADE =
            "GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    private static final String CONNECT = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final HttpExchanges exchanges = new HttpFraming(1024, 1024, 3).connection();

    @Test
    void a_request_is_announced_at_its_head_and_belongs_to_nobody_until_admitted() {
        assertThat(exchanges.request(Bytes.of(GET))).isEqualTo(Step.HEAD);

        assertThat(exchanges.taken()).isEqualTo(GET.length());
        assertThat(exchanges.head().key().path()).contains("/one");
        assertThat(exchanges.admittedTo()).isZero();
        assertThat(exchanges.answered()).isTrue();

        exchanges.admit();
        assertThat(exchanges.admittedTo()).isEqualTo(GET.length());
        assertThat(exchanges.answered()).isFalse();
    }

    @Test
    void a_request_is_admitted_once() {
        send(GET);

        assertThatThrownBy(exchanges::admit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(exchanges::head).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void octets_behind_an_announced_head_are_not_taken() {
        exchanges.request(Bytes.of(GET));

        assertThat(exchanges.request(Bytes.of(GET))).isEqualTo(Step.HEAD);
        assertThat(exchanges.taken()).isZero();
    }

    @Test
    void a_head_in_pieces_belongs_to_nobody_until_it_is_whole() {
        send(GET);
        assertThat(exchanges.request(Bytes.of("GET /n"))).isEqualTo(Step.MORE);

        assertThat(exchanges.requestOffset()).isEqualTo(GET.length() + 6);
        assertThat(exchanges.admittedTo()).isEqualTo(GET.length());
        assertThat(exchanges.request(Bytes.of("ext HTTP/1.1\r\nHost: b.test\r\n\r\nGET")))
                .isEqualTo(Step.HEAD);
        assertThat(exchanges.taken()).isEqualTo("ext HTTP/1.1\r\nHost: b.test\r\n\r\n".length());
        assertThat(exchanges.head().host()).contains("b.test");
        assertThat(exchanges.head().path()).contains("/next");
    }

    @Test
    void a_response_of_known_length_answers_its_request() {
        send(GET);
        respond(OK.substring(0, OK.length() - 1));
        assertThat(exchanges.answered()).isFalse();

        respond(OK.substring(OK.length() - 1));
        assertThat(exchanges.answered()).isTrue();
        assertThat(exchanges.answeredTo()).isEqualTo(OK.length());
        assertThat(exchanges.status()).isEqualTo(200);
        assertThat(exchanges.state()).isEqualTo(State.FOLLOWED);
    }

    @Test
    void the_rest_of_a_known_body_may_pass_unseen_both_ways() {
        send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx");
        assertThat(exchanges.requestSkippable()).isEqualTo(999_999);
        exchanges.skipRequest(999_999);
        assertThat(exchanges.requestSkippable()).isZero();
        send(GET);

        String head = "HTTP/1.1 200 OK\r\nContent-Length: 3000000000\r\n\r\n";
        respond(head);
        assertThat(exchanges.responseSkippable()).isEqualTo(3_000_000_000L);
        exchanges.skipResponse(3_000_000_000L);
        assertThat(exchanges.answeredTo()).isEqualTo(head.length() + 3_000_000_000L);
        assertThat(exchanges.outstanding()).isEqualTo(1);
    }

    @Test
    void chunk_data_may_pass_unseen() {
        send(GET);
        respond("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n");
        assertThat(exchanges.responseSkippable()).isEqualTo(0x10000);
        exchanges.skipResponse(0x10000);
        respond("\r\n0\r\n");
        assertThat(exchanges.answered()).isFalse();
        respond("\r\n");
        assertThat(exchanges.answered()).isTrue();
    }

    @Test
    void pipelined_requests_are_answered_in_order() {
        send(GET);
        send(HEAD);
        send(GET);
        respond(OK + "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");

        assertThat(exchanges.outstanding()).isEqualTo(1);
        respond(OK);
        assertThat(exchanges.answered()).isTrue();
    }

    @Test
    void a_pipeline_that_is_full_waits_for_a_response() {
        send(GET);
        send(GET);
        send(GET);
        assertThat(exchanges.request(Bytes.of(GET))).isEqualTo(Step.WAIT);
        assertThat(exchanges.taken()).isZero();

        respond(OK);
        send(GET);
    }

    @Test
    void interim_responses_answer_nothing() {
        send(GET);
        respond("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        assertThat(exchanges.answered()).isFalse();
        assertThat(exchanges.status()).isZero();

        respond(OK);
        assertThat(exchanges.answered()).isTrue();
    }

    @Test
    void a_client_may_wait_for_100_before_it_sends_the_body() {
        send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        respond("HTTP/1.1 100 Continue\r\n\r\n");
        assertThat(exchanges.request(Bytes.of("hello"))).isEqualTo(Step.MORE);
        respond(OK);

        assertThat(exchanges.answered()).isTrue();
        assertThat(exchanges.admittedTo()).isEqualTo(exchanges.requestOffset());
    }

    @Test
    void a_response_may_be_whole_before_its_request_is() {
        send(POST + "he");
        respond("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
        assertThat(exchanges.answered()).isTrue();

        assertThat(exchanges.request(Bytes.of("llo" + GET))).isEqualTo(Step.HEAD);
        assertThat(exchanges.taken()).isEqualTo(3 + GET.length());
        assertThat(exchanges.admittedTo()).isEqualTo(POST.length() + 5);
    }

    @ParameterizedTest
    @CsvSource({"204", "304"})
    void a_status_without_a_body_has_none_whatever_its_fields_say(int status) {
        send(GET);
        respond("HTTP/1.1 " + status + " x\r\nContent-Length: 5\r\n\r\n");

        assertThat(exchanges.answered()).isTrue();
    }

    @Test
    void a_response_that_ends_with_the_connection_is_never_whole() {
        send(GET);
        respond("HTTP/1.1 200 OK\r\n\r\nwhatever HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        assertThat(exchanges.answered()).isFalse();
        assertThat(exchanges.state()).isEqualTo(State.CLOSING);
        assertThat(exchanges.responseSkippable()).isPositive();
    }

    @Test
    void an_answer_without_a_status_line_ends_with_the_connection_however_it_is_cut() {
        send("GET /old\r\n");
        respond("H");
        respond("TTP is fun");

        assertThat(exchanges.state()).isEqualTo(State.CLOSING);
        assertThat(exchanges.responseOffset()).isEqualTo(11);
        assertThat(exchanges.answered()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            })
    void a_response_that_is_the_last_closes_the_connection(String response) {
        send(GET);
        respond(response);

        assertThat(exchanges.answered()).isTrue();
        assertThat(exchanges.state()).isEqualTo(State.CLOSING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n",
                "GET /old\r\n"
            })
    void behind_the_last_request_nothing_is_followed(String request) {
        send(request);

        assertThat(exchanges.request(Bytes.of("anything\n"))).isEqualTo(Step.MORE);
        assertThat(exchanges.admittedTo()).isEqualTo(request.length() + 9);
        respond(OK);
        assertThat(exchanges.state()).isEqualTo(State.CLOSING);
    }

    @Test
    void http_1_0_may_be_kept_alive_by_both() {
        send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        respond("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n");

        assertThat(exchanges.answered()).isTrue();
        assertThat(exchanges.state()).isEqualTo(State.FOLLOWED);
    }

    @Test
    void behind_an_upgrade_everything_waits_until_it_is_accepted() {
        send(UPGRADE);
        assertThat(exchanges.request(Bytes.of("\1\2\3"))).isEqualTo(Step.WAIT);

        respond("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes");
        assertThat(exchanges.tunnel()).isTrue();
        assertThat(exchanges.request(Bytes.of("\1\2\3"))).isEqualTo(Step.MORE);
        assertThat(exchanges.requestSkippable()).isPositive();
        assertThat(exchanges.responseSkippable()).isPositive();
    }

    @Test
    void a_refused_upgrade_goes_on_as_http() {
        send(UPGRADE);
        respond(OK);
        send(GET);

        assertThat(exchanges.state()).isEqualTo(State.FOLLOWED);
    }

    @Test
    void a_body_may_follow_the_head_of_an_upgrade() {
        send("POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab");
        assertThat(exchanges.request(Bytes.of("P"))).isEqualTo(Step.WAIT);
    }

    @Test
    void connect_accepted_is_a_tunnel_and_refused_is_not() {
        send(CONNECT);
        assertThat(exchanges.request(Bytes.of("\26\3\1"))).isEqualTo(Step.WAIT);
        respond("HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
        assertThat(exchanges.tunnel()).isFalse();

        send(CONNECT);
        respond("HTTP/1.1 200 Established\r\nContent-Length: 7\r\n\r\n\26\3\3");
        assertThat(exchanges.tunnel()).isTrue();
    }

    @Test
    void the_preface_of_http_2_is_a_tunnel_at_the_start_and_no_request_later() {
        assertThat(exchanges.request(Bytes.of(HttpRequestHead.HTTP2_PREFACE + "\0\0\0")))
                .isEqualTo(Step.MORE);
        assertThat(exchanges.tunnel()).isTrue();
        respond("\0\0\0\4");

        HttpExchanges later = new HttpFraming().connection();
        later.request(Bytes.of(GET));
        later.admit();
        assertThat(later.request(Bytes.of(HttpRequestHead.HTTP2_PREFACE))).isEqualTo(Step.MALFORMED);
        assertThat(later.malformed().status()).isEqualTo(505);
        assertThat(later.admittedTo()).isEqualTo(GET.length());
    }

    @Test
    void a_response_nobody_asked_for_breaks_the_connection() {
        send(GET);
        respond(OK + "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");

        assertThat(exchanges.state()).isEqualTo(State.BROKEN);
        assertThat(exchanges.fault()).isEqualTo("unsolicited-response");
        assertThat(exchanges.answeredTo()).isEqualTo(OK.length());
        assertThat(exchanges.request(Bytes.of(GET))).isEqualTo(Step.WAIT);
    }

    @Test
    void a_response_that_cannot_be_framed_breaks_the_connection() {
        send(GET);
        respond("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");

        assertThat(exchanges.state()).isEqualTo(State.BROKEN);
        assertThat(exchanges.fault()).isEqualTo("length-and-coding");
        assertThat(exchanges.answered()).isFalse();
    }

    @Test
    void a_response_with_a_bad_chunk_breaks_the_connection() {
        send(GET);
        respond("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx");

        assertThat(exchanges.fault()).isEqualTo("bad-chunk");
    }

    @Test
    void a_request_that_is_malformed_is_answered_and_belongs_to_nobody() {
        send(GET);
        assertThat(exchanges.request(Bytes.of("GE"))).isEqualTo(Step.MORE);
        assertThat(exchanges.request(Bytes.of("T / HTTP/3.0\r\n"))).isEqualTo(Step.MALFORMED);

        assertThat(exchanges.malformed()).isEqualTo(new HttpRequestHead.Malformed(505, "version-not-supported"));
        assertThat(exchanges.admittedTo()).isEqualTo(GET.length());
        assertThat(exchanges.request(Bytes.of(GET))).isEqualTo(Step.MALFORMED);
        assertThat(exchanges.taken()).isZero();
    }

    @Test
    void a_bad_chunk_of_a_request_is_answered_with_400() {
        String head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        exchanges.request(Bytes.of(head));
        exchanges.admit();

        assertThat(exchanges.request(Bytes.of("3\r\nabc\n"))).isEqualTo(Step.MALFORMED);
        assertThat(exchanges.malformed()).isEqualTo(new HttpRequestHead.Malformed(400, "bad-chunk"));
        assertThat(exchanges.admittedTo()).isEqualTo(head.length() + "3\r\nabc".length());
    }

    @Test
    void a_head_over_the_limit_is_answered_with_431() {
        assertThat(exchanges.request(Bytes.of("GET / HTTP/1.1\r\nX: " + "x".repeat(2000))))
                .isEqualTo(Step.MALFORMED);
        assertThat(exchanges.malformed().status()).isEqualTo(431);
    }

    @Test
    void pieces_in_native_memory_are_read_alike() {
        byte[] padded = ("..." + GET + POST + "hello").getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment segment = MemorySegment.ofArray(padded);

        assertThat(exchanges.request(segment, 3, padded.length - 3)).isEqualTo(Step.HEAD);
        assertThat(exchanges.taken()).isEqualTo(GET.length());
        exchanges.admit();
        assertThat(exchanges.request(segment, 3 + GET.length(), POST.length() + 5))
                .isEqualTo(Step.HEAD);
        exchanges.admit();
        assertThat(exchanges.request(segment, padded.length - 5, 5)).isEqualTo(Step.MORE);
        byte[] response = (OK + "HTTP/1.1 200 OK\r\nX: " + "x".repeat(900) + "\r\nContent-Length: 5\r\n\r\n12345")
                .getBytes(StandardCharsets.ISO_8859_1);
        exchanges.response(MemorySegment.ofArray(response), 0, response.length);

        assertThat(exchanges.answered()).isTrue();
        assertThat(exchanges.answeredTo()).isEqualTo(response.length);
    }

    @Test
    void a_long_head_in_native_memory_is_read_whole_or_in_two_pieces() {
        String text = "HTTP/1.1 200 OK\r\nX: " + "x".repeat(5000) + "\r\nContent-Length: 5\r\n\r\n12345";
        byte[] response = text.getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment segment = MemorySegment.ofArray(response);
        for (int cut : new int[] {0, 10, 2048, 4990, response.length - 6}) {
            HttpExchanges connection = new HttpFraming().connection();
            connection.request(Bytes.of(GET));
            connection.admit();
            connection.response(segment, 0, cut);
            connection.response(segment, cut, response.length - cut);

            assertThat(connection.answered()).as("cut at %s", cut).isTrue();
            assertThat(connection.answeredTo()).isEqualTo(response.length);
        }
    }

    /** Sends one request with as much of its body as there is, and admits it. */
    private void send(String request) {
        Bytes bytes = Bytes.of(request);
        assertThat(exchanges.request(bytes)).isEqualTo(Step.HEAD);
        int head = exchanges.taken();
        Optional<String> path = exchanges.head().path();
        assertThat(path.orElse("/")).startsWith("/");
        exchanges.admit();
        assertThat(exchanges.request(bytes.slice(head, bytes.length() - head))).isEqualTo(Step.MORE);
    }

    private void respond(String response) {
        long before = exchanges.responseOffset();
        exchanges.response(Bytes.of(response));
        assertThat(exchanges.responseOffset()).isEqualTo(before + response.length());
    }
}
