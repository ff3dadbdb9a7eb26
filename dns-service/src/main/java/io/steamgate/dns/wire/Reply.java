package io.steamgate.dns.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Another server's answer, taken apart: every name in it is whole and without pointers, also those in data that older software
 * compresses (RFC 3597 §4).
 *
 * @param flags as in {@link Dns}, with opcode; the code's high bits are in {@code rcode}
 * @param rcode with the bits that EDNS adds
 * @param edns whether it has an OPT record
 */
public record Reply(
        int id,
        int flags,
        int rcode,
        boolean edns,
        byte[] question,
        int type,
        int qclass,
        List<Rr> answers,
        List<Rr> authorities,
        List<Rr> additional) {

    /** More records than any sane message has; what has more is not read. */
    private static final int MAX_RECORDS = 4096;

    public boolean is(int flag) {
        return (flags & flag) != 0;
    }

    /** Reads a message with exactly one question; empty if it has none or is broken. */
    public static Optional<Reply> parse(byte[] message, int length) {
        return new Reader(message, length).read();
    }

    private static final class Reader {
        private final byte[] message;
        private final int end;
        private final byte[] scratch = new byte[Dns.MAX_NAME];
        private int at = Dns.HEADER;
        private int extended;
        private boolean edns;

        Reader(byte[] message, int end) {
            this.message = message;
            this.end = end;
        }

        Optional<Reply> read() {
            if (end < Dns.HEADER || Dns.u16(message, 4) != 1) {
                return Optional.empty();
            }
            int nameLength = MessageNames.expand(message, at, end, scratch);
            if (nameLength < 0) {
                return Optional.empty();
            }
            byte[] question = Arrays.copyOf(scratch, nameLength);
            at = MessageNames.skip(message, at, end);
            if (at < 0 || at + 4 > end) {
                return Optional.empty();
            }
            int type = Dns.u16(message, at);
            int qclass = Dns.u16(message, at + 2);
            at += 4;
            if (Dns.u16(message, 6) + Dns.u16(message, 8) + Dns.u16(message, 10) > MAX_RECORDS) {
                return Optional.empty();
            }
            List<Rr> answers = new ArrayList<>(4);
            List<Rr> authorities = new ArrayList<>(4);
            List<Rr> additional = new ArrayList<>(4);
            if (!section(Dns.u16(message, 6), answers)
                    || !section(Dns.u16(message, 8), authorities)
                    || !section(Dns.u16(message, 10), additional)) {
                return Optional.empty();
            }
            int flags = Dns.u16(message, 2);
            return Optional.of(new Reply(
                    Dns.u16(message, 0),
                    flags,
                    flags & 0xF | extended << 4,
                    edns,
                    question,
                    type,
                    qclass,
                    answers,
                    authorities,
                    additional));
        }

        private boolean section(int count, List<Rr> out) {
            for (int i = 0; i < count; i++) {
                int nameLength = MessageNames.expand(message, at, end, scratch);
                if (nameLength < 0) {
                    return false;
                }
                byte[] owner = Arrays.copyOf(scratch, nameLength);
                at = MessageNames.skip(message, at, end);
                if (at < 0 || at + 10 > end) {
                    return false;
                }
                int type = Dns.u16(message, at);
                int rclass = Dns.u16(message, at + 2);
                int dataAt = at + 10;
                int dataEnd = dataAt + Dns.u16(message, at + 8);
                if (dataEnd > end) {
                    return false;
                }
                if (type == Dns.OPT) {
                    edns = true;
                    extended = message[at + 4] & 0xFF;
                } else if (type != Dns.TSIG) {
                    byte[] rdata = data(type, dataAt, dataEnd);
                    if (rdata == null) {
                        return false;
                    }
                    if (rclass == Dns.CLASS_IN) {
                        out.add(new Rr(owner, type, Dns.ttl(message, at + 4), rdata));
                    }
                }
                at = dataEnd;
            }
            return true;
        }

        /** The data without pointers, or null if it is not of the form that its type has. */
        private byte @org.jspecify.annotations.Nullable [] data(int type, int from, int to) {
            return switch (type) {
                case Dns.A -> to - from == 4 ? Arrays.copyOfRange(message, from, to) : null;
                case Dns.AAAA -> to - from == 16 ? Arrays.copyOfRange(message, from, to) : null;
                case Dns.NS, Dns.CNAME, Dns.PTR, Dns.DNAME, Dns.MB, Dns.MG, Dns.MR -> names(from, to, 0, 1, 0);
                case Dns.MX, 18, 21, 36 -> names(from, to, 2, 1, 0);
                case Dns.SOA -> names(from, to, 0, 2, 20);
                case Dns.MINFO, 17 -> names(from, to, 0, 2, 0);
                case Dns.SRV -> names(from, to, 6, 1, 0);
                case 26 -> names(from, to, 2, 2, 0);
                case Dns.RRSIG, 24 -> to - from < 19 ? null : names(from, to, 18, 1, -1);
                default -> Arrays.copyOfRange(message, from, to);
            };
        }

        /** {@code before} octets, names, and {@code after} octets (-1: any number). */
        private byte @org.jspecify.annotations.Nullable [] names(int from, int to, int before, int names, int after) {
            if (from + before > to) {
                return null;
            }
            byte[] out = new byte[to - from + names * Dns.MAX_NAME];
            System.arraycopy(message, from, out, 0, before);
            int length = before;
            int next = from + before;
            for (int i = 0; i < names; i++) {
                int expanded = MessageNames.expand(message, next, to, scratch);
                if (expanded < 0) {
                    return null;
                }
                System.arraycopy(scratch, 0, out, length, expanded);
                length += expanded;
                next = MessageNames.skip(message, next, to);
            }
            int rest = to - next;
            if (after >= 0 && rest != after) {
                return null;
            }
            System.arraycopy(message, next, out, length, rest);
            return Arrays.copyOf(out, length + rest);
        }
    }
}
