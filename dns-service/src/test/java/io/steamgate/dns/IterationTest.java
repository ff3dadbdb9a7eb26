package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A small world of its own: the root at 127.0.2.1, {@code test.} at .2, and below it a signed zone, an unsigned one, one whose
 * signatures do not fit, and one that is served by a name elsewhere. nsd serves it, BIND's tools sign it.
 */
class IterationTest {
    @TempDir
    static Path directory;

    private static final int PORT = TestServer.freePort();
    private static final List<Peer> PEERS = new ArrayList<>();
    private static TestServer server;
    private static Path anchors;

    private static final String SOA = "$TTL 3600\n@ SOA ns host 1 7200 3600 1209600 300\n@ NS ns\n";

    @BeforeAll
    static void start() throws IOException {
        String signed = SOA + """
                ns A 127.0.2.3
                www A 192.0.2.80
                alias CNAME www.plain.test.
                a.b.c.d A 192.0.2.81
                big TXT %s
                """.formatted(("\"" + "x".repeat(250) + "\" ").repeat(8));
        String plain = SOA + "ns A 127.0.2.3\nwww A 192.0.2.90\n*.wild A 192.0.2.91\n";
        Map<String, String> leaves = new HashMap<>();
        SignedZone signedZone = SignedZone.by(directory, "signed.test", signed);
        SignedZone bogusZone = SignedZone.by(directory, "bogus.test", SOA + "ns A 127.0.2.3\nwww A 192.0.2.70\n");
        leaves.put("signed.test", signedZone.text());
        // Whoever changes an address does not have the key.
        leaves.put("bogus.test", bogusZone.text().replace("192.0.2.70", "203.0.113.66"));
        leaves.put("plain.test", plain);
        leaves.put(
                "elsewhere.test",
                "$TTL 3600\n@ SOA ns.plain.test. host 1 7200 3600 1209600 300\n@ NS hidden.plain.test.\nwww A 192.0.2.95\n");
        leaves.put("plain.test", plain + "hidden A 127.0.2.4\nhidden6 AAAA ::1\n");
        leaves.put("both.test", SOA + "ns A 127.0.2.3\nns AAAA ::1\nwww A 192.0.2.44\n");
        SignedZone top = SignedZone.by(
                directory,
                "test",
                SOA + "ns A 127.0.2.2\n" + signedZone.ds() + bogusZone.ds()
                        + "signed NS ns.signed\nns.signed A 127.0.2.3\nbogus NS ns.bogus\nns.bogus A 127.0.2.3\n"
                        + "plain NS ns.plain\nns.plain A 127.0.2.3\nelsewhere NS hidden.plain\n"
                        + "six NS ns.six\nns.six AAAA ::1\nelsewhere6 NS hidden6.plain\n"
                        + "both NS ns.both\nns.both A 127.0.2.3\nns.both AAAA ::1\n");
        SignedZone root = SignedZone.by(
                directory,
                ".",
                "$TTL 3600\n@ SOA ns.root. host.root. 1 7200 3600 1209600 300\n@ NS ns.root.\nns.root. A 127.0.2.1\n"
                        + "test. NS ns.test.\nns.test. A 127.0.2.2\n" + top.ds());
        peer("127.0.2.1", Map.of(".", root.text()));
        peer("127.0.2.2", Map.of("test", top.text()));
        Map<String, String> hidden = Map.of("elsewhere.test", leaves.remove("elsewhere.test"));
        peer("127.0.2.3", leaves);
        peer("127.0.2.4", hidden);
        peer(
                "::1",
                Map.of(
                        "six.test", SOA + "ns AAAA ::1\nwww A 192.0.2.66\n",
                        "elsewhere6.test",
                                "$TTL 3600\n@ SOA ns.plain.test. host 1 7200 3600 1209600 300\n"
                                        + "@ NS hidden6.plain.test.\nwww A 192.0.2.96\n",
                        "both.test", SOA + "ns A 127.0.2.3\nns AAAA ::1\nwww A 192.0.2.64\n"));
        TestServer.write(directory.resolve("hints"), ". 3600 NS ns.root.\nns.root. 3600 A 127.0.2.1\n");
        anchors = directory.resolve("anchors");
        Files.writeString(anchors, root.ds());
        server = resolver(Map.of());
    }

    private static TestServer resolver(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "iterate.enabled", "true",
                "iterate.port", Integer.toString(PORT),
                "iterate.root-hints", directory.resolve("hints").toString(),
                "iterate.trust-anchors", anchors.toString()));
        settings.putAll(more);
        return TestServer.real(settings);
    }

    private static void peer(String address, Map<String, String> zones) throws IOException {
        PEERS.add(Peer.nsd(Files.createDirectory(directory.resolve(address.replace(':', '_'))), address, PORT, zones));
    }

    @AfterAll
    static void stop() {
        server.close();
        PEERS.forEach(Peer::close);
    }

    private static Message ask(TestServer resolver, String name, int type) {
        return Ask.udp(resolver.address, Ask.edns(name, type, 1232, true));
    }

    private static List<String> addresses(Message message) {
        return Ask.data(message, Section.ANSWER).stream()
                .filter(data -> data.startsWith("A "))
                .toList();
    }

    @Test
    void a_signed_answer_is_authentic_and_an_unsigned_one_is_not() {
        Message signed = ask(server, "www.signed.test.", Type.A);
        assertThat(addresses(signed)).containsExactly("A 192.0.2.80");
        assertThat(signed.getHeader().getFlag(Flags.AD)).isTrue();
        Message plain = ask(server, "www.plain.test.", Type.A);
        assertThat(addresses(plain)).containsExactly("A 192.0.2.90");
        assertThat(plain.getHeader().getFlag(Flags.AD)).isFalse();
    }

    @Test
    void what_is_signed_wrong_has_no_answer_but_for_whom_checks_by_himself() {
        assertThat(ask(server, "www.bogus.test.", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        Message query = Ask.edns("www.bogus.test.", Type.A, 1232, true);
        query.getHeader().setFlag(Flags.CD);
        Message unchecked = Ask.udp(server.address, query);
        assertThat(addresses(unchecked)).containsExactly("A 203.0.113.66");
        assertThat(unchecked.getHeader().getFlag(Flags.AD)).isFalse();
    }

    @Test
    void what_a_signed_zone_does_not_have_is_proven() {
        Message name = ask(server, "nothing.signed.test.", Type.A);
        assertThat(name.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(name.getHeader().getFlag(Flags.AD)).isTrue();
        assertThat(Ask.data(name, Section.AUTHORITY)).anyMatch(record -> record.startsWith("NSEC "));
        Message data = ask(server, "www.signed.test.", Type.MX);
        assertThat(data.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(data.getHeader().getFlag(Flags.AD)).isTrue();
    }

    @Test
    void an_alias_is_followed_into_another_zone_and_a_name_through_empty_ones() {
        Message alias = ask(server, "alias.signed.test.", Type.A);
        assertThat(addresses(alias)).containsExactly("A 192.0.2.90");
        assertThat(addresses(ask(server, "a.b.c.d.signed.test.", Type.A))).containsExactly("A 192.0.2.81");
        assertThat(addresses(ask(server, "x.y.wild.plain.test.", Type.A))).containsExactly("A 192.0.2.91");
    }

    @Test
    void a_zone_is_found_whose_server_has_its_name_elsewhere() {
        assertThat(addresses(ask(server, "www.elsewhere.test.", Type.A))).containsExactly("A 192.0.2.95");
    }

    @Test
    void a_zone_is_found_whose_servers_have_ipv6_alone() {
        assertThat(addresses(ask(server, "www.six.test.", Type.A))).containsExactly("A 192.0.2.66");
        assertThat(addresses(ask(server, "www.elsewhere6.test.", Type.A)))
                .as("whose address is found elsewhere")
                .containsExactly("A 192.0.2.96");
    }

    @Test
    void the_version_of_ip_that_is_preferred_is_asked_by_and_one_that_is_not_wanted_is_not() {
        try (TestServer four = resolver(Map.of("iterate.ip", "prefer-ipv4"));
                TestServer six = resolver(Map.of("iterate.ip", "prefer-ipv6"));
                TestServer alone = resolver(Map.of("iterate.ip", "ipv4"))) {
            assertThat(addresses(ask(four, "www.both.test.", Type.A))).containsExactly("A 192.0.2.44");
            assertThat(addresses(ask(six, "www.both.test.", Type.A))).containsExactly("A 192.0.2.64");
            assertThat(addresses(ask(alone, "www.both.test.", Type.A))).containsExactly("A 192.0.2.44");
            assertThat(ask(alone, "www.six.test.", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void a_version_of_ip_by_which_nobody_answers_is_left_alone() {
        try (FakeServer answers = new FakeServer(
                        (q, s) -> FakeServer.answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1"));
                FakeServer silent = new FakeServer("::1", answers.port(), (q, s) -> List.of())) {
            TestServer.write(
                    directory.resolve("two-hints"),
                    ". 3600 NS ns.root.\nns.root. 3600 A 127.0.0.1\nns.root. 3600 AAAA ::1\n");
            try (TestServer resolver = TestServer.with(Map.of(
                    "iterate.enabled", "true",
                    "iterate.validate", "false",
                    "iterate.ip", "prefer-ipv6",
                    "iterate.port", Integer.toString(answers.port()),
                    "iterate.root-hints", directory.resolve("two-hints").toString()))) {
                for (int i = 0; i < 7; i++) {
                    assertThat(addresses(Ask.udp(resolver.address, "h" + i + ".", Type.A)))
                            .containsExactly("A 192.0.2.1");
                }
                assertThat(silent.queries).as("four, and then no more").hasSize(4);
                resolver.time.pass(java.time.Duration.ofMinutes(1));
                Ask.udp(resolver.address, "again.", Type.A);
                assertThat(silent.queries).as("tried again after a minute").hasSize(5);
            }
        }
    }

    @Test
    void a_large_answer_comes_by_stream() {
        Message big = Ask.tcp(server.address, Ask.query("big.signed.test.", Type.TXT));
        assertThat(big.getSection(Section.ANSWER)).hasSize(1);
    }

    @Test
    void a_client_that_wants_no_signatures_gets_none() {
        Message plain = Ask.udp(server.address, "www.signed.test.", Type.A);
        assertThat(plain.getSection(Section.ANSWER)).hasSize(1);
    }

    @Test
    void no_server_is_told_more_of_a_name_than_it_must_know() {
        try (FakeServer root = new FakeServer((q, s) ->
                List.of(FakeServer.answer(q, 0, "--", "test. 3600 NS ns.test.", "--", "ns.test. 3600 A 127.0.2.2")
                        .toWire()))) {
            TestServer.write(directory.resolve("own-hints"), ". 3600 NS ns.root.\nns.root. 3600 A 127.0.0.1\n");
            try (TestServer curious = TestServer.real(Map.of(
                    "iterate.enabled", "true",
                    "iterate.validate", "false",
                    "iterate.port", Integer.toString(root.port()),
                    "forward.deadline", "1s",
                    "iterate.root-hints", directory.resolve("own-hints").toString()))) {
                Ask.udp(curious.address, "very.private.signed.test.", Type.A);
            }
            assertThat(root.queries.stream()
                            .map(q -> q.getQuestion().getName().toString().toLowerCase(java.util.Locale.ROOT)))
                    .isNotEmpty()
                    .containsOnly("test.");
        }
    }

    @Test
    void delv_finds_the_answers_validated() {
        String port = Integer.toString(server.port());
        TestServer.write(directory.resolve("delv.anchors"), anchorsForDelv());
        String out = Peer.run(List.of(
                "delv",
                "-p",
                port,
                "@127.0.0.1",
                "-a",
                directory.resolve("delv.anchors").toString(),
                "+root=.",
                "www.signed.test",
                "A"));
        assertThat(out).contains("; fully validated").contains("192.0.2.80");
    }

    private static String anchorsForDelv() {
        try {
            StringBuilder text = new StringBuilder("trust-anchors {\n");
            for (String line : Files.readAllLines(anchors)) {
                String[] words = line.strip().split("\\s+");
                text.append("  . static-ds %s %s %s \"%s\";\n"
                        .formatted(
                                words[3],
                                words[4],
                                words[5],
                                String.join("", List.of(words).subList(6, words.length))));
            }
            return text.append("};\n").toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
