package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;
import org.xbill.DNS.ZoneTransferException;
import org.xbill.DNS.ZoneTransferIn;

/** Transfers, notifications, signed updates. */
class MaintainTest {
    static final String SECRET = "c3RlYW1nYXRlLXRlc3Qta2V5LTAxMjM0NTY3ODk=";
    private static final String ZONE = """
            $TTL 3600
            @ SOA ns host 10 7200 3600 1209600 300
            @ NS ns
            ns A 192.0.2.1
            $GENERATE 0-1999 h$ A 10.0.0.1
            """;

    @TempDir
    Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.serving(directory, "example.test", ZONE, settings());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("keys.mover.secret", SECRET);
        settings.put("keys.other.secret", "b3RoZXItdGVzdC1rZXktMDEyMzQ1Njc4OQ==");
        settings.put("transfer.keys", "mover");
        settings.put("update.keys", "mover");
        settings.put("update.zones", "example.test");
        settings.put("zones.recheck", "1h");
        return settings;
    }

    private static TSIG key(String name) {
        String secret = name.equals("other") ? "b3RoZXItdGVzdC1rZXktMDEyMzQ1Njc4OQ==" : SECRET;
        return new TSIG(TSIG.HMAC_SHA256, name + ".", secret);
    }

    private Message send(Message message, @Nullable TSIG key) {
        SimpleResolver resolver = new SimpleResolver(server.address);
        resolver.setTimeout(Duration.ofSeconds(5));
        resolver.setTSIGKey(key);
        try {
            return resolver.send(message);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Signed as it says. */
    private Message ask(Message query) {
        return Ask.message(Ask.udp(server.address, query.toWire(65535)));
    }

    private static Update update() {
        return new Update(Name.fromConstantString("example.test."));
    }

    private static Name name(String text) {
        return Name.fromConstantString(text + ".example.test.");
    }

    private ZoneTransferIn transfer(ZoneTransferIn transfer) throws IOException, ZoneTransferException {
        transfer.setTimeout(Duration.ofSeconds(5));
        transfer.run();
        return transfer;
    }

    private List<String> addresses(String name) {
        return Ask.data(Ask.udp(server.address, name + ".example.test.", Type.A), Section.ANSWER);
    }

    private long serial() {
        return ((org.xbill.DNS.SOARecord) Ask.udp(server.address, "example.test.", Type.SOA)
                        .getSection(Section.ANSWER)
                        .getFirst())
                .getSerial();
    }

    @Test
    void a_whole_zone_is_given_to_whom_signs_and_refused_to_others() throws Exception {
        Name zone = Name.fromConstantString("example.test.");
        ZoneTransferIn whole = transfer(ZoneTransferIn.newAXFR(zone, server.address, key("mover")));
        assertThat(whole.getAXFR()).hasSize(2004);
        for (TSIG wrong : new TSIG[] {null, key("other")}) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(
                            () -> transfer(ZoneTransferIn.newAXFR(zone, server.address, wrong))))
                    .isInstanceOf(ZoneTransferException.class)
                    .hasMessageContaining("REFUSED");
        }
    }

    @Test
    void an_update_changes_the_zone_its_serial_and_its_file() throws Exception {
        Update update = update();
        update.absent(name("new"));
        update.add(name("new"), Type.A, 60, "192.0.2.77");
        update.delete(name("h1"));
        Message answer = send(update, key("mover"));

        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answer.isVerified()).isTrue();
        assertThat(addresses("new")).containsExactly("A 192.0.2.77");
        assertThat(addresses("h1")).isEmpty();
        assertThat(serial()).isEqualTo(11);
        assertThat(Files.readString(directory.resolve("example.test.zone"))).contains("192.0.2.77");
        assertThat(send(update, key("mover")).getRcode()).as("it is there now").isEqualTo(Rcode.YXDOMAIN);
        server.close();
        Map<String, String> again = settings();
        again.put("zones.directory", directory.toString());
        server = TestServer.with(again);
        assertThat(addresses("new")).as("after a start").containsExactly("A 192.0.2.77");
        assertThat(serial()).isEqualTo(11);
    }

    @Test
    void what_changed_is_all_that_is_given_to_whom_has_a_version_of_before() throws Exception {
        for (int i = 0; i < 3; i++) {
            Update update = update();
            update.add(name("new"), Type.A, 60, "192.0.2." + i);
            send(update, key("mover"));
        }
        Name zone = Name.fromConstantString("example.test.");
        ZoneTransferIn changes = transfer(ZoneTransferIn.newIXFR(zone, 11, false, server.address, key("mover")));
        assertThat(changes.isIXFR()).isTrue();
        assertThat(changes.getIXFR()).hasSize(2);
        assertThat(changes.getIXFR().getLast().adds.stream().map(Object::toString))
                .anyMatch(record -> record.contains("192.0.2.2"));
        assertThat(transfer(ZoneTransferIn.newIXFR(zone, 13, false, server.address, key("mover")))
                        .isCurrent())
                .isTrue();
        assertThat(transfer(ZoneTransferIn.newIXFR(zone, 5, false, server.address, key("mover")))
                        .isAXFR())
                .as("not known any more")
                .isTrue();
    }

    @Test
    void nobody_changes_a_zone_without_its_key() {
        Update update = update();
        update.delete(name("h1"));
        assertThat(send(update, null).getRcode()).isEqualTo(Rcode.REFUSED);
        assertThat(send(update, key("other")).getRcode()).isEqualTo(Rcode.REFUSED);
        assertThat(addresses("h1")).hasSize(1);
    }

    @Test
    void a_wrong_signature_an_unknown_key_and_an_old_time_are_told() {
        Message query = Ask.query("ns.example.test.", Type.A);
        query.setTSIG(new TSIG(TSIG.HMAC_SHA256, "mover.", "d3Jvbmctc2VjcmV0LTAxMjM0NTY3ODk="), 0, null);
        Message wrong = ask(query);
        assertThat(wrong.getRcode()).isEqualTo(Rcode.NOTAUTH);
        assertThat(wrong.getTSIG().getError()).isEqualTo(Rcode.BADSIG);
        query = Ask.query("ns.example.test.", Type.A);
        query.setTSIG(new TSIG(TSIG.HMAC_SHA256, "nobody.", SECRET), 0, null);
        assertThat(ask(query).getTSIG().getError()).isEqualTo(Rcode.BADKEY);
        query = Ask.query("ns.example.test.", Type.A);
        query.setTSIG(
                new TSIG(
                        TSIG.HMAC_SHA256,
                        Name.fromConstantString("mover."),
                        new javax.crypto.spec.SecretKeySpec(
                                java.util.Base64.getDecoder().decode(SECRET), "HmacSHA256"),
                        java.time.Clock.offset(java.time.Clock.systemUTC(), Duration.ofHours(-1))),
                0,
                null);
        assertThat(ask(query).getTSIG().getError()).isEqualTo(Rcode.BADTIME);
    }

    @Test
    void a_signed_question_gets_a_signed_answer() {
        Message answer = send(Ask.query("ns.example.test.", Type.A), key("mover"));
        assertThat(answer.isVerified()).isTrue();
        assertThat(Ask.data(answer, Section.ANSWER)).containsExactly("A 192.0.2.1");
    }

    @Test
    void prerequisites_decide_over_the_whole_update() throws Exception {
        record Case(String why, java.util.function.Consumer<Update> prerequisite, int rcode) {}
        for (Case c : List.of(
                new Case("name in use", u -> u.present(name("ns")), Rcode.NOERROR),
                new Case("name in use, but it is not", u -> u.present(name("no")), Rcode.NXDOMAIN),
                new Case("set exists", u -> u.present(name("ns"), Type.A), Rcode.NOERROR),
                new Case("set exists, but it does not", u -> u.present(name("ns"), Type.MX), Rcode.NXRRSET),
                new Case("set does not exist", u -> u.absent(name("ns"), Type.MX), Rcode.NOERROR),
                new Case("set does not exist, but it does", u -> u.absent(name("ns"), Type.A), Rcode.YXRRSET),
                new Case("set is", u -> present(u, "192.0.2.1"), Rcode.NOERROR),
                new Case("set is, but it is another", u -> present(u, "192.0.2.2"), Rcode.NXRRSET))) {
            Update update = update();
            c.prerequisite.accept(update);
            update.add(name("case"), Type.TXT, 60, "\"" + c.why + "\"");
            assertThat(send(update, key("mover")).getRcode()).as(c.why).isEqualTo(c.rcode);
            boolean there = Ask.data(Ask.tcp(server.address, Ask.query("case.example.test.", Type.TXT)), Section.ANSWER)
                    .contains("TXT \"" + c.why + "\"");
            assertThat(there).as(c.why).isEqualTo(c.rcode == Rcode.NOERROR);
        }
    }

    private static void present(Update update, String address) {
        try {
            update.present(name("ns"), Type.A, address);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void the_apex_keeps_its_soa_and_a_name_server_and_a_name_has_an_alias_or_data() throws Exception {
        Name apex = Name.fromConstantString("example.test.");
        Update update = update();
        update.delete(apex);
        update.delete(apex, Type.NS, "ns.example.test.");
        update.add(name("ns"), Type.CNAME, 60, "h2.example.test.");
        assertThat(send(update, key("mover")).getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(serial()).isEqualTo(10);
        assertThat(Ask.data(Ask.udp(server.address, "example.test.", Type.NS), Section.ANSWER))
                .hasSize(1);
        assertThat(addresses("ns")).containsExactly("A 192.0.2.1");
        Update outside = update();
        outside.add(Name.fromConstantString("elsewhere.test."), Type.A, 60, "192.0.2.1");
        assertThat(send(outside, key("mover")).getRcode()).isEqualTo(Rcode.NOTZONE);
    }

    @Test
    void nsupdate_changes_and_dig_transfers() {
        Path script = directory.resolve("script");
        TestServer.write(
                script,
                "server 127.0.0.1 %d\nkey hmac-sha256:mover %s\nzone example.test\nupdate add by-nsupdate.example.test 60 A 192.0.2.99\nsend\n"
                        .formatted(server.port(), SECRET));
        Peer.run(List.of("nsupdate", script.toString()));
        assertThat(addresses("by-nsupdate")).containsExactly("A 192.0.2.99");
        String port = Integer.toString(server.port());
        String out = Peer.run(
                List.of("dig", "-p", port, "@127.0.0.1", "-y", "hmac-sha256:mover:" + SECRET, "AXFR", "example.test"));
        assertThat(out).contains("by-nsupdate.example.test.").contains("XFR size: 2005 records");
        assertThat(Peer.run(List.of(
                        "dig",
                        "-p",
                        port,
                        "@127.0.0.1",
                        "-y",
                        "hmac-sha256:mover:" + SECRET,
                        "IXFR=10",
                        "example.test")))
                .contains("XFR size: 5 records");
        assertThat(Optional.of(Peer.run(List.of("dig", "-p", port, "@127.0.0.1", "AXFR", "example.test"))))
                .hasValueSatisfying(text -> assertThat(text).contains("Transfer failed"));
    }
}
