package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static io.steamgate.dns.FakePrimary.ORIGIN;
import static io.steamgate.dns.FakePrimary.address;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Copies of zones: when they are looked after, and until when they are good. */
class SecondaryTest extends SecondaryFixture {
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
}
