package io.steamgate.dns.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.cache.LocalCache;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Query;
import io.steamgate.dns.wire.Reply;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.wire.Writer;
import io.steamgate.dns.zone.Zone;
import io.steamgate.dns.zone.ZoneTable;
import io.steamgate.start.AddressBlocks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * All that stands between a query's octets and its answer's: zones with every kind of node, a cache, cookies, limits. The first
 * octet chooses transport and client, the rest is the query. Whatever it is, the answer fits, is well formed, and repeats the question.
 */
class ResponderFuzzTest {
    private static final byte[] ORIGIN = Names.parse("a.test");
    private static final ZoneTable ZONES = ZoneTable.of(List.of(zone()));
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final LocalCache cache = new LocalCache(100, 1 << 20);
    private final Responder responder = new Responder(
            new Policy(
                    blocks("0.0.0.0/0"),
                    blocks("198.51.100.0/24"),
                    1232,
                    new byte[16],
                    2,
                    2,
                    Optional.of(new byte[] {'n'}),
                    Optional.of(Names.parse("myaddr.test")),
                    100,
                    0,
                    3),
            () -> ZONES,
            cache,
            true,
            () -> NOW,
            new Counters(),
            key -> {},
            1);

    private static AddressBlocks blocks(String text) {
        return AddressBlocks.parse(List.of(text));
    }

    private static Zone zone() {
        List<Rr> records = new ArrayList<>();
        byte[] soa = new byte[2 + 20];
        soa[21] = 60;
        soa[5] = 1;
        records.add(new Rr(ORIGIN, Dns.SOA, 3600, soa));
        add(records, "a.test", Dns.NS, Names.parse("ns.a.test"));
        add(records, "ns.a.test", Dns.A, new byte[] {1, 2, 3, 4});
        add(records, "c.a.test", Dns.CNAME, Names.parse("ns.a.test"));
        add(records, "l.a.test", Dns.CNAME, Names.parse("l.a.test"));
        add(records, "d.a.test", Dns.DNAME, Names.parse("x".repeat(60) + "." + "y".repeat(60) + ".a.test"));
        add(records, "*.w.a.test", Dns.TXT, new byte[] {1, 'w'});
        add(records, "*.v.a.test", Dns.CNAME, Names.parse("x.w.a.test"));
        add(records, "s.a.test", Dns.NS, Names.parse("ns.s.a.test"));
        add(records, "ns.s.a.test", Dns.A, new byte[] {1, 2, 3, 5});
        add(records, "m.a.test", Dns.MX, join(new byte[] {0, 1}, Names.parse("ns.a.test")));
        for (int i = 0; i < 40; i++) {
            byte[] text = new byte[101];
            text[0] = 100;
            text[1] = (byte) i;
            add(records, "big.a.test", Dns.TXT, text);
        }
        add(records, "a.test", Dns.NSEC, join(Names.parse("ns.a.test"), new byte[] {0, 1, 64}));
        return Zone.of(ORIGIN, records);
    }

    private static void add(List<Rr> records, String owner, int type, byte[] rdata) {
        records.add(new Rr(Names.parse(owner), type, 300, rdata));
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    @FuzzTest
    void fuzz(byte[] octets) {
        if (octets.length == 0) {
            return;
        }
        Client client = new Client();
        byte[] address = (octets[0] & 4) == 0 ? new byte[] {(byte) 198, 51, 100, 7} : new byte[16];
        client.set(address, 1234, Transport.values()[octets[0] & 3]);
        byte[] query = Arrays.copyOfRange(octets, 1, octets.length);
        switch (responder.respond(query, query.length, client)) {
            case ANSWER -> check(query, client);
            case FETCH -> {
                CachedAnswer answer = fetched(responder.key());
                cache.put(answer, NOW.toEpochMilli());
                if (responder.finish(query, query.length, client, answer) == Responder.Verdict.ANSWER) {
                    check(query, client);
                }
            }
            case DROP, SPECIAL -> {}
        }
    }

    private void check(byte[] query, Client client) {
        byte[] answer = Arrays.copyOf(responder.response(), responder.responseLength());
        Query asked = new Query();
        Query.Parsed parsed = asked.parse(query, query.length);
        int limit = client.transport() == Transport.UDP ? Math.max(512, Math.min(1232, asked.udpSize())) : 65535;
        assertThat(answer.length).isBetween(Dns.HEADER, limit);
        assertThat(answer[0]).isEqualTo(query[0]);
        assertThat(answer[1]).isEqualTo(query[1]);
        assertThat(Dns.u16(answer, 2) & Dns.QR).isNotZero();
        if (parsed == Query.Parsed.WHOLE && asked.hasQuestion()) {
            Reply reply = Reply.parse(answer, answer.length).orElseThrow();
            assertThat(Names.same(reply.question(), asked.name().copy())).isTrue();
            assertThat(reply.edns()).isEqualTo(asked.edns());
            assertThat(reply.type()).isEqualTo(asked.type());
        }
    }

    /** An answer as another server would have given it. */
    private static CachedAnswer fetched(AnswerKey key) {
        Writer writer = new Writer();
        writer.begin(0, Dns.QR);
        writer.question(key.name(), key.type(), key.qclass());
        int[] ttlAt = new int[20];
        for (int i = 0; i < 20; i++) {
            writer.record(Writer.Section.ANSWER, key.name(), 0, 65280, Dns.CLASS_IN, 60, new byte[i * 5]);
            ttlAt[i] = writer.ttlAt();
        }
        writer.finish();
        long now = NOW.toEpochMilli();
        return new CachedAnswer(
                key, Arrays.copyOf(writer.bytes(), writer.position()), ttlAt, now - 5000, now + 1000, now + 2000);
    }
}
