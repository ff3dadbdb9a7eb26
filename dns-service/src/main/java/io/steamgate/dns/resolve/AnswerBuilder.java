package io.steamgate.dns.resolve;

import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.wire.Writer;
import io.steamgate.dns.wire.Writer.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes an answer to keep of the records that another server sent: only those that the question leads to, with bounded times to
 * live. What else a server says about names that nobody asked for is not believed (RFC 5452 §6). Used by one thread.
 */
final class AnswerBuilder {
    /** How long answers are kept. */
    record Lifetimes(Duration min, Duration max, Duration maxNegative, Duration failure, Duration stale) {}

    private static final int MAX_ALIASES = 32;

    private final Lifetimes lifetimes;
    private final Writer writer = new Writer();

    AnswerBuilder(Lifetimes lifetimes) {
        this.lifetimes = lifetimes;
    }

    /**
     * An answer of NOERROR or NXDOMAIN.
     *
     * @param authenticated whether the records were validated
     */
    CachedAnswer build(
            AnswerKey key, int rcode, List<Rr> answers, List<Rr> authorities, boolean authenticated, long now) {
        List<byte[]> chain = chain(key, answers);
        byte[] last = chain.getLast();
        List<Rr> kept = new ArrayList<>(answers.size());
        boolean answered = false;
        for (Rr record : answers) {
            if (belongs(key, record, chain)) {
                kept.add(record);
                answered |= record.type() == key.type() || key.type() == Dns.ANY;
            }
        }
        boolean negative = rcode == Dns.NXDOMAIN || !answered;
        List<Rr> proofs = new ArrayList<>();
        long negativeTtl = -1;
        for (Rr record : authorities) {
            boolean above = Names.isUnder(last, record.owner());
            if (negative && record.type() == Dns.SOA && above && negativeTtl < 0) {
                negativeTtl = Math.min(record.ttl(), Dns.ttl(record.rdata(), record.rdata().length - 4));
                proofs.add(record);
            } else if (key.dnssecOk() && isProof(record, negative)) {
                proofs.add(record);
            }
        }
        long life = lifetimes.max().toSeconds();
        if (negative) {
            // Without SOA a negative answer is not to be kept (RFC 2308 §5), beyond a moment that stops a flood.
            life = Math.min(
                    lifetimes.maxNegative().toSeconds(),
                    negativeTtl < 0 ? lifetimes.failure().toSeconds() : negativeTtl);
        }
        for (Rr record : kept) {
            life = Math.min(life, record.ttl());
        }
        life = Math.max(life, lifetimes.min().toSeconds());
        return write(key, rcode | (authenticated ? Dns.AD : 0), kept, proofs, life, negative, now);
    }

    /** An answer that says no more than that there is none. */
    CachedAnswer failure(AnswerKey key, long now) {
        return write(
                key, Dns.SERVFAIL, List.of(), List.of(), lifetimes.failure().toSeconds(), true, now);
    }

    private CachedAnswer write(
            AnswerKey key, int flags, List<Rr> answers, List<Rr> authorities, long life, boolean negative, long now) {
        writer.begin(0, Dns.QR | flags);
        writer.question(key.name(), key.type(), key.qclass());
        int[] ttlAt = new int[answers.size() + authorities.size()];
        int count = 0;
        for (Rr record : answers) {
            count = add(Section.ANSWER, record, life, false, ttlAt, count);
        }
        for (Rr record : authorities) {
            count = add(Section.AUTHORITY, record, life, negative, ttlAt, count);
        }
        writer.finish();
        byte[] message = java.util.Arrays.copyOf(writer.bytes(), writer.position());
        long expiresAt = now + life * 1000;
        boolean failed = (flags & 0xF) == Dns.SERVFAIL;
        long staleUntil = failed ? expiresAt : expiresAt + lifetimes.stale().toMillis();
        return new CachedAnswer(key, message, java.util.Arrays.copyOf(ttlAt, count), now, expiresAt, staleUntil);
    }

    private int add(Section section, Rr record, long life, boolean bounded, int[] ttlAt, int count) {
        long ttl = Math.min(record.ttl(), lifetimes.max().toSeconds());
        if (bounded) {
            ttl = Math.min(ttl, life);
        }
        ttl = Math.max(ttl, lifetimes.min().toSeconds());
        writer.record(section, record.owner(), 0, record.type(), Dns.CLASS_IN, (int) ttl, record.rdata());
        ttlAt[count] = writer.ttlAt();
        return count + 1;
    }

    /** The name that was asked for, and those that aliases lead to. */
    static List<byte[]> chain(AnswerKey key, List<Rr> answers) {
        List<byte[]> chain = new ArrayList<>();
        chain.add(key.name());
        if (key.type() == Dns.CNAME || key.type() == Dns.ANY) {
            return chain;
        }
        for (int i = 0; i < chain.size() && chain.size() <= MAX_ALIASES; i++) {
            for (Rr record : answers) {
                if (record.type() == Dns.CNAME
                        && Names.same(record.owner(), chain.get(i))
                        && chain.stream().noneMatch(name -> Names.same(name, record.rdata()))) {
                    chain.add(record.rdata());
                    break;
                }
            }
        }
        return chain;
    }

    private static boolean belongs(AnswerKey key, Rr record, List<byte[]> chain) {
        int type = record.type() == Dns.RRSIG ? Dns.u16(record.rdata(), 0) : record.type();
        if (record.type() == Dns.RRSIG && !key.dnssecOk() && key.type() != Dns.RRSIG && key.type() != Dns.ANY) {
            return false;
        }
        if (type == Dns.DNAME && key.type() != Dns.DNAME) {
            return chain.stream().anyMatch(name -> Names.isUnder(name, record.owner()));
        }
        boolean wanted =
                type == key.type() || type == Dns.CNAME || key.type() == Dns.ANY || record.type() == key.type();
        return wanted && chain.stream().anyMatch(name -> Names.same(name, record.owner()));
    }

    private static boolean isProof(Rr record, boolean negative) {
        int type = record.type() == Dns.RRSIG ? Dns.u16(record.rdata(), 0) : record.type();
        return type == Dns.NSEC || type == Dns.NSEC3 || negative && type == Dns.SOA && record.type() == Dns.RRSIG;
    }
}
