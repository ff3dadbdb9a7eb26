package io.steamgate.dns.wire;

import org.jspecify.annotations.Nullable;

/**
 * Puts a message together in a buffer of its own, which is used again for the next one. Names are compressed against those
 * written before (RFC 1035 §4.1.4). What does not fit is taken back whole.
 */
public final class Writer {
    /** Suffixes remembered for compression; more names are written without. */
    private static final int SUFFIXES = 128;

    private final byte[] out = new byte[Dns.MAX_MESSAGE];
    private final int[] suffixAt = new int[SUFFIXES];
    private final int[] suffixHash = new int[SUFFIXES];
    private final int[] labelStack = new int[Dns.MAX_LABELS + 1];
    private final int[] hashStack = new int[Dns.MAX_LABELS + 1];
    private int suffixes;
    private @Nullable QName asked;
    private int at;
    private int limit = Dns.MAX_MESSAGE;
    private boolean overflow;
    private int flags;
    private int ttlAt;
    private final int[] counts = new int[4];

    /** The sections of a message, in their order. */
    public enum Section {
        QUESTION,
        ANSWER,
        AUTHORITY,
        ADDITIONAL
    }

    /**
     * Begins the answer to a query: its id, opcode, RD and CD, and its question as it was written.
     *
     * @param flags those to set beside QR, as in {@link Dns}, and the low four bits of the response code
     * @param limit octets that the records may fill
     */
    public void begin(Query query, int flags, int limit) {
        byte[] bytes = query.bytes();
        reset(Dns.QR | query.flags() & (0x7800 | Dns.RD | Dns.CD) | flags, limit);
        out[0] = bytes[0];
        out[1] = bytes[1];
        if (query.hasQuestion()) {
            int end = query.questionEnd();
            System.arraycopy(bytes, Dns.HEADER, out, Dns.HEADER, end - Dns.HEADER);
            at = end;
            counts[0] = 1;
            asked = query.name();
        }
    }

    /** The question's names can be pointed to; most answers from a cache never ask for that. */
    private void rememberQuestion(QName name) {
        asked = null;
        for (int i = 0; i < name.labels(); i++) {
            remember(Dns.HEADER + name.labelAt(i), name.hash(i));
        }
    }

    /** Begins a message of ours. */
    public void begin(int id, int flags) {
        reset(flags, Dns.MAX_MESSAGE);
        Dns.put16(out, 0, id);
    }

    private void reset(int flags, int limit) {
        this.flags = flags;
        this.limit = Math.min(limit, Dns.MAX_MESSAGE);
        at = Dns.HEADER;
        suffixes = 0;
        asked = null;
        overflow = false;
        counts[0] = 0;
        counts[1] = 0;
        counts[2] = 0;
        counts[3] = 0;
    }

    public void question(byte[] name, int type, int qclass) {
        name(name, 0, true);
        u16(type);
        u16(qclass);
        counts[0]++;
    }

    public int flags() {
        return flags;
    }

    public void set(int flag) {
        flags |= flag;
    }

    public void clear(int flag) {
        flags &= ~flag;
    }

    public void rcode(int rcode) {
        flags = flags & ~0xF | rcode & 0xF;
    }

    /** Octets so far. */
    public int position() {
        return at;
    }

    /** Where the last record's time to live is. */
    public int ttlAt() {
        return ttlAt;
    }

    public int count(Section section) {
        return counts[section.ordinal()];
    }

    /** Forgets what was written behind {@code position}, with the records of {@code section} beyond {@code count}. */
    public void back(int position, Section section, int count) {
        at = position;
        overflow = false;
        counts[section.ordinal()] = count;
        while (suffixes > 0 && suffixAt[suffixes - 1] >= position) {
            suffixes--;
        }
    }

    /** Whether something did not fit since the beginning or the last {@link #back}. */
    public boolean overflowed() {
        return overflow;
    }

    /** Takes room for options away from the records, or gives it back. */
    public void limit(int octets) {
        limit = Math.min(octets, Dns.MAX_MESSAGE);
    }

    /**
     * A record from its pieces.
     *
     * @param owner name in wire form from {@code ownerAt}
     * @param rdata uncompressed
     */
    public void record(Section section, byte[] owner, int ownerAt, int type, int rclass, int ttl, byte[] rdata) {
        name(owner, ownerAt, true);
        u16(type);
        u16(rclass);
        ttlAt = at;
        u32(ttl);
        int lengthAt = at;
        u16(0);
        rdata(type, rdata);
        if (!overflow) {
            Dns.put16(out, lengthAt, at - lengthAt - 2);
            counts[section.ordinal()]++;
        }
    }

    /** Names in the data are compressed in the types of RFC 1035 only (RFC 3597 §4). */
    private void rdata(int type, byte[] rdata) {
        switch (type) {
            case Dns.NS, Dns.CNAME, Dns.PTR, Dns.MB, Dns.MG, Dns.MR -> name(rdata, 0, true);
            case Dns.MX -> {
                raw(rdata, 0, 2);
                name(rdata, 2, true);
            }
            case Dns.SOA, Dns.MINFO -> {
                int second = Names.length(rdata, 0);
                int rest = second + Names.length(rdata, second);
                name(rdata, 0, true);
                name(rdata, second, true);
                raw(rdata, rest, rdata.length - rest);
            }
            default -> raw(rdata, 0, rdata.length);
        }
    }

    public void u8(int value) {
        if (at + 1 > limit) {
            overflow = true;
            return;
        }
        out[at++] = (byte) value;
    }

    public void u16(int value) {
        if (at + 2 > limit) {
            overflow = true;
            return;
        }
        Dns.put16(out, at, value);
        at += 2;
    }

    public void u32(int value) {
        u16(value >>> 16);
        u16(value);
    }

    public void raw(byte[] bytes, int from, int length) {
        if (at + length > limit) {
            overflow = true;
            return;
        }
        System.arraycopy(bytes, from, out, at, length);
        at += length;
    }

    /** A name in uncompressed wire form, from {@code from}; {@code compress}: its end may be a pointer. */
    public void name(byte[] bytes, int from, boolean compress) {
        if (asked != null) {
            rememberQuestion(asked);
        }
        int labels = 0;
        for (int i = from; bytes[i] != 0; i += 1 + (bytes[i] & 0xFF)) {
            labelStack[labels++] = i;
        }
        int hash = 0;
        hashStack[labels] = 0;
        for (int i = labels - 1; i >= 0; i--) {
            hash = Names.hash(hash, bytes, labelStack[i]);
            hashStack[i] = hash;
        }
        int start = at;
        int written = labels;
        for (int i = 0; i < labels; i++) {
            int pointer = compress ? find(bytes, labelStack[i], hashStack[i]) : -1;
            if (pointer >= 0) {
                written = i;
                u16(0xC000 | pointer);
                break;
            }
            raw(bytes, labelStack[i], 1 + (bytes[labelStack[i]] & 0xFF));
        }
        if (written == labels) {
            u8(0);
        }
        // Only now is it whole and can be pointed to.
        for (int i = 0; i < written && !overflow; i++) {
            remember(start + labelStack[i] - from, hashStack[i]);
        }
    }

    private void remember(int position, int hash) {
        // A pointer has 14 bits.
        if (suffixes < SUFFIXES && position < 0x4000) {
            suffixAt[suffixes] = position;
            suffixHash[suffixes++] = hash;
        }
    }

    private int find(byte[] bytes, int from, int hash) {
        for (int i = 0; i < suffixes; i++) {
            if (suffixHash[i] == hash && matches(suffixAt[i], bytes, from)) {
                return suffixAt[i];
            }
        }
        return -1;
    }

    /** Whether the name written at {@code position}, pointers followed, is the one given. */
    private boolean matches(int position, byte[] bytes, int from) {
        while (true) {
            int octet = out[position] & 0xFF;
            if (octet >= 0xC0) {
                position = Dns.u16(out, position) & 0x3FFF;
                continue;
            }
            if (octet != (bytes[from] & 0xFF)) {
                return false;
            }
            if (octet == 0) {
                return true;
            }
            if (!Names.same(out, position + 1, bytes, from + 1, octet)) {
                return false;
            }
            position += 1 + octet;
            from += 1 + octet;
        }
    }

    /** Takes whole records, as they stand in another message whose names point no further than they do here. */
    public void verbatim(byte[] bytes, int from, int length, int answers, int authorities) {
        raw(bytes, from, length);
        counts[1] += answers;
        counts[2] += authorities;
    }

    /** Counts a record that was written piece by piece. */
    public void counted(Section section) {
        counts[section.ordinal()]++;
    }

    /** Writes flags and counts; the message is then the first {@link #position} octets of {@link #bytes}. */
    public void finish() {
        Dns.put16(out, 2, flags);
        Dns.put16(out, 4, counts[0]);
        Dns.put16(out, 6, counts[1]);
        Dns.put16(out, 8, counts[2]);
        Dns.put16(out, 10, counts[3]);
    }

    public byte[] bytes() {
        return out;
    }
}
