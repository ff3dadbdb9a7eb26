package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSIDOption;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What ISC's DNS compliance tester asks, and what else strangers send. */
class ComplianceTest {
    private static final String ZONE = """
            $TTL 3600
            @ SOA ns host 1 7200 3600 1209600 300
            @ NS ns
            ns A 192.0.2.1
            @ TXT %s
            """.formatted(("\"" + "x".repeat(200) + "\" ").repeat(5));

    @TempDir
    static Path directory;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.serving(directory, "example.test", ZONE, Map.of("identity", "node-1"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Message ask(Message query) {
        return Ask.udp(server.address, query);
    }

    private static Message soa() {
        return Ask.plain("example.test.", Type.SOA);
    }

    private static Message with(Message query, OPTRecord opt) {
        query.addRecord(opt, Section.ADDITIONAL);
        return query;
    }

    private static void assertSoa(Message answer) {
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(answer.getSection(Section.ANSWER)).hasSize(1).allMatch(record -> record.getType() == Type.SOA);
    }

    private static void assertOpt(Message answer, int flags) {
        assertThat(answer.getOPT()).isNotNull();
        assertThat(answer.getOPT().getVersion()).isZero();
        assertThat(answer.getOPT().getFlags()).isEqualTo(flags);
    }

    @Test
    void plain_dns_is_answered_without_edns() {
        Message answer = ask(soa());
        assertSoa(answer);
        assertThat(answer.getOPT()).isNull();
    }

    @Test
    void an_unknown_type_is_answered_with_no_data() {
        Message answer = ask(Ask.plain("example.test.", 1000));
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answer.getSection(Section.ANSWER)).isEmpty();
        assertThat(Ask.data(answer, Section.AUTHORITY)).hasSize(1).allMatch(soa -> soa.startsWith("SOA"));
    }

    @Test
    void an_unknown_opcode_is_not_implemented() {
        for (int opcode : new int[] {1, 2, 3, 6, 15}) {
            byte[] query = soa().toWire();
            query[2] = (byte) (opcode << 3);
            Message answer = Ask.message(Ask.udp(server.address, query));
            assertThat(answer.getRcode()).as("opcode %d", opcode).isEqualTo(Rcode.NOTIMP);
            assertThat(answer.getHeader().getOpcode()).isEqualTo(opcode);
        }
    }

    @Test
    void reserved_and_unasked_flags_do_not_come_back() {
        byte[] query = soa().toWire();
        query[3] = (byte) 0x60;
        byte[] answer = Ask.udp(server.address, query);
        assertSoa(Ask.message(answer));
        assertThat(answer[3] & 0x60).isZero();
    }

    @Test
    void cd_and_rd_come_back() {
        byte[] query = soa().toWire();
        query[2] = 0x01;
        query[3] = 0x10;
        Message answer = Ask.message(Ask.udp(server.address, query));
        assertThat(answer.getHeader().getFlag(Flags.RD)).isTrue();
        assertThat(answer.getHeader().getFlag(Flags.CD)).isTrue();
        assertThat(answer.getHeader().getFlag(Flags.RA)).isFalse();
    }

    @Test
    void edns_is_answered_with_edns() {
        Message answer = ask(with(soa(), new OPTRecord(4096, 0, 0, 0)));
        assertSoa(answer);
        assertOpt(answer, 0);
        assertThat(answer.getOPT().getPayloadSize()).isEqualTo(1232);
    }

    @Test
    void another_version_of_edns_is_refused_with_the_one_there_is() {
        for (int version : new int[] {1, 100}) {
            Message answer = ask(with(
                    soa(), new OPTRecord(4096, 0, version, 0, List.of(new GenericEDNSOption(100, new byte[] {1})))));
            assertThat(answer.getRcode()).isEqualTo(Rcode.BADVERS);
            assertThat(answer.getSection(Section.ANSWER)).isEmpty();
            assertOpt(answer, 0);
        }
    }

    @Test
    void an_unknown_option_is_ignored_and_does_not_come_back() {
        Message answer =
                ask(with(soa(), new OPTRecord(4096, 0, 0, 0, List.of(new GenericEDNSOption(100, new byte[] {1})))));
        assertSoa(answer);
        assertOpt(answer, 0);
        assertThat(answer.getOPT().getOptions()).isEmpty();
    }

    @Test
    void an_unknown_flag_does_not_come_back_and_do_does() {
        assertOpt(ask(with(soa(), new OPTRecord(4096, 0, 0, 0x0080))), 0);
        assertOpt(ask(with(soa(), new OPTRecord(4096, 0, 0, ExtendedFlags.DO | 0x0040))), ExtendedFlags.DO);
    }

    @Test
    void what_does_not_fit_is_truncated_and_comes_by_stream() {
        Message query = with(Ask.plain("example.test.", Type.TXT), new OPTRecord(512, 0, 0, ExtendedFlags.DO));
        byte[] wire = Ask.udp(server.address, query.toWire());
        assertThat(wire.length).isLessThanOrEqualTo(512);
        Message answer = Ask.message(wire);
        assertThat(answer.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(answer.getSection(Section.ANSWER)).isEmpty();
        assertOpt(answer, ExtendedFlags.DO);
        Message whole = Ask.tcp(server.address, query);
        assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(whole.getSection(Section.ANSWER)).hasSize(1);
        assertThat(ask(Ask.plain("example.test.", Type.TXT)).getHeader().getFlag(Flags.TC))
                .isTrue();
    }

    @Test
    void a_datagram_never_exceeds_the_servers_own_size() {
        Message answer = ask(with(Ask.plain("example.test.", Type.TXT), new OPTRecord(65535, 0, 0, 0)));
        assertThat(answer.getHeader().getFlag(Flags.TC)).isFalse();
        try (TestServer small = TestServer.serving(directory, "example.test", ZONE, Map.of("udp-size", "900"))) {
            Message cut =
                    Ask.udp(small.address, with(Ask.plain("example.test.", Type.TXT), new OPTRecord(65535, 0, 0, 0)));
            assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
        }
    }

    @Test
    void a_cookie_is_answered_with_a_cookie_that_is_then_known() {
        CookieOption asked = new CookieOption(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        Message answer = ask(with(soa(), new OPTRecord(4096, 0, 0, 0, List.of(asked))));
        assertSoa(answer);
        CookieOption given = (CookieOption) answer.getOPT().getOptions().getFirst();
        assertThat(given.getClientCookie()).isEqualTo(asked.getClientCookie());
        assertThat(given.getServerCookie().orElseThrow()).hasSize(16);
        Message again = ask(with(soa(), new OPTRecord(4096, 0, 0, 0, List.of(given))));
        assertThat(((CookieOption) again.getOPT().getOptions().getFirst())
                        .getServerCookie()
                        .orElseThrow())
                .isEqualTo(given.getServerCookie().orElseThrow());
    }

    @Test
    void a_cookie_of_impossible_length_is_a_format_error() {
        for (int length : new int[] {0, 7, 9, 15, 41}) {
            Message answer = ask(with(
                    soa(), new OPTRecord(4096, 0, 0, 0, List.of(new GenericEDNSOption(10, new byte[length])))));
            assertThat(answer.getRcode()).as("%d octets", length).isEqualTo(Rcode.FORMERR);
        }
    }

    @Test
    void a_query_for_a_cookie_alone_needs_no_question() {
        Message query = new Message();
        query.addRecord(
                new OPTRecord(4096, 0, 0, 0, List.<EDNSOption>of(new CookieOption(new byte[8]))), Section.ADDITIONAL);
        Message answer = Ask.message(Ask.udp(server.address, query.toWire()));
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answer.getOPT().getOptions()).hasSize(1);
        assertThat(Ask.message(Ask.udp(server.address, new Message().toWire())).getRcode())
                .isEqualTo(Rcode.FORMERR);
    }

    @Test
    void a_node_says_who_it_is_to_whom_asks() {
        Message answer = ask(with(soa(), new OPTRecord(4096, 0, 0, 0, List.of(new NSIDOption(new byte[0])))));
        assertThat(answer.getOPT().getOptions().getFirst().toWire())
                .endsWith("node-1".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void any_gets_one_set_of_records() {
        Message answer = ask(Ask.plain("example.test.", Type.ANY));
        assertThat(answer.getSection(Section.ANSWER).stream()
                        .map(Record::getType)
                        .distinct())
                .hasSize(1);
    }

    @Test
    void a_name_of_no_zone_and_a_class_that_is_not_in_are_refused() {
        assertThat(ask(Ask.plain("example.org.", Type.A)).getRcode()).isEqualTo(Rcode.REFUSED);
        byte[] chaos = soa().toWire();
        chaos[chaos.length - 1] = DClass.CH;
        assertThat(Ask.message(Ask.udp(server.address, chaos)).getRcode()).isEqualTo(Rcode.REFUSED);
    }

    @Test
    void a_transfer_by_datagram_or_for_nobody_is_not_given() {
        assertThat(ask(Ask.plain("example.test.", Type.AXFR)).getRcode()).isNotEqualTo(Rcode.NOERROR);
        assertThat(Ask.tcp(server.address, Ask.plain("example.test.", Type.AXFR))
                        .getRcode())
                .isNotEqualTo(Rcode.NOERROR);
    }

    @Test
    void what_is_no_query_is_not_answered_and_what_is_broken_is_a_format_error() {
        byte[] query = soa().toWire();
        byte[] response = query.clone();
        response[2] |= (byte) 0x80;
        byte[] pointer = query.clone();
        pointer[12] = (byte) 0xC0;
        pointer[13] = 12;
        byte[] twoQuestions = query.clone();
        twoQuestions[5] = 2;
        byte[] trailing = Arrays.copyOf(query, query.length + 3);
        byte[] missing = query.clone();
        missing[11] = 1;
        List<byte[]> dropped = List.of(new byte[0], new byte[11], response);
        List<byte[]> broken = List.of(
                Arrays.copyOf(query, 12),
                Arrays.copyOf(query, query.length - 1),
                pointer,
                twoQuestions,
                trailing,
                missing);

        for (byte[] bytes : dropped) {
            assertThat(Ask.udp(server.address, bytes, 100)).isEqualTo(Optional.empty());
        }
        for (byte[] bytes : broken) {
            assertThat(Ask.message(Ask.udp(server.address, bytes)).getRcode()).isEqualTo(Rcode.FORMERR);
        }
    }

    @Test
    void a_message_of_64_kib_by_stream_is_answered_and_an_empty_one_ends_the_connection() throws IOException {
        Message full = Ask.plain("example.test.", Type.SOA);
        int room = 65535 - full.toWire().length - 11 - 4;
        full.addRecord(
                new OPTRecord(4096, 0, 0, 0, List.of(new org.xbill.DNS.GenericEDNSOption(65001, new byte[room]))),
                Section.ADDITIONAL);
        byte[] wire = full.toWire(65535);
        assertThat(wire).hasSize(65535);
        byte[] broken = wire.clone();
        broken[5] = 9;
        try (java.net.Socket socket = Ask.connect(server.address)) {
            Ask.send(socket, wire);
            assertThat(Ask.message(Ask.receive(socket)).getSection(Section.ANSWER))
                    .hasSize(1);
            Ask.send(socket, broken);
            assertThat(Ask.message(Ask.receive(socket)).getRcode()).isEqualTo(Rcode.FORMERR);
            Ask.send(socket, new byte[0]);
            assertThat(socket.getInputStream().read())
                    .as("whoever sends nothing has lost its place in the stream")
                    .isEqualTo(-1);
        }
        assertThat(Ask.tcp(server.address, soa()).getSection(Section.ANSWER)).hasSize(1);
    }

    @Test
    void the_longest_name_there_can_be_is_looked_up_and_a_longer_one_is_a_format_error() {
        // A label of 16 octets, 14 of 15, and the 14 octets of the zone: 255
        String longest = "b".repeat(16) + "." + ("a".repeat(15) + ".").repeat(14) + "example.test.";
        byte[] longer = Ask.plain("example.test.", Type.A).toWire();
        assertThat(ask(Ask.plain(longest, Type.A)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        byte[] bytes = new byte[12 + 257 + 4];
        System.arraycopy(longer, 0, bytes, 0, 12);
        for (int i = 0; i < 4; i++) {
            bytes[12 + 64 * i] = 63;
        }
        bytes[bytes.length - 3] = 1;
        bytes[bytes.length - 1] = 1;
        assertThat(Ask.message(Ask.udp(server.address, bytes)).getRcode()).isEqualTo(Rcode.FORMERR);
    }

    @Test
    void responses_to_a_network_are_limited_unless_it_shows_a_cookie() {
        try (TestServer limited =
                TestServer.serving(directory, "example.test", ZONE, Map.of("rate.per-second", "3", "rate.slip", "1"))) {
            CookieOption cookie = null;
            for (int i = 0; i < 3; i++) {
                Message answer = Ask.udp(
                        limited.address,
                        with(soa(), new OPTRecord(4096, 0, 0, 0, List.of(new CookieOption(new byte[8])))));
                assertSoa(answer);
                cookie = (CookieOption) answer.getOPT().getOptions().getFirst();
            }
            Message over = Ask.udp(limited.address, soa());
            assertThat(over.getHeader().getFlag(Flags.TC)).isTrue();
            assertThat(over.getSection(Section.ANSWER)).isEmpty();
            assertSoa(Ask.udp(limited.address, with(soa(), new OPTRecord(4096, 0, 0, 0, List.of(cookie)))));
            assertSoa(Ask.tcp(limited.address, soa()));
        }
    }
}
