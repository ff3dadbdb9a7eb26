package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static io.steamgate.dns.FakePrimary.ORIGIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.dns.maintain.Secondaries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A server with a copy of a zone, and the primary that the test is. */
abstract class SecondaryFixture {

    @TempDir
    Path directory;

    final FakePrimary primary = new FakePrimary();

    @AfterEach
    void stop() {
        primary.close();
    }

    Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("secondary.zones.\"copied.test\".primaries", primary.address());
        settings.put("secondary.directory", directory.resolve("copies").toString());
        // Time stands still between the questions of a test.
        settings.put("rate.per-second", "0");
        settings.put("secondary.min-refresh", "1s");
        settings.put("secondary.timeout", "2s");
        return settings;
    }

    static Secondaries secondaries(TestServer server) {
        return server.server.upkeep().secondaries();
    }

    static long count(TestServer server, Secondaries.Outcome wanted) {
        AtomicLong found = new AtomicLong();
        secondaries(server).eachOutcome((outcome, sum) -> {
            if (outcome == wanted) {
                found.set(sum.sum());
            }
        });
        return found.get();
    }

    static long count(TestServer server, Secondaries.Notification wanted) {
        AtomicLong found = new AtomicLong();
        secondaries(server).eachNotification((outcome, sum) -> {
            if (outcome == wanted) {
                found.set(sum.sum());
            }
        });
        return found.get();
    }

    /** Lets time pass for a server that has done what was to be done until now. */
    static void pass(TestServer server, Duration time) {
        eventually(() -> secondaries(server).running() == 0);
        server.time.pass(time);
    }

    /** What a turn begins is under way when it returns, or has come to the primary since. */
    void assertAsksNobody(TestServer server, String why) {
        secondaries(server).turn();
        assertThat(secondaries(server).running()).as(why).isZero();
        assertThat(primary.asked).as(why).isEmpty();
    }

    static long total(TestServer server) {
        AtomicLong total = new AtomicLong();
        secondaries(server).eachOutcome((outcome, sum) -> total.addAndGet(sum.sum()));
        return total.get();
    }

    static List<String> www(TestServer server) {
        return Ask.data(Ask.udp(server.address, "www." + ORIGIN, Type.A), Section.ANSWER);
    }

    static int rcode(TestServer server) {
        return Ask.udp(server.address, "www." + ORIGIN, Type.A).getRcode();
    }

    /** The server, with the first version copied. */
    TestServer serving(Map<String, String> settings) {
        TestServer server = TestServer.with(settings);
        eventually(() -> www(server).equals(List.of("A 192.0.2.1")));
        return server;
    }
}
