package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedScannerTest {
    private final ChunkedScanner scanner = new ChunkedScanner();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0\r\n\r\n",
                "4\r\nWiki\r\n5\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\n\r\n",
                "00000000000000a\r\n0123456789\r\n00\r\n\r\n",
                "3;name=value;other=\"quo;ted\"\r\nabc\r\n0;last\r\n\r\n",
                "3 \t; a = b\r\nabc\r\n0\r\n\r\n",
                "3  \r\nabc\r\n0 \r\n\r\n",
                "1\r\na\r\n0\r\nTrailer: yes\r\nEmpty:\r\n\r\n",
                "aB\r\n" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                        + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789a"
                        + "\r\n0\r\n\r\n",
            })
    void a_body_ends_behind_its_last_line(String body) {
        assertThat(scanner.feed(Bytes.of(body + "GET / HTTP/1.1"))).isEqualTo(body.length());
        assertThat(scanner.done()).isTrue();
        assertThat(scanner.malformed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"3\r\nabc\r\n0\r\nA: b\r\n\r\n", "0\r\n\r\n", "3;x=y\r\nabc\r\n0\r\n\r\n"})
    void a_body_in_single_octets_ends_at_the_same_place(String body) {
        for (int i = 0; i < body.length(); i++) {
            assertThat(scanner.done()).isFalse();
            assertThat(scanner.feed(Bytes.of(body.substring(i, i + 1)))).isEqualTo(1);
        }
        assertThat(scanner.done()).isTrue();
        assertThat(scanner.feed(Bytes.of("x"))).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // TERM.EXT and EXT.TERM: a line feed alone ends the line for one parser and not for the other
                "3\nabc\r\n0\r\n\r\n",
                "3;a\nabc\r\n0\r\n\r\n",
                "3 \nabc\r\n0\r\n\r\n",
                "3;\n",
                "3;a\rb",
                "3\rabc",
                "3\r\nabc\n",
                // SPILL.TERM: what lies behind the data is not read as its end
                "3\r\nabcd",
                "3\r\nabc0\r\n",
                "3\r\nabc\rx",
                "0\r\n\n",
                "0\r\nA: b\n",
                "0\r\nA: b\rx",
                "0\r\n A: b",
                "0\r\n: b",
                "0\r\nA b",
                "0\r\nA\r\n",
                "0\r\nA: \0",
                "\r\n",
                "",
                " 3\r\n",
                "-3\r\n",
                "+3\r\n",
                "0x3\r\n",
                "g\r\n",
                ";a\r\n",
                "3,\r\n",
                "3 a\r\n",
                "3\u000b\r\n",
                "3;\u0000",
            })
    void what_another_parser_could_end_elsewhere_is_malformed(String body) {
        scanner.feed(Bytes.of(body.isEmpty() ? "x" : body));

        assertThat(scanner.malformed()).isTrue();
        assertThat(scanner.done()).isFalse();
        assertThat(scanner.feed(Bytes.of("0\r\n\r\n"))).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"8000000000000000", "ffffffffffffffff", "10000000000000003", "00000000000000003"})
    void a_size_that_overflows_or_is_padded_to_is_malformed(String size) {
        scanner.feed(Bytes.of(size + "\r\n"));

        assertThat(scanner.malformed()).isTrue();
    }

    @Test
    void the_largest_size_is_skipped_like_any_other() {
        scanner.feed(Bytes.of("7fffffffffffffff\r\n"));
        assertThat(scanner.skippable()).isEqualTo(Long.MAX_VALUE);

        scanner.skip(Long.MAX_VALUE);
        assertThat(scanner.feed(Bytes.of("\r\n0\r\n\r\n"))).isEqualTo(7);
        assertThat(scanner.done()).isTrue();
    }

    @Test
    void only_data_may_be_skipped() {
        assertThat(scanner.skippable()).isZero();
        scanner.feed(Bytes.of("5\r\nab"));
        assertThat(scanner.skippable()).isEqualTo(3);
        assertThatThrownBy(() -> scanner.skip(4)).isInstanceOf(IllegalArgumentException.class);
        scanner.skip(0);
        scanner.skip(3);
        assertThat(scanner.skippable()).isZero();
        scanner.skip(0);
        assertThat(scanner.feed(Bytes.of("\r\n0\r\n\r\n"))).isEqualTo(7);
    }

    @Test
    void extensions_are_bounded_for_each_chunk_but_not_in_sum() {
        String signed = "1;chunk-signature=" + "0".repeat(64) + "\r\nx\r\n";
        scanner.feed(Bytes.of(signed.repeat(1000)));
        assertThat(scanner.malformed()).isFalse();

        scanner.feed(Bytes.of("1;" + "x".repeat(ChunkedScanner.EXTENSION_LIMIT)));
        assertThat(scanner.malformed()).isTrue();
    }

    @Test
    void blanks_behind_a_size_are_bounded_as_well() {
        scanner.feed(Bytes.of("1" + " ".repeat(ChunkedScanner.EXTENSION_LIMIT + 1)));

        assertThat(scanner.malformed()).isTrue();
    }

    @Test
    void trailers_are_bounded_in_sum() {
        scanner.feed(Bytes.of("0\r\n" + "A: b\r\n".repeat(ChunkedScanner.TRAILER_LIMIT / 4 + 1)));

        assertThat(scanner.malformed()).isTrue();
    }

    @Test
    void a_scanner_is_used_again_for_the_next_body() {
        scanner.feed(Bytes.of("zzz"));
        scanner.reset();

        assertThat(scanner.feed(Bytes.of("0\r\n\r\n"))).isEqualTo(5);
        assertThat(scanner.done()).isTrue();
    }

    @Test
    void a_piece_of_native_memory_is_read_alike() {
        byte[] body = "..3\r\nabc\r\n0\r\n\r\nGET".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

        assertThat(scanner.feed(MemorySegment.ofArray(body), 2, body.length - 2))
                .isEqualTo(13);
        assertThat(scanner.done()).isTrue();
    }
}
