package io.steamgate.dns.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Zones on disk. */
class ZoneCopiesTest {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path directory;

    private static Zone zone(String origin) {
        byte[] name = Names.parse(origin);
        byte[] soa = new byte[22];
        soa[5] = 7;
        List<Rr> records = new ArrayList<>();
        records.add(new Rr(name, Dns.NS, 60, Names.parse("ns." + origin)));
        records.add(new Rr(name, Dns.SOA, 60, soa));
        records.add(new Rr(Names.parse("MiXed." + origin), Dns.A, 0, new byte[] {1, 2, 3, 4}));
        record Odd(int type, String rdata) {}
        for (Odd odd : List.of(
                new Odd(43, "030709010300010800"), // DS whose digest has another length than SHA-1's
                new Odd(42, "03010c0e090f000e050307040e0e01070603"), // APL of an unknown family
                new Odd(16, "04225c3b00"), // TXT of quote, backslash, semicolon and zero
                new Odd(65, "000100"),
                new Odd(65400, "deadbeef"))) {
            records.add(new Rr(
                    Names.parse("odd." + origin), odd.type, 60, HexFormat.of().parseHex(odd.rdata)));
        }
        byte[] label = {3, 'a', (byte) 0xE4, ' '};
        byte[] owner = java.util.Arrays.copyOf(label, label.length + name.length);
        System.arraycopy(name, 0, owner, label.length, name.length);
        records.add(new Rr(owner, Dns.A, 60, new byte[] {1, 2, 3, 5}));
        return Zone.of(name, records);
    }

    private static List<String> text(Zone zone) {
        return zone.records().stream()
                .map(rr -> HexFormat.of().formatHex(rr.owner()) + " " + rr.type() + " " + rr.ttl() + " "
                        + HexFormat.of().formatHex(rr.rdata()))
                .sorted()
                .toList();
    }

    @Test
    void every_record_comes_back_as_it_was_with_the_time_it_was_known_to_be_right() throws IOException {
        for (String origin : List.of("copied.test", "0/25.2.0.192.in-addr.arpa")) {
            ZoneCopies copies = new ZoneCopies(directory);
            Zone zone = zone(origin);
            copies.keep(zone, AT);
            ZoneCopies.Copy copy =
                    new ZoneCopies(directory).find(Names.parse(origin)).orElseThrow();
            assertThat(text(copy.zone())).isEqualTo(text(zone));
            assertThat(copy.verifiedAt()).isEqualTo(AT);
            copies.verified(zone.origin(), AT.plusSeconds(9));
            assertThat(copies.find(Names.parse(origin)).orElseThrow().verifiedAt())
                    .isEqualTo(AT.plusSeconds(9));
        }
        assertThat(new ZoneCopies(directory).find(Names.parse("other.test"))).isEmpty();
    }

    @Test
    void a_directory_that_cannot_be_is_told_at_once() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> new ZoneCopies(file)).isInstanceOf(IOException.class);
    }
}
