package io.steamgate.dns.cache;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Query;
import java.util.Arrays;

/**
 * What an answer is the answer to, and what it is kept under. Whether a client wants signatures (DO) and whether it checks
 * them itself (CD) make other answers; a client's subnet never does.
 *
 * @param name in wire form, lower case
 */
public record AnswerKey(byte[] name, int type, int qclass, boolean dnssecOk, boolean checkingDisabled) {
    public static AnswerKey of(Query query) {
        return new AnswerKey(
                query.name().copy(), query.type(), query.qclass(), query.dnssecOk(), query.checkingDisabled());
    }

    int hash() {
        return mix(Names.hash(name), type, qclass, dnssecOk, checkingDisabled);
    }

    static int hash(Query query) {
        return mix(query.name().hash(0), query.type(), query.qclass(), query.dnssecOk(), query.checkingDisabled());
    }

    private static int mix(int name, int type, int qclass, boolean dnssecOk, boolean checkingDisabled) {
        int hash = name
                ^ type * 0x9E3779B1
                ^ qclass << 20
                ^ (dnssecOk ? 0x5BD1E995 : 0)
                ^ (checkingDisabled ? 0x1B873593 : 0);
        hash = (hash ^ hash >>> 16) * 0x85EBCA6B;
        return hash ^ hash >>> 13;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AnswerKey key
                && type == key.type
                && qclass == key.qclass
                && dnssecOk == key.dnssecOk
                && checkingDisabled == key.checkingDisabled
                && Arrays.equals(name, key.name);
    }

    @Override
    public int hashCode() {
        return hash();
    }

    /** Octets of the question in a message with this name. */
    int questionLength() {
        return name.length + 4;
    }

    /** For logs; the name can hold no octet that could forge a line. */
    @Override
    public String toString() {
        return Names.text(name) + " type " + type + (qclass == Dns.CLASS_IN ? "" : " class " + qclass);
    }
}
