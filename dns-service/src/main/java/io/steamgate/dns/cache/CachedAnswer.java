package io.steamgate.dns.cache;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.QName;
import io.steamgate.dns.wire.Query;
import io.steamgate.dns.wire.Reply;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.wire.Writer;
import io.steamgate.dns.wire.Writer.Section;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An answer as the octets of a message: header, question in lower case, answer and authority section, nothing additional.
 * Giving it to a client is copying it behind the client's own question and counting the times to live down.
 */
public final class CachedAnswer {
    /** What answers that ran out are given for (RFC 8767 §5.2). */
    public static final int STALE_TTL = 30;

    private final AnswerKey key;
    private final int hash;
    /** The key's again, and where the question ends: a query is compared without following the key, which costs cache misses. */
    private final boolean dnssecOk;

    private final boolean checkingDisabled;
    private final int questionEnd;
    private final byte[] message;
    private final int[] ttlAt;
    private final int flags;
    private final int answers;
    private final int authorities;
    private final long storedAt;
    private final long expiresAt;
    private final long staleUntil;
    /** Coarse time of the last use, and uses since it was stored: hints for eviction and prefetch, lost updates do no harm. */
    private int usedAt;

    private int uses;

    /**
     * @param message complete message, its question that of the key, without additional records
     * @param ttlAt where each record's time to live is
     * @param storedAt milliseconds of the same clock as the two that follow
     * @param expiresAt when it is no longer fresh
     * @param staleUntil when it may not even be given for want of a better one
     */
    public CachedAnswer(AnswerKey key, byte[] message, int[] ttlAt, long storedAt, long expiresAt, long staleUntil) {
        this.key = key;
        this.hash = key.hash();
        this.dnssecOk = key.dnssecOk();
        this.checkingDisabled = key.checkingDisabled();
        this.questionEnd = Dns.HEADER + key.questionLength();
        this.message = message;
        this.ttlAt = ttlAt;
        this.flags = Dns.u16(message, 2);
        this.answers = Dns.u16(message, 6);
        this.authorities = Dns.u16(message, 8);
        this.storedAt = storedAt;
        this.expiresAt = expiresAt;
        this.staleUntil = staleUntil;
        this.usedAt = (int) (storedAt / 1000);
    }

    /** An answer that another node wrote; empty unless it is a whole answer to the key. */
    public static Optional<CachedAnswer> of(
            AnswerKey key, byte[] message, long storedAt, long expiresAt, long staleUntil) {
        Optional<Reply> reply = Reply.parse(message, message.length);
        int nameEnd = Dns.HEADER + key.name().length;
        // Neither is the question written with pointers, nor is a record of another class or about the message (OPT,
        // TSIG).
        if (reply.isEmpty()
                || nameEnd > message.length
                || !Arrays.equals(message, Dns.HEADER, nameEnd, key.name(), 0, key.name().length)
                || reply.get().answers().size() != Dns.u16(message, 6)
                || reply.get().authorities().size() != Dns.u16(message, 8)
                || reply.get().type() != key.type()
                || reply.get().qclass() != key.qclass()
                || Dns.u16(message, 10) != 0) {
            return Optional.empty();
        }
        // Written anew: a name of theirs may lead through a time to live, and would change with it.
        Writer out = new Writer();
        out.begin(0, Dns.u16(message, 2));
        out.question(key.name(), key.type(), key.qclass());
        int[] ttlAt =
                new int[reply.get().answers().size() + reply.get().authorities().size()];
        int records = copy(out, Section.ANSWER, reply.get().answers(), ttlAt, 0);
        copy(out, Section.AUTHORITY, reply.get().authorities(), ttlAt, records);
        if (out.overflowed()) {
            return Optional.empty();
        }
        out.finish();
        return Optional.of(new CachedAnswer(
                key, Arrays.copyOf(out.bytes(), out.position()), ttlAt, storedAt, expiresAt, staleUntil));
    }

    private static int copy(Writer out, Section section, List<Rr> records, int[] ttlAt, int before) {
        int count = before;
        for (Rr rr : records) {
            out.record(section, rr.owner(), 0, rr.type(), Dns.CLASS_IN, rr.ttl(), rr.rdata());
            ttlAt[count++] = out.ttlAt();
        }
        return count;
    }

    boolean answers(Query query, int hash) {
        QName name = query.name();
        int end = questionEnd - 4;
        return this.hash == hash
                && dnssecOk == query.dnssecOk()
                && checkingDisabled == query.checkingDisabled()
                && Arrays.equals(message, Dns.HEADER, end, name.octets(), 0, name.length())
                && Dns.u16(message, end) == query.type()
                && Dns.u16(message, end + 2) == query.qclass();
    }

    int hash() {
        return hash;
    }

    public AnswerKey key() {
        return key;
    }

    public int rcode() {
        return flags & 0xF;
    }

    /** Whether it says that something is not there. */
    public boolean isNegative() {
        return rcode() != Dns.NOERROR || answers == 0;
    }

    public boolean isFresh(long now) {
        return now < expiresAt;
    }

    public boolean mayServeStale(long now) {
        return now < staleUntil;
    }

    /** Whether it is asked for again and again and about to run out: worth fetching before it does. */
    public boolean wantsPrefetch(long now, int popular) {
        return uses >= popular && expiresAt - now < (expiresAt - storedAt) / 10;
    }

    public void used(long now) {
        int second = (int) (now / 1000);
        if (usedAt != second) {
            usedAt = second;
        }
        if (uses < 1 << 20) {
            uses++;
        }
    }

    int usedAt() {
        return usedAt;
    }

    public long staleUntil() {
        return staleUntil;
    }

    public long expiresAt() {
        return expiresAt;
    }

    public long storedAt() {
        return storedAt;
    }

    /** The message; not to be changed. */
    public byte[] message() {
        return message;
    }

    /** What it weighs in a cache, about: its octets and the objects around them. */
    int weight() {
        return message.length + key.name().length + 4 * ttlAt.length + 160;
    }

    /**
     * Writes the records after {@link Writer#begin}, and the code and AD.
     *
     * @return false if they do not fit; the message is then truncated
     */
    public boolean write(Writer out, long now) {
        out.set(flags & (Dns.AD | 0xF));
        out.verbatim(message, questionEnd, message.length - questionEnd, answers, authorities);
        if (out.overflowed()) {
            return false;
        }
        byte[] bytes = out.bytes();
        if (now < expiresAt) {
            int age = (int) Math.max(0, (now - storedAt) / 1000);
            if (age > 0) {
                for (int at : ttlAt) {
                    Dns.put32(bytes, at, Math.max(0, Dns.ttl(bytes, at) - age));
                }
            }
        } else {
            for (int at : ttlAt) {
                Dns.put32(bytes, at, STALE_TTL);
            }
        }
        return true;
    }

    /** Writes the records behind others, and the code: the answer to an alias that those end with. */
    public void append(Writer out, long now) {
        long age = Math.max(0, (now - storedAt) / 1000);
        boolean fresh = isFresh(now);
        out.rcode(rcode());
        Reply.parse(message, message.length).ifPresent(reply -> {
            append(out, Section.ANSWER, reply.answers(), fresh, age);
            append(out, Section.AUTHORITY, reply.authorities(), fresh, age);
        });
    }

    private static void append(Writer out, Section section, List<Rr> records, boolean fresh, long age) {
        for (Rr rr : records) {
            int position = out.position();
            int count = out.count(section);
            int ttl = fresh ? (int) Math.max(0, rr.ttl() - age) : STALE_TTL;
            out.record(section, rr.owner(), 0, rr.type(), Dns.CLASS_IN, ttl, rr.rdata());
            if (out.overflowed()) {
                out.back(position, section, count);
                out.set(Dns.TC);
                return;
            }
        }
    }
}
