package io.steamgate.dns.serve;

import io.steamgate.dns.wire.Dns;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;

/** Queries by kind: sums that any thread adds to and metrics read. */
public final class Counters {
    /** Where an answer came from. */
    public enum Level {
        ZONE,
        LOCAL,
        STALE,
        FETCHED,
        NONE
    }

    /** Why a query got no answer. */
    public enum Drop {
        NOT_A_QUERY,
        RATE_LIMITED,
        TOO_MANY,
        MALFORMED_PROXY
    }

    private static final int[] TYPES = {
        Dns.A, Dns.AAAA, Dns.NS, Dns.CNAME, Dns.SOA, Dns.PTR, Dns.MX, Dns.TXT, Dns.SRV, Dns.DS, Dns.DNSKEY, 65, Dns.ANY
    };
    private static final List<String> TYPE_NAMES = List.of(
            "A", "AAAA", "NS", "CNAME", "SOA", "PTR", "MX", "TXT", "SRV", "DS", "DNSKEY", "HTTPS", "ANY", "other");
    private static final int RCODES = 24;

    private static final Logger LOG = Logger.getLogger(Counters.class);

    private final byte[] typePlace = new byte[256];
    private final LongAdder[] queries = adders(Transport.values().length * TYPE_NAMES.size());
    private final LongAdder[] responses = adders(RCODES);
    private final LongAdder[] levels = adders(Level.values().length);
    private final LongAdder[] drops = adders(Drop.values().length);
    public final LongAdder truncated = new LongAdder();
    /** Exceptions while a query was answered: each is a bug. */
    public final LongAdder failures = new LongAdder();

    /** Datagrams that could not be sent or were not wanted. */
    public final LongAdder unsent = new LongAdder();

    public Counters() {
        java.util.Arrays.fill(typePlace, (byte) (TYPE_NAMES.size() - 1));
        for (int i = 0; i < TYPES.length; i++) {
            typePlace[TYPES[i]] = (byte) i;
        }
    }

    private static LongAdder[] adders(int count) {
        LongAdder[] adders = new LongAdder[count];
        java.util.Arrays.setAll(adders, i -> new LongAdder());
        return adders;
    }

    void query(Transport transport, int type) {
        int place = type < 256 ? typePlace[type] : TYPE_NAMES.size() - 1;
        queries[transport.ordinal() * TYPE_NAMES.size() + place].increment();
    }

    void response(int rcode) {
        responses[Math.min(rcode, RCODES - 1)].increment();
    }

    void level(Level level) {
        levels[level.ordinal()].increment();
    }

    void drop(Drop reason) {
        drops[reason.ordinal()].increment();
    }

    /** A bug must not end the service, nor be silent. */
    void failed(RuntimeException bug) {
        if (failures.sum() == 0) {
            LOG.error(
                    "a query could not be answered; this is a bug, please report it. Further ones are only counted",
                    bug);
        }
        failures.increment();
    }

    /** Visits each sum of queries with its labels. */
    public void eachQuery(QueryVisitor visitor) {
        for (Transport transport : Transport.values()) {
            for (int i = 0; i < TYPE_NAMES.size(); i++) {
                visitor.visit(
                        transport.name(), TYPE_NAMES.get(i), queries[transport.ordinal() * TYPE_NAMES.size() + i]);
            }
        }
    }

    /** A visitor of sums by transport and type. */
    public interface QueryVisitor {
        void visit(String transport, String type, LongAdder sum);
    }

    public LongAdder responses(int rcode) {
        return responses[rcode];
    }

    public LongAdder answeredFrom(Level level) {
        return levels[level.ordinal()];
    }

    public LongAdder dropped(Drop reason) {
        return drops[reason.ordinal()];
    }
}
