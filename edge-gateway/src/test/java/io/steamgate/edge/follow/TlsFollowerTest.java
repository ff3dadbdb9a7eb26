package io.steamgate.edge.follow;

import static io.steamgate.edge.follow.ClientHellos.alpn;
import static io.steamgate.edge.follow.ClientHellos.concat;
import static io.steamgate.edge.follow.ClientHellos.extension;
import static io.steamgate.edge.follow.ClientHellos.hello;
import static io.steamgate.edge.follow.ClientHellos.hex;
import static io.steamgate.edge.follow.ClientHellos.inRecords;
import static io.steamgate.edge.follow.ClientHellos.message;
import static io.steamgate.edge.follow.ClientHellos.record;
import static io.steamgate.edge.follow.ClientHellos.sni;
import static io.steamgate.edge.follow.ClientHellos.u16;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsFollowerTest {
    private static final String ALERT = "15 0303 0002 02";

    private final TlsFollower follower = new TlsFollower();

    @Test
    void a_client_hello_is_routed_by_its_name_and_protocols() {
        byte[] hello = record(hello(sni("WWW.Example.com"), alpn("h2", "http/1.1")));

        assertThat(follow(hello))
                .isEqualTo(new Decision.Route(new RouteKey(
                        "tls",
                        Optional.of("www.example.com"),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        List.of("h2", "http/1.1"))));
    }

    @Test
    void what_follows_the_hello_is_not_looked_at() {
        assertThat(host(concat(record(hello(sni("a.test"))), new byte[] {20, 3, 3, 0, 1, 1})))
                .contains("a.test");
    }

    @Test
    void a_hello_without_a_name_is_routed_without_a_host() {
        assertThat(host(record(hello()))).isEmpty();
        assertThat(host(record(hello(alpn("h2"))))).isEmpty();
    }

    @Test
    void a_hello_without_extensions_is_one_too() {
        byte[] old = concat(hex("0303"), new byte[32], hex("00 0002 002f 0100"));

        assertThat(host(record(message(old)))).isEmpty();
    }

    @Test
    void grease_is_passed_over() {
        byte[] hello = record(hello(extension(0x0A0A, hex("")), sni("a.test"), extension(0xFAFA, hex("00"))));

        assertThat(host(hello)).contains("a.test");
    }

    @Test
    void an_address_is_no_name() {
        assertThat(host(record(hello(sni("192.0.2.10"))))).isEmpty();
        assertThat(host(record(hello(sni("2001:db8::1"))))).isEmpty();
    }

    @Test
    void a_final_dot_is_dropped() {
        assertThat(host(record(hello(sni("a.test."))))).contains("a.test");
    }

    @Test
    void a_hello_cut_into_records_anywhere_is_put_together() {
        byte[] message = hello(sni("a.test"), alpn("h2"));
        for (int cut = 1; cut < message.length; cut++) {
            byte[] records = concat(
                    record(Arrays.copyOf(message, cut)), record(Arrays.copyOfRange(message, cut, message.length)));
            assertThat(host(records)).as("cut at %s", cut).contains("a.test");
        }
    }

    @Test
    void one_octet_a_record_is_put_together() {
        byte[] records = new byte[0];
        for (byte octet : hello(sni("a.test"))) {
            records = concat(records, record(new byte[] {octet}));
        }

        assertThat(host(records)).contains("a.test");
    }

    /** Each segment makes the follower step over the records again. */
    @Test
    void more_records_than_any_client_needs_are_not_waited_for() {
        byte[] message = hello(sni("a.test"), extension(21, new byte[400]));
        byte[] octets = new byte[0];
        for (int i = 0; i < TlsFollower.MOST_RECORDS; i++) {
            octets = concat(octets, record(new byte[] {message[i]}));
        }

        assertThat(follow(octets)).isInstanceOf(Decision.NeedMore.class);
        byte[] rest = Arrays.copyOfRange(message, TlsFollower.MOST_RECORDS, message.length);
        assertRejected(concat(octets, record(rest)), "2f", "too-many-records");
    }

    @Test
    void the_limit_may_be_set_lower() {
        byte[] hello = record(hello(sni("a.test"), extension(21, new byte[900])));
        TlsFollower strict = new TlsFollower(1000);

        assertThat(strict.follow(Bytes.of(Arrays.copyOf(hello, 5)), false)).isEqualTo(new Decision.NeedMore(1000));
        assertThat(strict.follow(Bytes.of(hello), false)).isInstanceOf(Decision.Reject.class);
        assertThat(new TlsFollower(2000).follow(Bytes.of(hello), false)).isInstanceOf(Decision.Route.class);
    }

    @Test
    void every_beginning_of_a_hello_waits_for_more() {
        byte[] hello = record(hello(sni("a.test"), alpn("h2")));
        for (int length = 0; length < hello.length; length++) {
            assertThat(follow(Arrays.copyOf(hello, length)))
                    .as("%s octets", length)
                    .isEqualTo(new Decision.NeedMore(64 * 1024));
        }
    }

    @Test
    void a_hello_may_be_long_but_not_longer_than_64_kib_with_its_records() {
        byte[] large = hello(sni("a.test"), extension(21, new byte[60_000]));
        byte[] tooLarge = hello(extension(21, new byte[65_400]), extension(22, new byte[65]));

        assertThat(host(inRecords(large))).contains("a.test");
        assertRejected(inRecords(tooLarge), "2f", "hello-too-large");
    }

    @Test
    void records_that_never_fill_the_message_end_at_the_limit() {
        byte[] records = concat(record(hex("01 00 ff 00")), new byte[0]);
        byte[] one = record(new byte[300]);
        byte[] all = new byte[64 * 1024];
        System.arraycopy(records, 0, all, 0, records.length);
        for (int at = records.length; at < all.length; at += one.length) {
            System.arraycopy(one, 0, all, at, Math.min(one.length, all.length - at));
        }

        assertRejected(all, "2f", "hello-too-large");
    }

    @ParameterizedTest
    @CsvSource({
        // an SSLv2 hello, as in RFC 5246 appendix E.2
        "'80 2e 01 03 01', 46, ssl-2",
        "'16 02', 46, bad-record-version",
        "'16 03 01 40 01', 16, record-too-large",
        "'16 03 01 00 00', 32, empty-record",
        "'16 03 01 00 01 02', 0a, no-client-hello",
        "'16 03 01 00 01 01 15', 0a, no-client-hello",
        "'16 03 01 00 04 01 01 00 00', 2f, hello-too-large",
        "'16 03 01 00 04 01 00 00 00', 32, bad-client-hello",
    })
    void a_bad_beginning_is_answered_with_an_alert(String octets, String alert, String reason) {
        assertRejected(hex(octets), alert, reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n", "\0", "\u0080\u0001\u0002", "SSH-2.0-x\r\n"})
    void who_speaks_no_tls_is_reset(String text) {
        assertThat(follow(Bytes.of(text).array())).isInstanceOfSatisfying(Decision.Reject.class, reject -> {
            assertThat(reject.reply()).isEmpty();
            assertThat(reject.reason()).isEqualTo("not-tls");
        });
    }

    @Test
    void an_extension_twice_is_an_illegal_parameter() {
        assertRejected(
                record(hello(extension(43, hex("00")), sni("a.test"), extension(43, hex("00")))),
                "2f",
                "extension-twice");
    }

    @Test
    void an_extension_twice_among_many_is_found_as_well() {
        byte[][] extensions = new byte[1000][];
        for (int i = 0; i < extensions.length; i++) {
            extensions[i] = extension(1000 + i, hex(""));
        }
        assertThat(host(record(hello(extensions)))).isEmpty();

        extensions[999] = extension(1000, hex(""));
        assertRejected(record(hello(extensions)), "2f", "extension-twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a..b", ".", "a\0b", "a/b", "bücher.test", "-\u0000"})
    void a_name_that_is_no_host_name_is_an_illegal_parameter(String name) {
        assertRejected(record(hello(sni(name))), "2f", "bad-server-name");
    }

    @Test
    void two_names_are_an_illegal_parameter() {
        byte[] name = concat(hex("00 0006"), "a.test".getBytes(StandardCharsets.US_ASCII));
        byte[] two = extension(0, concat(u16(name.length * 2), name, name));

        assertRejected(record(hello(two)), "2f", "bad-server-name");
    }

    @ParameterizedTest
    @CsvSource({
        "0, '', bad-server-name",
        "0, '0000', bad-server-name",
        "0, '0003 00 0000', bad-server-name",
        "0, '0005 00 0003 61', bad-server-name",
        "0, '0004 00 0001 61 00', bad-server-name",
        "16, '', bad-alpn",
        "16, '0000', bad-alpn",
        "16, '0001 00', bad-alpn",
        "16, '0002 02 68', bad-alpn",
        "16, '0002 01 68 00', bad-alpn",
    })
    void an_extension_whose_lengths_do_not_come_out_even_cannot_be_decoded(int type, String data, String reason) {
        assertRejected(record(hello(extension(type, hex(data)))), "32", reason);
    }

    @Test
    void octets_behind_the_extensions_cannot_be_decoded() {
        byte[] body = Arrays.copyOfRange(hello(sni("a.test")), 4, hello(sni("a.test")).length);

        assertRejected(record(message(concat(body, new byte[1]))), "32", "bad-client-hello");
    }

    @Test
    void an_unavailable_service_is_an_internal_error_and_an_unknown_name_unrecognized() {
        assertThat(follower.onUnavailable()).isEqualTo(hex(ALERT + "50"));
        assertThat(follower.onUnknown()).isEqualTo(hex(ALERT + "70"));
        assertThat(follower.onTimeout()).isEmpty();
    }

    @Test
    void a_client_that_stops_in_its_hello_is_told_so() {
        assertThat(follower.follow(Bytes.of(hex("16 03 01 00 04 01")), true))
                .isInstanceOfSatisfying(
                        Decision.Reject.class,
                        reject -> assertThat(reject.reason()).isEqualTo("ended-in-hello"));
    }

    private void assertRejected(byte[] octets, String alert, String reason) {
        assertThat(follow(octets)).isInstanceOfSatisfying(Decision.Reject.class, reject -> {
            assertThat(reject.reason()).isEqualTo(reason);
            assertThat(reject.reply()).isEqualTo(hex(ALERT + alert));
        });
    }

    private Decision follow(byte[] octets) {
        return follower.follow(new Bytes(concat(new byte[3], octets, new byte[2]), 3, octets.length), false);
    }

    private Optional<String> host(byte[] octets) {
        Decision decision = follow(octets);
        assertThat(decision).isInstanceOf(Decision.Route.class);
        return ((Decision.Route) decision).key().host();
    }
}
