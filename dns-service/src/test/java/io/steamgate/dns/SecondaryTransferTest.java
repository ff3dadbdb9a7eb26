package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static io.steamgate.dns.FakePrimary.ORIGIN;
import static io.steamgate.dns.FakePrimary.address;
import static io.steamgate.dns.FakePrimary.message;
import static io.steamgate.dns.FakePrimary.soa;
import static io.steamgate.dns.FakePrimary.zone;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.dns.maintain.Secondaries;
import io.steamgate.dns.wire.Dns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;

/** Copies of zones: what is taken of a transfer, and what is no copy. */
class SecondaryTransferTest extends SecondaryFixture {
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
