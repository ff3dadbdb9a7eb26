package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
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

    /** Writes a zone's records and nothing else; the file is the old one or the new one, never half of it. */
    static void write(Path file, Zone zone) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try (BufferedWriter out = Files.newBufferedWriter(next)) {
            // Its SOA first.
            out.append(line(zone.soaRecord())).append('\n');
            for (Rr record : zone.records()) {
                if (record.type() != Dns.SOA) {
                    out.append(line(record)).append('\n');
                }
            }
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String line(Rr rr) {
        try {
            Record record = Record.newRecord(new Name(rr.owner()), rr.type(), Dns.CLASS_IN, rr.ttl(), rr.rdata());
            return isReadBack(record)
                    ? record.toString()
                    // The form that every type and all data has (RFC 3597 §5).
                    : "%s %d IN TYPE%d \\# %d %s"
                            .formatted(
                                    record.getName(),
                                    rr.ttl(),
                                    rr.type(),
                                    rr.rdata().length,
                                    HexFormat.of().formatHex(rr.rdata()));
        } catch (IOException e) {
            throw new IllegalStateException("a record of a zone that is none", e);
        }
    }

    /** Whether a record's text is understood as what it was made of. */
    private static boolean isReadBack(Record record) {
        try {
            Record read = Record.fromString(
                    record.getName(),
                    record.getType(),
                    Dns.CLASS_IN,
                    record.getTTL(),
                    record.rdataToString(),
                    Name.root);
            return Arrays.equals(read.toWire(Section.ANSWER), record.toWire(Section.ANSWER));
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /**
     * Wire form of a record of dnsjava.
     *
     * @throws ZoneException if it has none: the library reads some that it cannot write, such as WKS without a single service
     */
    public static Rr rr(Record record) {
        byte[] wire;
        try {
            wire = record.toWire(Section.ANSWER);
        } catch (RuntimeException e) {
            throw new ZoneException(record.getName() + " has data that is none");
        }
        int ownerLength = Names.length(wire, 0);
        byte[] owner = Arrays.copyOf(wire, ownerLength);
        long ttl = record.getTTL();
        return new Rr(
                owner,
                record.getType(),
                (int) Math.min(ttl, Integer.MAX_VALUE),
                Arrays.copyOfRange(wire, ownerLength + 10, wire.length));
    }
}
