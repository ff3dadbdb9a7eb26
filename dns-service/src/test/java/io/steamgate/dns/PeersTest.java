package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that others wrote ask the service, before which a server that others wrote stands. */
class PeersTest {
    private static final String ZONE = """
            $TTL 3600
            @ SOA ns host 1 7200 3600 1209600 300
            @ NS ns
            ns A 192.0.2.1
            www CNAME web
            web A 192.0.2.2
            """;

    @TempDir
    static Path directory;

    private static Peer nsd;
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        nsd = Peer.nsd(Files.createDirectory(directory.resolve("nsd")), Map.of("upstream.test", ZONE));
        server = TestServer.serving(
                Files.createDirectory(directory.resolve("zones")),
                "own.test",
                ZONE,
                Map.of("forward.upstreams", nsd.address(), "rate.per-second", "0"));
    }

    @AfterAll
    static void stop() {
        server.close();
        nsd.close();
    }

    private static String run(String... command) {
        List<String> words = new ArrayList<>();
        for (String word : command) {
            words.add(word.replace("PORT", Integer.toString(server.port())));
        }
        return Peer.run(words);
    }

    @Test
    void dig_gets_authoritative_and_forwarded_answers_by_datagram_and_by_stream() {
        for (String transport : List.of("+notcp", "+tcp")) {
            String own = run("dig", "-p", "PORT", "@127.0.0.1", transport, "www.own.test");
            assertThat(own)
                    .contains("status: NOERROR", "flags: qr aa rd ra;", "CNAME\tweb.own.test.", "192.0.2.2", "(good)");
            String other = run("dig", "-p", "PORT", "@127.0.0.1", transport, "www.upstream.test");
            assertThat(other).contains("status: NOERROR", "flags: qr rd ra;", "192.0.2.2");
            assertThat(run("dig", "-p", "PORT", "@127.0.0.1", transport, "nothing.upstream.test"))
                    .contains("status: NXDOMAIN", "SOA");
        }
    }

    @Test
    void kdig_asks_many_questions_on_one_connection() {
        String out = run(
                "kdig",
                "-p",
                "PORT",
                "@127.0.0.1",
                "+tcp",
                "+keepopen",
                "www.own.test",
                "web.upstream.test",
                "own.test",
                "SOA");
        assertThat(out).contains("192.0.2.2").contains("web.upstream.test.");
        assertThat(out.split("NOERROR")).hasSize(4);
    }

    @Test
    void drill_and_delv_understand_the_answers() {
        assertThat(run("drill", "-p", "PORT", "web.own.test", "@127.0.0.1")).contains("rcode: NOERROR", "192.0.2.2");
        assertThat(run("delv", "-i", "-p", "PORT", "@127.0.0.1", "web.upstream.test", "A"))
                .contains("192.0.2.2");
    }

    @Test
    void dnsperf_loses_no_query() throws IOException {
        Path questions = directory.resolve("questions");
        Files.writeString(questions, "www.own.test A\nwww.upstream.test A\nno.upstream.test A\n".repeat(300));
        assertThat(run("dnsperf", "-s", "127.0.0.1", "-p", "PORT", "-d", questions.toString(), "-n", "1", "-q", "20"))
                .contains("Queries completed:    900 (100.00%)");
    }

    private static String dig(Peer peer, String name) {
        return Peer.run(List.of("dig", "-p", Integer.toString(peer.port()), "@127.0.0.1", name));
    }

    private static void assertResolvesThroughTheService(Peer resolver) {
        assertThat(dig(resolver, "www.upstream.test"))
                .contains("status: NOERROR", "CNAME\tweb.upstream.test.", "192.0.2.2");
        assertThat(dig(resolver, "www.own.test")).contains("192.0.2.2");
        assertThat(dig(resolver, "no.upstream.test")).contains("NXDOMAIN");
    }

    @Test
    void unbound_resolves_through_the_service() throws IOException {
        try (Peer unbound =
                Peer.unbound(Files.createDirectory(directory.resolve("unbound")), "127.0.0.1:" + server.port())) {
            assertResolvesThroughTheService(unbound);
        }
    }

    @Test
    void bind_resolves_through_the_service() throws IOException {
        try (Peer bind = Peer.bind(
                Files.createDirectory(directory.resolve("bind-forwards")),
                Map.of("other.test", ZONE),
                "recursion yes; notify no; forward only; forwarders { 127.0.0.1 port %d; };".formatted(server.port()),
                "type primary;")) {
            assertResolvesThroughTheService(bind);
        }
    }

    @Test
    void bind_knot_and_nsd_are_asked_for_what_is_not_here() throws IOException {
        try (Peer bind = Peer.bind(Files.createDirectory(directory.resolve("bind-upstream")), Map.of("up.test", ZONE));
                Peer knot =
                        Peer.knot(Files.createDirectory(directory.resolve("knot-upstream")), Map.of("up.test", ZONE));
                Peer third =
                        Peer.nsd(Files.createDirectory(directory.resolve("nsd-upstream")), Map.of("up.test", ZONE))) {
            for (Peer upstream : List.of(bind, knot, third)) {
                try (TestServer before = TestServer.with(Map.of("forward.upstreams", upstream.address()))) {
                    var answer = Ask.udp(before.address, "WWW.up.test.", org.xbill.DNS.Type.A);
                    assertThat(Ask.data(answer, org.xbill.DNS.Section.ANSWER))
                            .containsExactly("CNAME web.up.test.", "A 192.0.2.2");
                    assertThat(Ask.udp(before.address, "no.up.test.", org.xbill.DNS.Type.A)
                                    .getRcode())
                            .isEqualTo(org.xbill.DNS.Rcode.NXDOMAIN);
                    assertThat(before.server.resolveCounters().streamed.sum())
                            .as("they repeat the spelling")
                            .isZero();
                }
            }
        }
    }

    @Test
    void unbound_copies_a_zone() throws IOException {
        try (TestServer primary = TestServer.serving(
                        Files.createDirectory(directory.resolve("for-unbound")),
                        "moved.test",
                        ZONE,
                        Map.of("transfer.allow", "127.0.0.1/32"));
                Peer unbound = Peer.unboundCopying(
                        Files.createDirectory(directory.resolve("unbound-copies")), "moved.test", primary.port())) {
            eventually(() -> dig(unbound, "www.moved.test").contains("192.0.2.2"));
            assertThat(primary.server.upkeep().transfers().full.sum()).isEqualTo(1);
        }
    }

    @Test
    void bind_copies_a_zone_and_follows_its_changes() throws IOException {
        Path own = Files.createDirectory(directory.resolve("primary"));
        Path secondary = Files.createDirectory(directory.resolve("secondary"));
        int port = TestServer.freePort();
        Map<String, String> settings = Map.of(
                "keys.mover.secret", MaintainTest.SECRET,
                "transfer.keys", "mover",
                "update.keys", "mover",
                "update.zones", "moved.test",
                "transfer.notified", "127.0.0.1:" + port);
        try (TestServer primary = TestServer.serving(own, "moved.test", ZONE, settings);
                Peer bind = Peer.secondary(secondary, port, "moved.test", primary.port(), MaintainTest.SECRET)) {
            eventually(() -> dig(bind, "web.moved.test").contains("192.0.2.2"));
            Path script = directory.resolve("change");
            Files.writeString(
                    script,
                    "server 127.0.0.1 %d\nkey hmac-sha256:mover %s\nzone moved.test\nupdate add new.moved.test 60 A 192.0.2.99\nsend\n"
                            .formatted(primary.port(), MaintainTest.SECRET));
            Peer.run(List.of("nsupdate", script.toString()));
            eventually(() -> dig(bind, "new.moved.test").contains("192.0.2.99"));
            assertThat(primary.server.upkeep().transfers().incremental.sum()).isEqualTo(1);
            assertThat(primary.server.upkeep().notifier().heard.sum()).isEqualTo(1);
        }
    }
}
