package io.steamgate.dns.maintain;

import io.steamgate.dns.maintain.Secondaries.Outcome;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.zone.Zone;
import io.steamgate.dns.zone.ZoneDirectory;
import io.steamgate.dns.zone.ZoneException;
import io.steamgate.dns.zone.ZoneFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Record;

/**
 * Makes a zone of the records of a transfer in the order they come: of all its records (AXFR, RFC 5936 §2.2), or of what changed
 * since the version that is here (IXFR, RFC 1995 §4). The version that is here stays as it is.
 */
final class IncomingZone {
    /** What a record costs beside its octets, about. */
    private static final int RECORD = 64;

    /** Two names and five numbers. */
    private static final int SHORTEST_SOA = 22;

    private enum State {
        FIRST,
        SECOND,
        WHOLE,
        REMOVING,
        ADDING,
        DONE
    }

    private final byte[] origin;
    private final Optional<Zone> before;
    private final long maxWeight;
    private final Map<Content, Rr> records = new LinkedHashMap<>();
    private State state = State.FIRST;
    private @Nullable Rr soa;
    /** Serial that the changes have led to so far. */
    private long reached;

    private boolean incremental;
    private long weight;

    /**
     * @param before the version that is here, where its changes were asked for
     * @param maxWeight octets of records, and 64 for each, that are taken
     */
    IncomingZone(byte[] origin, Optional<Zone> before, long maxWeight) {
        this.origin = origin;
        this.before = before;
        this.maxWeight = maxWeight;
    }

    /**
     * Takes the next record.
     *
     * @throws TransferException if it cannot be the next, or is too much
     */
    void take(Record record) throws TransferException {
        if (record.getDClass() != DClass.IN) {
            throw malformed(record.getName() + " is not of class IN");
        }
        Rr wire;
        try {
            wire = ZoneFile.rr(record);
        } catch (ZoneException e) {
            throw malformed(String.valueOf(e.getMessage()));
        }
        take(wire);
    }

    private void take(Rr record) throws TransferException {
        weigh(record);
        boolean isSoa = record.type() == Dns.SOA;
        if (isSoa && !Names.same(record.owner(), origin)) {
            throw malformed("a SOA record of " + Names.text(record.owner()));
        }
        // What is no question has records without data too (RFC 2136 §2.4).
        if (isSoa && record.rdata().length < SHORTEST_SOA) {
            throw malformed("a SOA record without serial");
        }
        switch (state) {
            case FIRST -> {
                if (!isSoa) {
                    throw malformed("it does not begin with SOA");
                }
                soa = record;
                // As far as the sender is, there is nothing new (RFC 1995 §2).
                state = before.isPresent()
                                && !ZoneDirectory.isNewer(
                                        Zone.serial(record), before.get().serial())
                        ? State.DONE
                        : State.SECOND;
            }
            case SECOND -> second(record, isSoa);
            case WHOLE -> whole(record, isSoa);
            case REMOVING -> removing(record, isSoa);
            case ADDING -> adding(record, isSoa);
            case DONE -> throw malformed("records behind its end");
        }
    }

    private void weigh(Rr record) throws TransferException {
        weight += record.owner().length + record.rdata().length + RECORD;
        if (weight > maxWeight) {
            throw new TransferException(
                    Outcome.TOO_LARGE, "it has more than " + maxWeight + " octets (secondary.max-bytes)");
        }
    }

    private void second(Rr record, boolean isSoa) throws TransferException {
        if (isSoa
                && before.isPresent()
                && Zone.serial(record) == before.get().serial()
                && Zone.serial(record) != serial()) {
            incremental = true;
            reached = before.get().serial();
            for (Rr known : before.get().records()) {
                if (known.type() != Dns.SOA) {
                    weigh(known);
                    records.put(new Content(known), known);
                }
            }
            state = State.REMOVING;
        } else {
            // Who does not know that version, or no IXFR, sends all (RFC 1995 §4).
            state = State.WHOLE;
            whole(record, isSoa);
        }
    }

    private void whole(Rr record, boolean isSoa) throws TransferException {
        if (!isSoa) {
            records.putIfAbsent(new Content(record), record);
        } else if (Zone.serial(record) == serial()) {
            state = State.DONE;
        } else {
            throw malformed("its last serial is not its first");
        }
    }

    private void removing(Rr record, boolean isSoa) throws TransferException {
        if (!isSoa) {
            if (records.remove(new Content(record)) == null) {
                throw malformed("a record of " + Names.text(record.owner()) + " goes that is not there");
            }
        } else if (ZoneDirectory.isNewer(Zone.serial(record), reached)) {
            reached = Zone.serial(record);
            state = State.ADDING;
        } else {
            throw malformed("a change to an older serial");
        }
    }

    private void adding(Rr record, boolean isSoa) throws TransferException {
        if (!isSoa) {
            // Some send what is there already; the outcome is the same.
            records.put(new Content(record), record);
        } else if (Zone.serial(record) != reached) {
            throw malformed("changes that do not follow each other");
        } else {
            state = reached == serial() ? State.DONE : State.REMOVING;
        }
    }

    /** Whether the last record has come. */
    boolean isDone() {
        return state == State.DONE;
    }

    /** Whether changes came, and not the whole zone. */
    boolean isIncremental() {
        return incremental;
    }

    /**
     * The zone, after {@link #isDone}; empty if the sender has nothing newer than what is here.
     *
     * @throws TransferException if the records make no zone
     */
    Optional<Zone> zone() throws TransferException {
        Rr head = soa;
        if (head == null
                || before.isPresent()
                        && !ZoneDirectory.isNewer(serial(), before.get().serial())) {
            return Optional.empty();
        }
        List<Rr> all = new ArrayList<>(records.size() + 1);
        all.add(head);
        all.addAll(records.values());
        try {
            return Optional.of(Zone.of(origin, all));
        } catch (ZoneException e) {
            throw malformed(String.valueOf(e.getMessage()));
        }
    }

    private long serial() {
        return soa == null ? 0 : Zone.serial(soa);
    }

    private static TransferException malformed(String why) {
        return new TransferException(Outcome.MALFORMED, why);
    }

    /** A record but for its time to live. */
    private record Content(Rr record) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Content(Rr that)
                    && record.type() == that.type()
                    && Names.same(record.owner(), that.owner())
                    && Arrays.equals(record.rdata(), that.rdata());
        }

        @Override
        public int hashCode() {
            return Names.hash(record.owner()) * 31 + Arrays.hashCode(record.rdata());
        }
    }
}
