package io.steamgate.dns.maintain;

import io.steamgate.dns.serve.Client;
import io.steamgate.dns.serve.Transport;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.zone.Zone;
import io.steamgate.dns.zone.ZoneHistory;
import io.steamgate.dns.zone.Zones;
import io.steamgate.start.AddressBlocks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;

/**
 * Gives whole zones (AXFR, RFC 5936) and what changed in them (IXFR, RFC 1995) to addresses that may have them, or to whom signs
 * with a key that may.
 */
public final class Transfers {
    /** Octets of records in one message, about; compression reaches 16 KiB far. */
    private static final int MESSAGE = 16_000;

    private static final int AT_ONCE = 4;

    private final Zones zones;
    private final ZoneHistory history;
    private final AddressBlocks allowed;
    private final Set<Name> keys;
    private final Semaphore places = new Semaphore(AT_ONCE);
    public final LongAdder full = new LongAdder();
    public final LongAdder incremental = new LongAdder();
    public final LongAdder refused = new LongAdder();

    public Transfers(Zones zones, ZoneHistory history, AddressBlocks allowed, Set<Name> keys) {
        this.zones = zones;
        this.history = history;
        this.allowed = allowed;
        this.keys = keys;
    }

    List<byte[]> take(Message query, Client client, Keyring.Signature signature) {
        Record question = query.getQuestion();
        Optional<Zone> zone = question.getDClass() == DClass.IN
                ? zones.find(question.getName().toWireCanonical())
                : Optional.empty();
        boolean may = signature instanceof Keyring.Valid valid && keys.contains(valid.name())
                || signature instanceof Keyring.Unsigned && allowed.contains(client.address());
        if (!may) {
            refused.increment();
            return code(query, Rcode.REFUSED, signature);
        }
        if (zone.isEmpty()) {
            return code(query, Rcode.NOTAUTH, signature);
        }
        if (client.transport() == Transport.UDP || client.transport() == Transport.HTTPS) {
            // By datagram there is no AXFR (RFC 5936 §4.2), and to IXFR the SOA says: come by stream (RFC 1995 §2).
            return question.getType() == Dns.AXFR
                    ? code(query, Rcode.FORMERR, signature)
                    : messages(query, List.of(soa(zone.get())), signature);
        }
        if (!places.tryAcquire()) {
            refused.increment();
            return code(query, Rcode.SERVFAIL, signature);
        }
        try {
            return messages(query, records(query, zone.get()), signature);
        } finally {
            places.release();
        }
    }

    private List<Record> records(Message query, Zone zone) {
        if (query.getQuestion().getType() == Dns.IXFR) {
            Optional<Long> theirs = query.getSection(Section.AUTHORITY).stream()
                    .filter(SOARecord.class::isInstance)
                    .map(record -> ((SOARecord) record).getSerial())
                    .findFirst();
            if (theirs.isPresent() && !io.steamgate.dns.zone.ZoneDirectory.isNewer(zone.serial(), theirs.get())) {
                return List.of(soa(zone));
            }
            Optional<List<ZoneHistory.Change>> changes = theirs.flatMap(serial -> history.since(zone, serial));
            if (changes.isPresent()) {
                incremental.increment();
                return incremental(zone, changes.get());
            }
        }
        full.increment();
        List<Record> records = new ArrayList<>(zone.records().size() + 1);
        records.add(soa(zone));
        zone.records().stream()
                .filter(rr -> rr.type() != Dns.SOA)
                .map(Transfers::record)
                .forEach(records::add);
        records.add(soa(zone));
        return records;
    }

    private static List<Record> incremental(Zone zone, List<ZoneHistory.Change> changes) {
        List<Record> records = new ArrayList<>();
        records.add(soa(zone));
        for (ZoneHistory.Change change : changes) {
            change.removed().forEach(rr -> records.add(record(rr)));
            change.added().forEach(rr -> records.add(record(rr)));
        }
        records.add(soa(zone));
        return records;
    }

    private static Record soa(Zone zone) {
        return record(zone.soaRecord());
    }

    static Record record(Rr rr) {
        try {
            return Record.newRecord(new Name(rr.owner()), rr.type(), DClass.IN, rr.ttl(), rr.rdata());
        } catch (java.io.IOException e) {
            throw new IllegalStateException("a record of a zone that is none", e);
        }
    }

    private static List<byte[]> messages(Message query, List<Record> records, Keyring.Signature signature) {
        List<byte[]> messages = new ArrayList<>();
        TSIG.StreamGenerator signer =
                signature instanceof Keyring.Valid valid ? new TSIG.StreamGenerator(valid.key(), valid.record()) : null;
        int next = 0;
        while (next < records.size()) {
            Message message = Maintenance.respond(query, Rcode.NOERROR);
            message.getHeader().setFlag(Flags.AA);
            int octets = 0;
            while (next < records.size() && octets < MESSAGE) {
                Record record = records.get(next);
                int size = record.toWire(Section.ANSWER).length;
                if (octets > 0 && octets + size > 60_000) {
                    break;
                }
                message.addRecord(record, Section.ANSWER);
                octets += size;
                next++;
            }
            if (signer != null) {
                signer.generate(message);
            }
            messages.add(message.toWire(Dns.MAX_MESSAGE));
        }
        return messages;
    }

    private static List<byte[]> code(Message query, int rcode, Keyring.Signature signature) {
        return List.of(Maintenance.sign(Maintenance.respond(query, rcode), signature));
    }
}
