package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Master files (RFC 1035 §5), as dnsjava reads them. */
public final class ZoneFile {
    private ZoneFile() {}

    /**
     * Reads a zone; {@code $INCLUDE} is relative to the file.
     *
     * @throws ZoneException naming the file and what is wrong with it
     */
    public static Zone read(Path file, byte[] origin) {
        List<Rr> records = new ArrayList<>();
        try (Master master = new Master(file.toString(), new Name(origin))) {
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                if (record.getDClass() != Dns.CLASS_IN) {
                    throw new ZoneException(file + ": " + record.getName() + " is not of class IN");
                }
                records.add(rr(record));
            }
            return Zone.of(origin, records);
        } catch (IOException | RuntimeException e) {
            String message = String.valueOf(e.getMessage());
            throw new ZoneException(message.startsWith(file.toString()) ? message : file + ": " + message);
        }
    }

    /** A zone as a master file, its SOA first. */
    static List<String> lines(Zone zone) {
        List<String> lines = new ArrayList<>();
        zone.records().stream().filter(rr -> rr.type() == Dns.SOA).forEach(rr -> lines.add(line(rr)));
        zone.records().stream().filter(rr -> rr.type() != Dns.SOA).forEach(rr -> lines.add(line(rr)));
        return lines;
    }

    private static String line(Rr rr) {
        try {
            return Record.newRecord(new Name(rr.owner()), rr.type(), Dns.CLASS_IN, rr.ttl(), rr.rdata())
                    .toString();
        } catch (IOException e) {
            throw new IllegalStateException("a record of a zone that is none", e);
        }
    }

    /** Wire form of a record of dnsjava. */
    public static Rr rr(Record record) {
        byte[] wire = record.toWire(Section.ANSWER);
        int ownerLength = Names.length(wire, 0);
        byte[] owner = java.util.Arrays.copyOf(wire, ownerLength);
        long ttl = record.getTTL();
        return new Rr(
                owner,
                record.getType(),
                (int) Math.min(ttl, Integer.MAX_VALUE),
                java.util.Arrays.copyOfRange(wire, ownerLength + 10, wire.length));
    }
}
