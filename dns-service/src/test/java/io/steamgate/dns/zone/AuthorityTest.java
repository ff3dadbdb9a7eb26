package io.steamgate.dns.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.dns.Ask;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Query;
import io.steamgate.dns.wire.Writer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class AuthorityTest {
    private static final String PARENT = """
            $TTL 3600
            @ SOA ns host 1 7200 3600 1209600 300
            @ NS ns
            @ NS ns.elsewhere.example.
            ns A 192.0.2.1
            www CNAME web
            web A 192.0.2.2
            web AAAA 2001:db8::2
            out CNAME www.elsewhere.example.
            loop CNAME loop2
            loop2 CNAME loop
            *.wild A 192.0.2.3
            *.wild TXT "wild"
            real.wild TXT "real"
            alias.wild CNAME a.wild
            deep.down.there A 192.0.2.4
            sub NS ns.sub
            sub NS ns
            ns.sub A 192.0.2.5
            sub DS 12345 8 2 49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE0102030405060708090A0B0C
            moved DNAME web
            other DNAME target.child
            mail MX 10 web
            _sip._udp SRV 1 2 5060 web
            """;
    private static final String CHILD = """
            $TTL 60
            @ SOA ns host 7 7200 3600 1209600 300
            @ NS ns
            ns A 192.0.2.9
            x.target A 192.0.2.10
            """;

    @TempDir
    Path directory;

    private ZoneTable zones = ZoneTable.of(List.of());
    private final Authority authority = new Authority();

    @BeforeEach
    void load() {
        zones = ZoneTable.of(List.of(zone("example.test", PARENT), zone("child.example.test", CHILD)));
    }

    private Zone zone(String origin, String text) {
        try {
            Path file = directory.resolve(origin + ".zone");
            Files.writeString(file, text);
            return ZoneFile.read(file, Names.parse(origin));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Message ask(String name, int type) {
        Query query = new Query();
        Writer out = new Writer();
        byte[] wire = Ask.plain(name + ".example.test.", type).toWire();
        assertThat(query.parse(wire, wire.length)).isEqualTo(Query.Parsed.WHOLE);
        out.begin(query, 0, 65535);
        assertThat(authority.answer(zones, query, out)).isTrue();
        out.finish();
        return Ask.message(Arrays.copyOf(out.bytes(), out.position()));
    }

    private static List<String> answers(Message message) {
        return Ask.data(message, Section.ANSWER);
    }

    private static void assertNegative(Message message, int rcode) {
        assertThat(message.getRcode()).isEqualTo(rcode);
        assertThat(message.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(message.getSection(Section.AUTHORITY)).hasSize(1);
        assertThat(message.getSection(Section.AUTHORITY).getFirst().getType()).isEqualTo(Type.SOA);
        assertThat(message.getSection(Section.AUTHORITY).getFirst().getTTL()).isEqualTo(300);
    }

    @Test
    void an_alias_is_followed_within_the_zones() {
        assertThat(answers(ask("www", Type.A))).containsExactly("CNAME web.example.test.", "A 192.0.2.2");
        assertThat(answers(ask("www", Type.CNAME))).containsExactly("CNAME web.example.test.");
        assertThat(answers(ask("out", Type.A))).containsExactly("CNAME www.elsewhere.example.");
        assertThat(authority.leftOurZones()).isTrue();
    }

    @Test
    void an_alias_that_leads_to_itself_ends() {
        assertThat(answers(ask("loop", Type.A))).hasSizeLessThan(40).startsWith("CNAME loop2.example.test.");
    }

    @Test
    void an_alias_of_something_without_the_type_has_the_soa_of_its_zone() {
        Message message = ask("www", Type.MX);
        assertThat(answers(message)).containsExactly("CNAME web.example.test.");
        assertNegative(message, Rcode.NOERROR);
    }

    @Test
    void a_wildcard_stands_for_what_is_not_there() {
        Message message = ask("any.thing.wild", Type.A);
        assertThat(message.getSection(Section.ANSWER).getFirst().getName()).hasToString("any.thing.wild.example.test.");
        assertThat(answers(message)).containsExactly("A 192.0.2.3");
        assertNegative(ask("any.wild", Type.MX), Rcode.NOERROR);
        assertNegative(ask("real.wild", Type.A), Rcode.NOERROR);
        assertNegative(ask("below.real.wild", Type.A), Rcode.NXDOMAIN);
        assertThat(answers(ask("alias.wild", Type.A))).containsExactly("CNAME a.wild.example.test.", "A 192.0.2.3");
        assertThat(answers(ask("*.wild", Type.TXT))).containsExactly("TXT \"wild\"");
    }

    @Test
    void a_name_between_others_exists_and_has_nothing() {
        assertNegative(ask("down.there", Type.A), Rcode.NOERROR);
        assertNegative(ask("there", Type.A), Rcode.NOERROR);
        assertNegative(ask("up.there", Type.A), Rcode.NXDOMAIN);
    }

    @Test
    void a_delegation_is_referred_to_with_the_addresses_of_its_servers() {
        Message message = ask("www.sub", Type.A);
        assertThat(message.getHeader().getFlag(Flags.AA)).isFalse();
        assertThat(answers(message)).isEmpty();
        assertThat(Ask.data(message, Section.AUTHORITY))
                .containsExactly("NS ns.sub.example.test.", "NS ns.example.test.");
        assertThat(Ask.data(message, Section.ADDITIONAL)).containsExactly("A 192.0.2.5", "A 192.0.2.1");
        assertThat(answers(ask("sub", Type.DS))).hasSize(1);
        assertThat(answers(ask("sub", Type.NS))).isEmpty();
    }

    @Test
    void what_a_dname_covers_is_renamed() {
        assertThat(answers(ask("x.other", Type.A)))
                .containsExactly(
                        "DNAME target.child.example.test.", "CNAME x.target.child.example.test.", "A 192.0.2.10");
        assertNegative(ask("other", Type.A), Rcode.NOERROR);
        Message tooLong = ask("x" + ".y".repeat(115) + ".other", Type.A);
        assertThat(tooLong.getRcode()).isEqualTo(Rcode.YXDOMAIN);
        assertThat(answers(tooLong)).hasSize(1);
    }

    @Test
    void the_closest_zone_answers_and_ds_is_the_parents() {
        assertThat(answers(ask("ns.child", Type.A))).containsExactly("A 192.0.2.9");
        assertThat(ask("child", Type.SOA).getSection(Section.ANSWER)).hasSize(1);
        Message ds = ask("child", Type.DS);
        assertThat(ds.getSection(Section.AUTHORITY).getFirst().getName()).hasToString("example.test.");
    }

    @Test
    void addresses_of_mail_and_service_hosts_come_along() {
        assertThat(Ask.data(ask("mail", Type.MX), Section.ADDITIONAL))
                .containsExactly("A 192.0.2.2", "AAAA 2001:db8:0:0:0:0:0:2");
        assertThat(Ask.data(ask("_sip._udp", Type.SRV), Section.ADDITIONAL))
                .containsExactly("A 192.0.2.2", "AAAA 2001:db8:0:0:0:0:0:2");
    }

    @Test
    void no_zone_is_made_of_records_that_contradict_each_other() {
        String soa = "@ 60 SOA ns host 1 2 3 4 5\n";
        assertThatThrownBy(() -> zone("a.test", "@ 60 NS ns\n")).hasMessageContaining("has 0 SOA records");
        assertThatThrownBy(() -> zone("a.test", soa + "x 60 CNAME y\nx 60 A 192.0.2.1\n"))
                .hasMessageContaining("x.a.test. has a CNAME and other data");
        assertThatThrownBy(() -> zone("a.test", soa + "x.other.test. 60 A 192.0.2.1\n"))
                .hasMessageContaining("x.other.test. is not in zone a.test.");
        assertThatThrownBy(() -> zone("a.test", soa + "x 60 A 192.0.2\n"))
                .isInstanceOf(ZoneException.class)
                .hasMessageContaining("a.test.zone");
    }

    @Test
    void no_zone_is_made_that_has_each_question_hashed_more_than_150_times() {
        String unsigned = "@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\n";
        assertThat(zone("a.test", unsigned + "@ 60 NSEC3PARAM 1 0 150 AABB\n").serial())
                .isEqualTo(1);
        assertThatThrownBy(() -> zone("a.test", unsigned + "@ 60 NSEC3PARAM 1 0 151 AABB\n"))
                .isInstanceOf(ZoneException.class)
                .hasMessageContaining("151 iterations, more than 150");
    }
}
