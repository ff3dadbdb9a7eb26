package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.dns.maintain.Secondaries;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;
import org.xbill.DNS.ZoneTransferException;
import org.xbill.DNS.ZoneTransferIn;

/** Copies of zones whose primaries others wrote: whole, then what changed, then without them. */
class SecondaryPeersTest {
    private static final String ORIGIN = "copied.test";
    private static final String ZONE = """
            $TTL 3600
            @ SOA ns host 10 7200 3600 1209600 300
            @ NS ns
            @ MX 10 mail
            ns A 192.0.2.1
            ns AAAA 2001:db8::1
            mail A 192.0.2.2
            *.wild TXT "one string" "and; \\"another\\\\"
            sub NS ns.sub
            ns.sub A 192.0.2.3
            alias CNAME mail
            dn DNAME target
            _sip._udp SRV 1 2 5060 mail
            @ CAA 0 issue "ca.example"
            svc TYPE65 \\# 3 000100
            odd TYPE65400 \\# 4 DEADBEEF
            naptr NAPTR 100 10 "u" "sip+E2U" "!^.*$!sip:info@example.test!" .
            """;

    /** The zone with so many hosts. */
    private static String zone(String more, int hosts) {
        StringBuilder text = new StringBuilder(ZONE).append(more);
        for (int i = 0; i < hosts; i++) {
            text.append("h").append(i).append(" A 10.0.0.1\n");
        }
        return text.toString();
    }

    @TempDir
    Path directory;

    private final int port = TestServer.freePort();

    private Map<String, String> settings(String primary) {
        Map<String, String> settings = new HashMap<>();
        settings.put("listen", "127.0.0.1:" + port);
        settings.put("keys.mover.secret", MaintainTest.SECRET);
        settings.put("secondary.zones.\"" + ORIGIN + "\".primaries", primary);
        settings.put("secondary.zones.\"" + ORIGIN + "\".key", "mover");
        settings.put("secondary.directory", directory.resolve("copies").toString());
        settings.put("transfer.keys", "mover");
        return settings;
    }

    private static TreeSet<String> zone(int port) throws IOException {
        TSIG key = new TSIG(TSIG.HMAC_SHA256, "mover.", MaintainTest.SECRET);
        ZoneTransferIn transfer = ZoneTransferIn.newAXFR(
                Name.fromConstantString(ORIGIN + "."), new InetSocketAddress("127.0.0.1", port), key);
        transfer.setTimeout(Duration.ofSeconds(5));
        try {
            transfer.run();
        } catch (ZoneTransferException e) {
            throw new AssertionError(e);
        }
        TreeSet<String> records = new TreeSet<>();
        for (Record record : transfer.getAXFR()) {
            records.add(record.toString());
        }
        return records;
    }

    private static void assertSame(TreeSet<String> copy, TreeSet<String> zone) {
        TreeSet<String> more = new TreeSet<>(copy);
        more.removeAll(zone);
        assertThat(more).as("in the copy alone").isEmpty();
        TreeSet<String> less = new TreeSet<>(zone);
        less.removeAll(copy);
        assertThat(less).as("not in the copy").isEmpty();
    }

    private static long served(TestServer server) {
        var answer = Ask.udp(server.address, ORIGIN + ".", Type.SOA);
        return answer.getRcode() == Rcode.SERVFAIL
                ? -1
                : ((org.xbill.DNS.SOARecord) answer.getSection(Section.ANSWER).getFirst()).getSerial();
    }

    private static long count(TestServer server, Secondaries.Outcome wanted) {
        AtomicLong found = new AtomicLong();
        server.server.upkeep().secondaries().eachOutcome((outcome, sum) -> {
            if (outcome == wanted) {
                found.set(sum.sum());
            }
        });
        return found.get();
    }

    private void change(int primary) {
        Path script = directory.resolve("change");
        TestServer.write(
                script,
                "server 127.0.0.1 %d\nkey hmac-sha256:mover %s\nzone %s\nupdate add new.%s 60 A 192.0.2.99\nupdate delete h7.%s\nsend\n"
                        .formatted(primary, MaintainTest.SECRET, ORIGIN, ORIGIN, ORIGIN));
        Peer.run(List.of("nsupdate", script.toString()));
    }

    private void follows(int primary, Runnable change) throws IOException {
        try (TestServer server = TestServer.real(settings("127.0.0.1:" + primary))) {
            eventually(() -> served(server) == 10);
            assertSame(zone(port), zone(primary));
            change.run();
            eventually(() -> served(server) == 11);
            assertSame(zone(port), zone(primary));
            assertThat(Ask.data(Ask.udp(server.address, "new." + ORIGIN + ".", Type.A), Section.ANSWER))
                    .containsExactly("A 192.0.2.99");
            assertThat(count(server, Secondaries.Outcome.FULL)).isEqualTo(1);
            assertThat(count(server, Secondaries.Outcome.INCREMENTAL)).isEqualTo(1);
        }
    }

    /** With nobody where the primary was. */
    private void startsAlone(TreeSet<String> zone) throws IOException {
        try (TestServer server = TestServer.real(settings("127.0.0.1:" + TestServer.freePort()))) {
            assertThat(served(server)).isEqualTo(11);
            assertSame(zone(port), zone);
        }
    }

    @Test
    void bind_is_followed_and_done_without() throws IOException {
        try (Peer bind =
                Peer.bindPrimary(Files.createDirectory(directory.resolve("bind")), ORIGIN, zone("", 2000), port)) {
            follows(bind.port(), () -> change(bind.port()));
            TreeSet<String> zone = zone(bind.port());
            bind.close();
            startsAlone(zone);
        }
    }

    @Test
    void knot_is_followed_and_done_without() throws IOException {
        try (Peer knot =
                Peer.knotPrimary(Files.createDirectory(directory.resolve("knot")), ORIGIN, zone("", 2000), port)) {
            follows(knot.port(), () -> change(knot.port()));
            TreeSet<String> zone = zone(knot.port());
            knot.close();
            startsAlone(zone);
        }
    }

    @Test
    void nsd_is_followed_and_done_without() throws IOException {
        Path own = Files.createDirectory(directory.resolve("nsd"));
        try (Peer nsd = Peer.nsdPrimary(own, ORIGIN, zone("", 2000), port)) {
            follows(nsd.port(), () -> {
                TestServer.write(
                        own.resolve(ORIGIN + ".zone"),
                        zone("new 60 A 192.0.2.99\n", 2000).replace("host 10 ", "host 11 "));
                nsd.reload();
            });
            TreeSet<String> zone = zone(nsd.port());
            nsd.close();
            startsAlone(zone);
        }
    }

    @Test
    void another_of_these_services_is_followed_and_done_without() throws IOException {
        Map<String, String> settings = Map.of(
                "keys.mover.secret",
                MaintainTest.SECRET,
                "transfer.keys",
                "mover",
                "update.keys",
                "mover",
                "update.zones",
                ORIGIN,
                "transfer.notified",
                "127.0.0.1:" + port);
        TreeSet<String> zone;
        try (TestServer primary = TestServer.serving(
                Files.createDirectory(directory.resolve("primary")), ORIGIN, zone("", 2000), settings)) {
            follows(primary.port(), () -> change(primary.port()));
            zone = zone(primary.port());
        }
        startsAlone(zone);
    }

    @Test
    void a_signed_zone_is_copied_with_its_proofs() throws IOException {
        Path keys = Files.createDirectory(directory.resolve("keys"));
        for (String kind : List.of("257", "256")) {
            Peer.run(
                    kind.equals("257")
                            ? List.of(
                                    "dnssec-keygen",
                                    "-q",
                                    "-f",
                                    "KSK",
                                    "-a",
                                    "ECDSAP256SHA256",
                                    "-K",
                                    keys.toString(),
                                    ORIGIN)
                            : List.of("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-K", keys.toString(), ORIGIN));
        }
        Files.writeString(keys.resolve("zone"), zone("", 10));
        Peer.run(List.of(
                "dnssec-signzone",
                "-q",
                "-S",
                "-P",
                "-3",
                "AABBCCDD",
                "-K",
                keys.toString(),
                "-d",
                keys.toString(),
                "-o",
                ORIGIN,
                "-O",
                "full",
                "-f",
                keys.resolve("signed").toString(),
                keys.resolve("zone").toString()));
        String signed = Files.readString(keys.resolve("signed"));
        try (Peer bind = Peer.bindPrimary(Files.createDirectory(directory.resolve("bind")), ORIGIN, signed, port)) {
            try (TestServer server = TestServer.real(settings(bind.address()))) {
                eventually(() -> served(server) == 10);
            }
            try (TestServer alone = TestServer.real(settings("127.0.0.1:" + TestServer.freePort()))) {
                assertSame(zone(port), zone(bind.port()));
                var denial = Ask.udp(alone.address, Ask.edns("nothing." + ORIGIN + ".", Type.A, 4096, true));
                assertThat(Ask.data(denial, Section.AUTHORITY)).anyMatch(data -> data.startsWith("NSEC3 "));
            }
        }
    }
}
