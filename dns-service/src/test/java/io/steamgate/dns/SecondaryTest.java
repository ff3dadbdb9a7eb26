package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static io.steamgate.dns.FakePrimary.ORIGIN;
import static io.steamgate.dns.FakePrimary.address;
import static io.steamgate.dns.FakePrimary.message;
import static io.steamgate.dns.FakePrimary.soa;
import static io.steamgate.dns.FakePrimary.zone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.dns.maintain.Secondaries;
import io.steamgate.dns.maintain.SecondaryZone;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.zone.ZoneCopies;
import io.steamgate.dns.zone.Zones;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;

/** Copies of zones: when they are looked after, until when they are good, and what is no copy. */
class SecondaryTest {

    @TempDir
    Path directory;

    private final FakePrimary primary = new FakePrimary();

    @AfterEach
    void stop() {
        primary.close();
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("secondary.zones.\"copied.test\".primaries", primary.address());
        settings.put("secondary.directory", directory.resolve("copies").toString());
        // Time stands still between the questions of a test.
        settings.put("rate.per-second", "0");
        settings.put("secondary.min-refresh", "1s");
        settings.put("secondary.timeout", "2s");
        return settings;
    }

    private static Secondaries secondaries(TestServer server) {
        return server.server.upkeep().secondaries();
    }

    private static long count(TestServer server, Secondaries.Outcome wanted) {
        AtomicLong found = new AtomicLong();
        secondaries(server).eachOutcome((outcome, sum) -> {
            if (outcome == wanted) {
                found.set(sum.sum());
            }
        });
        return found.get();
    }

    private static long count(TestServer server, Secondaries.Notification wanted) {
        AtomicLong found = new AtomicLong();
        secondaries(server).eachNotification((outcome, sum) -> {
            if (outcome == wanted) {
                found.set(sum.sum());
            }
        });
        return found.get();
    }

    /** Lets time pass for a server that has done what was to be done until now. */
    private static void pass(TestServer server, Duration time) {
        eventually(() -> secondaries(server).running() == 0);
        server.time.pass(time);
    }

    /** What a turn begins is under way when it returns, or has come to the primary since. */
    private void assertAsksNobody(TestServer server, String why) {
        secondaries(server).turn();
        assertThat(secondaries(server).running()).as(why).isZero();
        assertThat(primary.asked).as(why).isEmpty();
    }

    private static long total(TestServer server) {
        AtomicLong total = new AtomicLong();
        secondaries(server).eachOutcome((outcome, sum) -> total.addAndGet(sum.sum()));
        return total.get();
    }

    private static List<String> www(TestServer server) {
        return Ask.data(Ask.udp(server.address, "www." + ORIGIN, Type.A), Section.ANSWER);
    }

    private static int rcode(TestServer server) {
        return Ask.udp(server.address, "www." + ORIGIN, Type.A).getRcode();
    }

    /** The server, with the first version copied. */
    private TestServer serving(Map<String, String> settings) {
        TestServer server = TestServer.with(settings);
        eventually(() -> www(server).equals(List.of("A 192.0.2.1")));
        return server;
    }

    @Test
    void before_there_is_a_copy_and_when_it_has_expired_the_answer_is_servfail() {
        primary.refuses(Rcode.REFUSED);
        try (TestServer server = TestServer.with(settings())) {
            Message nothing = Ask.udp(server.address, "www." + ORIGIN, Type.A);
            assertThat(nothing.getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(nothing.getHeader().getFlag(Flags.AA)).isFalse();
            eventually(() -> count(server, Secondaries.Outcome.REFUSED) == 1);
            assertThat(secondaries(server).unserved()).isEqualTo(1);

            primary.transfers(FakePrimary::zone);
            pass(server, Duration.ofSeconds(1));
            eventually(() -> www(server).equals(List.of("A 192.0.2.1")));
            SecondaryZone zone = secondaries(server).zones().getFirst();
            assertThat(zone.serial()).isEqualTo(1);
            pass(server, Duration.ofSeconds(10));
            assertThat(zone.age()).isEqualTo(10);

            primary.refuses(Rcode.SERVFAIL);
            long before = count(server, Secondaries.Outcome.REFUSED);
            pass(server, Duration.ofSeconds(3589));
            eventually(() -> count(server, Secondaries.Outcome.REFUSED) > before);
            assertThat(www(server)).containsExactly("A 192.0.2.1");
            pass(server, Duration.ofSeconds(1));
            eventually(() -> rcode(server) == Rcode.SERVFAIL);
            assertThat(zone.age()).isNaN();
            assertThat(Ask.udp(server.address, "nothing." + ORIGIN, Type.A).getRcode())
                    .isEqualTo(Rcode.SERVFAIL);

            primary.transfers(FakePrimary::zone);
            pass(server, Duration.ofSeconds(60));
            eventually(() -> www(server).equals(List.of("A 192.0.2.1")));
        }
    }

    @Test
    void the_primary_is_asked_after_the_time_to_refresh_and_after_a_failure_after_the_time_to_retry() {
        try (TestServer server = serving(settings())) {
            primary.asked.clear();
            pass(server, Duration.ofSeconds(539));
            assertAsksNobody(server, "a tenth before the time at the earliest");
            primary.serial = 2;
            primary.refuses(Rcode.SERVFAIL);
            pass(server, Duration.ofSeconds(61));
            eventually(() -> count(server, Secondaries.Outcome.REFUSED) == 1);
            primary.transfers(FakePrimary::zone);
            pass(server, Duration.ofSeconds(59));
            assertAsksNobody(server, "not yet");
            pass(server, Duration.ofSeconds(1));
            eventually(() -> www(server).equals(List.of("A 192.0.2.2")));
            long current = count(server, Secondaries.Outcome.CURRENT);
            pass(server, Duration.ofSeconds(600));
            eventually(() -> count(server, Secondaries.Outcome.CURRENT) == current + 1);
            assertThat(secondaries(server).zones().getFirst().age()).isZero();
        }
    }

    @Test
    void a_start_without_the_primary_serves_what_is_on_disk_until_it_expires() throws IOException {
        Path copy = directory.resolve("copies").resolve("copied.test.zone");
        serving(settings()).close();
        primary.close();
        try (TestServer server = TestServer.with(settings())) {
            assertThat(www(server)).containsExactly("A 192.0.2.1");
            pass(server, Duration.ofSeconds(3599));
            secondaries(server).turn();
            assertThat(www(server)).containsExactly("A 192.0.2.1");
            pass(server, Duration.ofSeconds(1));
            eventually(() -> rcode(server) == Rcode.SERVFAIL);
        }
        ManualTime time = new ManualTime();
        Files.setLastModifiedTime(copy, FileTime.from(time.instant().minusSeconds(3600)));
        try (TestServer server = TestServer.with(settings())) {
            assertThat(rcode(server)).as("expired while it was away").isEqualTo(Rcode.SERVFAIL);
        }
        Files.setLastModifiedTime(copy, FileTime.from(time.instant()));
        Files.writeString(copy, "@ SOA this is no zone");
        try (TestServer server = TestServer.with(settings())) {
            assertThat(rcode(server)).as("cannot be read").isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void a_notification_of_a_primary_is_heard_and_one_of_somebody_else_is_counted() throws IOException {
        try (TestServer server = serving(settings())) {
            primary.serial = 2;
            primary.asked.clear();
            pass(server, Duration.ofSeconds(2));
            assertThat(notify(server, "127.0.0.9", ORIGIN)).isEqualTo(Rcode.REFUSED);
            assertThat(notify(server, "127.0.0.1", "other.test.")).isEqualTo(Rcode.NOTAUTH);
            assertAsksNobody(server, "not yet");
            assertThat(count(server, Secondaries.Notification.NOT_A_PRIMARY)).isEqualTo(1);
            assertThat(count(server, Secondaries.Notification.UNKNOWN_ZONE)).isEqualTo(1);
            assertThat(notify(server, "127.0.0.1", ORIGIN)).isEqualTo(Rcode.NOERROR);
            assertThat(count(server, Secondaries.Notification.TAKEN)).isEqualTo(1);
            eventually(() -> www(server).equals(List.of("A 192.0.2.2")));

            primary.asked.clear();
            eventually(() -> secondaries(server).running() == 0);
            for (int i = 0; i < 50; i++) {
                assertThat(notify(server, "127.0.0.1", ORIGIN)).isEqualTo(Rcode.NOERROR);
                assertAsksNobody(server, "a flood is not passed on: not before a second is over");
            }
            pass(server, Duration.ofSeconds(1));
            eventually(() -> count(server, Secondaries.Outcome.CURRENT) == 1);
            assertThat(primary.asked).hasSize(1);
        }
    }

    private static int notify(TestServer server, String from, String zone) throws IOException {
        Message notify = Ask.plain(zone, Type.SOA);
        notify.getHeader().setOpcode(Dns.OPCODE_NOTIFY);
        notify.getHeader().setFlag(Flags.AA);
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral(from))) {
            socket.setSoTimeout(5000);
            byte[] wire = notify.toWire();
            socket.send(new DatagramPacket(wire, wire.length, server.address));
            DatagramPacket packet = new DatagramPacket(new byte[512], 512);
            socket.receive(packet);
            Message answer = Ask.message(Arrays.copyOf(packet.getData(), packet.getLength()));
            assertThat(answer.getHeader().getOpcode()).isEqualTo(Dns.OPCODE_NOTIFY);
            assertThat(answer.getHeader().getID()).isEqualTo(notify.getHeader().getID());
            return answer.getRcode();
        }
    }

    @Test
    void what_changed_is_put_upon_the_copy_step_by_step() {
        try (TestServer server = serving(settings())) {
            primary.serial = 3;
            primary.transfers((query, version) -> List.of(message(
                    query,
                    soa(3),
                    soa(1),
                    address("www", "192.0.2.1"),
                    soa(2),
                    address("www", "192.0.2.2"),
                    address("two", "192.0.2.22"),
                    soa(2),
                    address("www", "192.0.2.2"),
                    soa(3),
                    address("www", "192.0.2.3"),
                    address("two", "192.0.2.22"),
                    soa(3))));
            pass(server, Duration.ofSeconds(600));
            eventually(() -> www(server).equals(List.of("A 192.0.2.3")));
            assertThat(Ask.data(Ask.udp(server.address, "two." + ORIGIN, Type.A), Section.ANSWER))
                    .containsExactly("A 192.0.2.22");
            Message ixfr = primary.asked.getLast();
            assertThat(ixfr.getQuestion().getType()).isEqualTo(Type.IXFR);
            assertThat(((org.xbill.DNS.SOARecord)
                                    ixfr.getSection(Section.AUTHORITY).getFirst())
                            .getSerial())
                    .isEqualTo(1);
            assertThat(count(server, Secondaries.Outcome.INCREMENTAL)).isEqualTo(1);
        }
    }

    @Test
    void where_changes_do_not_fit_or_are_not_to_be_had_the_whole_zone_is() {
        record Case(String why, BiFunction<Message, Long, List<byte[]>> ixfr) {}
        for (Case c : List.of(
                new Case(
                        "not implemented",
                        (q, v) -> List.of(FakeServer.answer(q, Rcode.NOTIMP).toWire())),
                new Case("silence", (q, v) -> List.of()),
                new Case("leads elsewhere", (q, v) -> List.of(message(q, soa(v), soa(v - 1), soa(v - 2), soa(v)))))) {
            primary.serial = 1;
            primary.transfers(FakePrimary::zone);
            Map<String, String> settings = settings();
            settings.put("secondary.directory", directory.resolve(c.why).toString());
            try (TestServer server = serving(settings)) {
                primary.serial = 2;
                primary.transfers((query, v) ->
                        query.getQuestion().getType() == Type.IXFR ? c.ixfr.apply(query, v) : zone(query, v));
                pass(server, Duration.ofSeconds(600));
                eventually(() -> www(server).equals(List.of("A 192.0.2.2")));
                assertThat(count(server, Secondaries.Outcome.INCREMENTAL))
                        .as(c.why)
                        .isZero();
                assertThat(count(server, Secondaries.Outcome.FULL)).as(c.why).isEqualTo(2);
            }
        }
    }

    @Test
    void a_transfer_that_breaks_off_or_is_none_leaves_the_copy_as_it_was() {
        record Case(String why, Secondaries.Outcome outcome, BiFunction<Message, Long, List<byte[]>> transfer) {}
        List<Case> cases = new ArrayList<>();
        cases.add(new Case(
                "breaks off",
                Secondaries.Outcome.BROKEN_OFF,
                (q, v) -> zone(q, v).subList(0, 1)));
        cases.add(new Case(
                "no SOA",
                Secondaries.Outcome.MALFORMED,
                (q, v) -> List.of(message(q, address("www", "192.0.2.9"), soa(v)))));
        cases.add(new Case(
                "two serials",
                Secondaries.Outcome.MALFORMED,
                (q, v) -> List.of(message(q, soa(v), address("www", "192.0.2.9"), soa(v + 1)))));
        cases.add(new Case(
                "elsewhere",
                Secondaries.Outcome.MALFORMED,
                (q, v) -> List.of(message(q, soa(v), "www.other.test. 60 A 192.0.2.9", soa(v)))));
        cases.add(new Case(
                "SOA elsewhere",
                Secondaries.Outcome.MALFORMED,
                (q, v) -> List.of(message(q, soa(v), "www." + soa(v), soa(v)))));
        cases.add(new Case(
                "alias and data",
                Secondaries.Outcome.MALFORMED,
                (q, v) -> List.of(message(
                        q, soa(v), address("www", "192.0.2.9"), "www." + ORIGIN + " 60 CNAME no." + ORIGIN, soa(v)))));
        cases.add(new Case(
                "behind the end",
                Secondaries.Outcome.MALFORMED,
                (q, v) -> List.of(message(q, soa(v), soa(v), address("www", "192.0.2.9")))));
        cases.add(new Case("older", Secondaries.Outcome.OLDER, (q, v) -> zone(q, 1)));
        cases.add(new Case("another id", Secondaries.Outcome.MALFORMED, (q, v) -> {
            Message other = Ask.message(zone(q, v).getFirst());
            other.getHeader().setID(q.getHeader().getID() + 1 & 0xFFFF);
            return List.of(other.toWire());
        }));
        cases.add(new Case("truncated", Secondaries.Outcome.MALFORMED, (q, v) -> {
            Message other = Ask.message(zone(q, v).getFirst());
            other.getHeader().setFlag(Flags.TC);
            return List.of(other.toWire());
        }));
        cases.add(new Case("another question", Secondaries.Outcome.MALFORMED, (q, v) -> {
            Message other = Ask.message(message(Ask.plain("other.test.", Type.AXFR), soa(v), soa(v)));
            other.getHeader().setID(q.getHeader().getID());
            return List.of(other.toWire());
        }));
        cases.add(new Case("nothing", Secondaries.Outcome.MALFORMED, (q, v) -> List.of(new byte[0])));
        cases.add(new Case("octets", Secondaries.Outcome.MALFORMED, (q, v) -> {
            byte[] octets = new byte[200];
            new java.util.Random(7).nextBytes(octets);
            Dns.put16(octets, 0, q.getHeader().getID());
            return List.of(octets);
        }));
        cases.add(new Case(
                "refused",
                Secondaries.Outcome.REFUSED,
                (q, v) -> List.of(FakeServer.answer(q, Rcode.REFUSED).toWire())));
        cases.add(new Case("too large", Secondaries.Outcome.TOO_LARGE, (q, v) -> {
            List<byte[]> endless = new ArrayList<>();
            endless.add(message(q, soa(v)));
            for (int i = 0; i < 200; i++) {
                endless.add(message(q, address("h" + i, "192.0.2.9")));
            }
            return endless;
        }));
        Map<String, String> settings = settings();
        settings.put("secondary.max-bytes", "10000");
        try (TestServer server = serving(settings)) {
            for (Case c : cases) {
                primary.serial++;
                // Neither the changes nor, in their stead, the whole zone.
                primary.transfers(c.transfer);
                long before = count(server, c.outcome);
                long asked = total(server);
                int attempts = c.outcome == Secondaries.Outcome.BROKEN_OFF ? 1 : 2;
                pass(server, Duration.ofSeconds(primary.serial == 2 ? 600 : 60));
                eventually(() -> total(server) == asked + attempts);
                assertThat(count(server, c.outcome)).as(c.why).isGreaterThan(before);
                assertThat(www(server)).as(c.why).containsExactly("A 192.0.2.1");
            }
            primary.transfers(FakePrimary::zone);
            pass(server, Duration.ofSeconds(60));
            eventually(() -> www(server).equals(List.of("A 192.0.2." + primary.serial)));
        }
    }

    @Test
    void with_a_key_only_what_is_signed_to_the_end_is_believed() {
        Map<String, String> settings = settings();
        settings.put("keys.mover.secret", MaintainTest.SECRET);
        settings.put("secondary.zones.\"copied.test\".key", "mover");
        TSIG key = new TSIG(TSIG.HMAC_SHA256, "mover.", MaintainTest.SECRET);
        TSIG wrong = new TSIG(TSIG.HMAC_SHA256, "mover.", "d3Jvbmctc2VjcmV0LTAxMjM0NTY3ODk=");
        primary.transfers(FakePrimary::zone);
        try (TestServer server = TestServer.with(settings)) {
            eventually(() -> count(server, Secondaries.Outcome.BAD_SIGNATURE) == 1);
            primary.transfers((query, v) -> primary.signed(query, wrong, 2));
            pass(server, Duration.ofSeconds(10));
            eventually(() -> count(server, Secondaries.Outcome.BAD_SIGNATURE) == 2);
            primary.transfers((query, v) -> primary.signed(query, key, 1));
            pass(server, Duration.ofSeconds(10));
            eventually(() -> count(server, Secondaries.Outcome.BAD_SIGNATURE) == 3);
            assertThat(rcode(server)).isEqualTo(Rcode.SERVFAIL);
            primary.transfers((query, v) -> primary.signed(query, key, 2));
            pass(server, Duration.ofSeconds(10));
            eventually(() -> www(server).equals(List.of("A 192.0.2.1")));
            // An unsigned SOA could keep what is old in force.
            long before = count(server, Secondaries.Outcome.BAD_SIGNATURE);
            pass(server, Duration.ofSeconds(600));
            eventually(() -> count(server, Secondaries.Outcome.BAD_SIGNATURE) == before + 1);
            assertThat(count(server, Secondaries.Outcome.CURRENT)).isZero();
        }
    }

    @Test
    void the_next_primary_is_asked_when_one_is_away_or_behind() {
        try (FakePrimary behind = new FakePrimary()) {
            Map<String, String> settings = settings();
            settings.put(
                    "secondary.zones.\"copied.test\".primaries",
                    "127.0.0.1:" + TestServer.freePort() + "," + primary.address());
            try (TestServer server = serving(settings)) {
                assertThat(count(server, Secondaries.Outcome.UNREACHABLE)).isEqualTo(1);
                assertThat(count(server, Secondaries.Outcome.FULL)).isEqualTo(1);
            }
            primary.serial = 5;
            settings.put("secondary.zones.\"copied.test\".primaries", primary.address() + "," + behind.address());
            try (TestServer server = TestServer.with(settings)) {
                eventually(() -> www(server).equals(List.of("A 192.0.2.5")));
                primary.refuses(Rcode.SERVFAIL);
                pass(server, Duration.ofSeconds(600));
                eventually(() -> count(server, Secondaries.Outcome.OLDER) >= 1);
                assertThat(www(server)).containsExactly("A 192.0.2.5");
            }
        }
    }

    /** Copies of zones of the primary, looked after only when the test says so. */
    private Secondaries secondaries(List<String> origins, ManualTime time, RandomGenerator random) throws IOException {
        InetSocketAddress address = new InetSocketAddress(
                InetAddress.getLoopbackAddress(),
                Integer.parseInt(primary.address().split(":", 2)[1]));
        return new Secondaries(
                origins.stream()
                        .map(origin ->
                                new SecondaryZone.Source(Names.parse(origin), List.of(address), Optional.empty()))
                        .toList(),
                new Secondaries.Settings(Duration.ofSeconds(1), Duration.ofSeconds(2), 1 << 20),
                new Zones(),
                Optional.of(new ZoneCopies(directory.resolve("copies"))),
                time,
                random);
    }

    @Test
    void zones_that_wait_longest_are_asked_for_first_however_many_fail() throws IOException {
        List<String> asked = new CopyOnWriteArrayList<>();
        ManualTime time = new ManualTime();
        List<String> origins =
                IntStream.range(0, 10).mapToObj(i -> "z" + i + ".test.").toList();
        primary.refuses(Rcode.REFUSED, asked);
        try (Secondaries copies = secondaries(origins, time, new Random(1))) {
            for (int i = 0; i < 3; i++) {
                copies.turn();
                eventually(() -> copies.running() == 0);
                time.pass(Duration.ofSeconds(5));
            }
        }
        assertThat(asked.subList(0, 10))
                .as("each once before one is asked for again")
                .containsExactlyInAnyOrderElementsOf(origins);
    }

    @Test
    void an_error_while_a_zone_is_copied_does_not_end_its_upkeep() throws IOException {
        ManualTime time = new ManualTime();
        AtomicBoolean broken = new AtomicBoolean(true);
        RandomGenerator random = () -> {
            if (broken.getAndSet(false)) {
                throw new OutOfMemoryError("as the test wants it");
            }
            return 0;
        };
        try (Secondaries copies = secondaries(List.of(ORIGIN), time, random)) {
            copies.turn();
            eventually(() -> copies.running() == 0);
            assertThat(broken).isFalse();
            primary.asked.clear();
            time.pass(Duration.ofSeconds(60));
            copies.turn();
            eventually(() -> copies.running() == 0);
            assertThat(primary.asked).as("the zone is looked after again").isNotEmpty();
        }
    }

    @Test
    void a_setting_that_cannot_be_stops_the_start_and_says_so() throws IOException {
        Path zones = Files.createDirectory(directory.resolve("zones"));
        Files.writeString(zones.resolve("copied.test.zone"), soa(1) + "\n" + ORIGIN + " 60 NS ns." + ORIGIN + "\n");
        record Case(String key, String value, String message) {}
        for (Case c : List.of(
                new Case("secondary.zones.\"copied.test\".key", "nobody", "secondary.zones.\"copied.test\".key"),
                new Case("secondary.zones.\"copied.test\".primaries", "example", "'example' is no address"),
                new Case("zones.directory", zones.toString(), "copied from its primaries"),
                new Case("update.zones", "copied.test", "update.zones: copied.test."),
                new Case("secondary.min-refresh", "0s", "secondary.min-refresh"),
                new Case("secondary.directory", zones.resolve("copied.test.zone") + "/x", "secondary.directory"))) {
            Map<String, String> settings = settings();
            settings.put(c.key, c.value);
            assertThatThrownBy(() -> TestServer.with(settings).close())
                    .as(c.key)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(c.message);
        }
    }

    @Test
    void what_was_copied_is_passed_on_with_its_changes() {
        Map<String, String> settings = settings();
        settings.put("transfer.allow", "127.0.0.1/32");
        try (TestServer middle = serving(settings)) {
            Map<String, String> below = settings();
            below.put("secondary.zones.\"copied.test\".primaries", "127.0.0.1:" + middle.port());
            below.put("secondary.directory", directory.resolve("below").toString());
            try (TestServer last = serving(below)) {
                primary.serial = 2;
                pass(middle, Duration.ofSeconds(600));
                eventually(() -> www(middle).equals(List.of("A 192.0.2.2")));
                pass(last, Duration.ofSeconds(600));
                eventually(() -> www(last).equals(List.of("A 192.0.2.2")));
                assertThat(count(last, Secondaries.Outcome.INCREMENTAL)).isEqualTo(1);
            }
            pass(middle, Duration.ofSeconds(3600));
            primary.close();
            pass(middle, Duration.ofSeconds(3600));
            eventually(() -> rcode(middle) == Rcode.SERVFAIL);
            Message expired = Ask.tcp(middle.address, Ask.plain(ORIGIN, Type.AXFR));
            assertThat(expired.getRcode()).isEqualTo(Rcode.NOTAUTH);
            assertThat(expired.getSection(Section.ANSWER).stream().map(Record::toString))
                    .isEmpty();
        }
    }
}
