package io.steamgate.dns.serve;

import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.cache.LocalCache;
import io.steamgate.dns.guard.Cookies;
import io.steamgate.dns.guard.ResponseRate;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Query;
import io.steamgate.dns.wire.Writer;
import io.steamgate.dns.wire.Writer.Section;
import io.steamgate.dns.zone.Authority;
import io.steamgate.dns.zone.ZoneTable;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * From a query's octets to its answer's, without a socket. What is in a zone or in this node's cache is answered at once and
 * without allocation; for the rest it says what has to be done. One for each thread.
 */
public final class Responder {
    /** What is to be done with a query. */
    public enum Verdict {
        /** Send {@link #response}. */
        ANSWER,
        /** Send nothing. */
        DROP,
        /** Have {@link #key} fetched, then {@link #finish}. */
        FETCH,
        /** Give it to whom transfers, updates, notifications and signatures are the business of. */
        SPECIAL
    }

    private static final int OPT_FIXED = 11;
    private static final int PADDED_TO = 468;
    private static final byte[] ZEROES = new byte[PADDED_TO];

    private final Policy policy;
    private final Supplier<ZoneTable> zones;
    private final LocalCache cache;
    private final boolean recursive;
    private final InstantSource clock;
    private final Counters counters;
    private final Prefetch prefetch;
    private final Query query = new Query();
    private final Writer out = new Writer();
    private final Authority authority = new Authority();
    private final Cookies cookies;
    private final ResponseRate rate;
    private final byte[] cookie = new byte[8 + Cookies.SERVER_COOKIE];
    private int extendedRcode;
    private boolean cookieValid;
    private boolean keepsAlive;
    private int size;
    private int sinceLogged;
    private @Nullable AnswerKey wanted;

    /** Told about answers that should be fetched again before they run out. */
    public interface Prefetch {
        void wanted(AnswerKey key);
    }

    /** @param recursive whether there is somebody to fetch answers */
    public Responder(
            Policy policy,
            Supplier<ZoneTable> zones,
            LocalCache cache,
            boolean recursive,
            InstantSource clock,
            Counters counters,
            Prefetch prefetch,
            long seed) {
        this.policy = policy;
        this.zones = zones;
        this.cache = cache;
        this.recursive = recursive;
        this.clock = clock;
        this.counters = counters;
        this.prefetch = prefetch;
        this.cookies = new Cookies(policy.cookieSecret());
        this.rate = new ResponseRate(policy.ratePerSecond(), policy.rateSlip(), seed);
    }

    /** Reads a query and answers it if that can be done at once. */
    public Verdict respond(byte[] message, int length, Client client) {
        switch (query.parse(message, length)) {
            case NOT_A_QUERY -> {
                counters.drop(Counters.Drop.NOT_A_QUERY);
                return Verdict.DROP;
            }
            case BROKEN -> {
                begin(client);
                return error(Dns.FORMERR, client);
            }
            case WHOLE -> counters.query(client.transport(), query.type());
        }
        begin(client);
        if (query.ednsVersion() > 0) {
            return error(Dns.BADVERS, client);
        }
        if (query.tsigAt() > 0 && query.hasQuestion()) {
            return Verdict.SPECIAL;
        }
        if (query.opcode() == Dns.OPCODE_NOTIFY || query.opcode() == Dns.OPCODE_UPDATE) {
            return query.hasQuestion() ? Verdict.SPECIAL : error(Dns.FORMERR, client);
        }
        if (query.opcode() != Dns.OPCODE_QUERY) {
            return error(Dns.NOTIMP, client);
        }
        if (!query.hasQuestion()) {
            return error(query.cookieAt() > 0 ? Dns.NOERROR : Dns.FORMERR, client);
        }
        if (!policy.query().contains(client.address())) {
            return error(Dns.REFUSED, client);
        }
        if (query.qclass() != Dns.CLASS_IN) {
            return error(Dns.REFUSED, client);
        }
        return switch (query.type()) {
            case Dns.AXFR, Dns.IXFR -> Verdict.SPECIAL;
            case 0, Dns.OPT, Dns.TSIG, 249, Dns.MAILA, Dns.MAILB -> error(Dns.FORMERR, client);
            default -> question(client);
        };
    }

    private Verdict question(Client client) {
        boolean mayRecurse = recursive && policy.recursion().contains(client.address());
        if (mayRecurse) {
            out.set(Dns.RA);
        }
        if (policy.echo().isPresent() && query.name().suffixIs(0, policy.echo().get())) {
            return echo(client);
        }
        wanted = null;
        if (authority.answer(zones.get(), query, out)) {
            if (mayRecurse && query.recursionDesired() && leadsOut()) {
                return goOn(client);
            }
            counters.level(Counters.Level.ZONE);
            return send(kind(), client, true);
        }
        if (!mayRecurse || !query.recursionDesired()) {
            return error(Dns.REFUSED, client);
        }
        long now = clock.millis();
        CachedAnswer answer = cache.find(query);
        if (answer == null || !answer.isFresh(now)) {
            return Verdict.FETCH;
        }
        answer.used(now);
        if (policy.popular() > 0 && answer.wantsPrefetch(now, policy.popular())) {
            prefetch.wanted(answer.key());
        }
        counters.level(Counters.Level.LOCAL);
        return write(answer, now, client);
    }

    /** Answers the query, given again, with what was fetched for it. */
    public Verdict finish(byte[] message, int length, Client client, CachedAnswer answer) {
        query.parse(message, length);
        begin(client);
        out.set(Dns.RA);
        long now = clock.millis();
        counters.level(answer.isFresh(now) ? Counters.Level.FETCHED : Counters.Level.STALE);
        if (authority.answer(zones.get(), query, out)) {
            if (leadsOut()) {
                answer.append(out, now);
            }
            return send(ResponseRate.Kind.ANSWER, client, false);
        }
        return write(answer, now, client);
    }

    /** Whether the answer so far is an alias to somewhere else. */
    private boolean leadsOut() {
        return authority.leftOurZones() && (out.flags() & Dns.TC) == 0;
    }

    /** An alias leads out of the zones, and the client may ask for what lies there (RFC 1034 §4.3.2, step 3a). */
    private Verdict goOn(Client client) {
        AnswerKey key = new AnswerKey(
                authority.target().copy(), query.type(), query.qclass(), query.dnssecOk(), query.checkingDisabled());
        CachedAnswer there = cache.find(key);
        long now = clock.millis();
        if (there == null || !there.isFresh(now)) {
            wanted = key;
            return Verdict.FETCH;
        }
        counters.level(Counters.Level.LOCAL);
        there.append(out, now);
        return send(ResponseRate.Kind.ANSWER, client, false);
    }

    /** The client's own address: for a moment, and for nobody else. */
    private Verdict echo(Client client) {
        byte[] address = client.address();
        int type = address.length == 4 ? Dns.A : Dns.AAAA;
        out.set(Dns.AA);
        if (query.type() == type || query.type() == Dns.ANY) {
            out.record(Section.ANSWER, query.name().octets(), 0, type, Dns.CLASS_IN, 0, address);
        }
        counters.level(Counters.Level.ZONE);
        return send(kind(), client, true);
    }

    private Verdict write(CachedAnswer answer, long now, Client client) {
        int position = out.position();
        if (!answer.write(out, now)) {
            out.back(position, Section.ANSWER, 0);
            out.back(position, Section.AUTHORITY, 0);
            out.set(Dns.TC);
        }
        // Whoever may recurse is one of ours: nobody forges such a network's address from outside.
        return send(ResponseRate.Kind.ANSWER, client, false);
    }

    private void begin(Client client) {
        extendedRcode = 0;
        cookieValid = false;
        // It means nothing where HTTP keeps the connection, or where there is none (RFC 7828 §3.1).
        keepsAlive = query.keepalive() && (client.transport() == Transport.TCP || client.transport() == Transport.TLS);
        size = client.transport().isStream()
                ? Dns.MAX_MESSAGE
                : Math.min(Math.max(512, query.udpSize()), policy.udpSize());
        if (query.cookieAt() > 0) {
            long second = clock.millis() / 1000;
            cookieValid =
                    cookies.isValid(query.bytes(), query.cookieAt(), query.cookieLength(), client.address(), second);
            cookies.write(query.bytes(), query.cookieAt(), query.cookieLength(), client.address(), second, cookie);
        }
        out.begin(query, 0, size - optionsLength());
    }

    private int optionsLength() {
        if (!query.edns()) {
            return 0;
        }
        int length = OPT_FIXED;
        if (query.cookieAt() > 0) {
            length += 4 + cookie.length;
        }
        if (query.nsid() && policy.identity().isPresent()) {
            length += 4 + policy.identity().get().length;
        }
        if (keepsAlive) {
            length += 6;
        }
        return length;
    }

    private ResponseRate.Kind kind() {
        int rcode = out.flags() & 0xF;
        if (rcode == Dns.NXDOMAIN) {
            return ResponseRate.Kind.NO_NAME;
        }
        if (rcode != Dns.NOERROR) {
            return ResponseRate.Kind.ERROR;
        }
        if (out.count(Section.ANSWER) > 0) {
            return ResponseRate.Kind.ANSWER;
        }
        return (out.flags() & Dns.AA) == 0 ? ResponseRate.Kind.REFERRAL : ResponseRate.Kind.NO_DATA;
    }

    private Verdict error(int rcode, Client client) {
        out.rcode(rcode);
        extendedRcode = rcode >>> 4;
        counters.level(Counters.Level.NONE);
        return send(ResponseRate.Kind.ERROR, client, true);
    }

    /** Adds the options and ends the message, unless its network was sent too many of its kind. */
    private Verdict send(ResponseRate.Kind kind, Client client, boolean limited) {
        if (limited && !client.transport().isStream() && !cookieValid) {
            switch (rate.check(client.address(), kind, clock.millis())) {
                case SEND -> {}
                case DROP -> {
                    counters.drop(Counters.Drop.RATE_LIMITED);
                    return Verdict.DROP;
                }
                case TRUNCATE -> {
                    int flags = out.flags() & ~(Dns.QR | 0x7800 | 0xF);
                    out.begin(query, flags & (Dns.AA | Dns.RA) | Dns.TC, size - optionsLength());
                }
            }
        }
        out.limit(size);
        if (query.edns()) {
            options(client);
        }
        if ((out.flags() & Dns.TC) != 0) {
            counters.truncated.increment();
        }
        out.finish();
        counters.response(out.flags() & 0xF | extendedRcode << 4);
        if (policy.logged() > 0 && ++sinceLogged >= policy.logged()) {
            sinceLogged = 0;
            QueryLog.write(query, client, out);
        }
        return Verdict.ANSWER;
    }

    /** The OPT record (RFC 6891 §6.1.2, §6.1.3); of its flags DO alone is repeated (RFC 3225 §3). */
    private void options(Client client) {
        out.u8(0);
        out.u16(Dns.OPT);
        out.u16(policy.udpSize());
        out.u8(extendedRcode);
        out.u8(0);
        out.u16(query.dnssecOk() ? 0x8000 : 0);
        int padding = padding(client);
        out.u16(optionsLength() - OPT_FIXED + (padding < 0 ? 0 : 4 + padding));
        if (query.cookieAt() > 0) {
            out.u16(Dns.OPTION_COOKIE);
            out.u16(cookie.length);
            out.raw(cookie, 0, cookie.length);
        }
        if (query.nsid() && policy.identity().isPresent()) {
            byte[] identity = policy.identity().get();
            out.u16(Dns.OPTION_NSID);
            out.u16(identity.length);
            out.raw(identity, 0, identity.length);
        }
        if (keepsAlive) {
            out.u16(Dns.OPTION_KEEPALIVE);
            out.u16(2);
            out.u16(policy.keepalive());
        }
        if (padding >= 0) {
            out.u16(Dns.OPTION_PADDING);
            out.u16(padding);
            out.raw(ZEROES, 0, padding);
        }
        out.counted(Section.ADDITIONAL);
    }

    /**
     * Octets of padding, -1 for no such option: where a client pads and nobody can read, the length shall tell nothing either
     * (RFC 8467 §4.1). Asked when the OPT record is written up to its length.
     */
    private int padding(Client client) {
        boolean hidden = client.transport() == Transport.TLS || client.transport() == Transport.HTTPS;
        if (!query.padding() || !hidden) {
            return -1;
        }
        int whole = out.position() + 2 + optionsLength() - OPT_FIXED + 4;
        return Math.floorMod(-whole, PADDED_TO);
    }

    /** What to fetch, after {@link Verdict#FETCH}. */
    public AnswerKey key() {
        return wanted != null ? wanted : AnswerKey.of(query);
    }

    /** The answer's octets; only the first {@link #responseLength} count. */
    public byte[] response() {
        return out.bytes();
    }

    public int responseLength() {
        return out.position();
    }
}
