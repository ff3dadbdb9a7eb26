package io.steamgate.dns.maintain;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import io.steamgate.dns.zone.Zone;
import io.steamgate.dns.zone.ZoneDirectory;
import io.steamgate.dns.zone.ZoneException;
import io.steamgate.dns.zone.ZoneFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** What an update asks for and makes of a zone (RFC 2136 §3.2 to §3.4). */
final class UpdateRules {
    private static final int YXDOMAIN = 6;
    private static final int YXRRSET = 7;
    private static final int NXRRSET = 8;
    private static final int NOTZONE = 10;

    /** The code, and the zone after it where it changed. */
    record Result(int rcode, Optional<Zone> changed) {
        static Result code(int rcode) {
            return new Result(rcode, Optional.empty());
        }
    }

    private final byte[] origin;
    private final Zone before;
    private final List<Rr> records;
    private boolean serialGiven;

    private UpdateRules(Zone zone) {
        this.before = zone;
        this.origin = zone.origin();
        this.records = new ArrayList<>(zone.records());
    }

    static Result apply(Zone zone, Message update) {
        try {
            return new UpdateRules(zone).apply(update);
        } catch (ZoneException e) {
            // One of its records has no wire form.
            return Result.code(Rcode.FORMERR);
        }
    }

    private Result apply(Message update) {
        int rcode = prerequisites(update.getSection(Section.PREREQ));
        if (rcode == Rcode.NOERROR) {
            rcode = prescan(update.getSection(Section.UPDATE));
        }
        if (rcode != Rcode.NOERROR) {
            return Result.code(rcode);
        }
        update.getSection(Section.UPDATE).forEach(this::change);
        if (records.equals(before.records())) {
            return Result.code(Rcode.NOERROR);
        }
        if (!serialGiven) {
            raiseSerial();
        }
        try {
            return new Result(Rcode.NOERROR, Optional.of(Zone.of(origin, records)));
        } catch (ZoneException e) {
            return Result.code(Rcode.REFUSED);
        }
    }

    private int prerequisites(List<Record> prerequisites) {
        List<Rr> required = new ArrayList<>();
        for (Record record : prerequisites) {
            byte[] name = record.getName().toWire();
            if (record.getTTL() != 0) {
                return Rcode.FORMERR;
            }
            if (!Names.isUnder(name, origin)) {
                return NOTZONE;
            }
            boolean empty = record.rdataToString().isEmpty();
            int rcode = switch (record.getDClass()) {
                case DClass.ANY -> !empty ? Rcode.FORMERR : exists(name, record.getType()) ? 0 : missing(record);
                case DClass.NONE -> !empty ? Rcode.FORMERR : exists(name, record.getType()) ? present(record) : 0;
                case DClass.IN -> {
                    required.add(ZoneFile.rr(record));
                    yield 0;
                }
                default -> Rcode.FORMERR;
            };
            if (rcode != 0) {
                return rcode;
            }
        }
        return setsAre(required) ? Rcode.NOERROR : NXRRSET;
    }

    private static int missing(Record record) {
        return record.getType() == Dns.ANY ? Rcode.NXDOMAIN : NXRRSET;
    }

    private static int present(Record record) {
        return record.getType() == Dns.ANY ? YXDOMAIN : YXRRSET;
    }

    private boolean exists(byte[] name, int type) {
        return records.stream().anyMatch(r -> Names.same(r.owner(), name) && (type == Dns.ANY || r.type() == type));
    }

    /** Each set that is named must hold exactly what is given, times to live aside (RFC 2136 §3.2.3). */
    private boolean setsAre(List<Rr> required) {
        for (Rr record : required) {
            List<Rr> wanted = required.stream().filter(sameSet(record)).toList();
            List<Rr> there = records.stream().filter(sameSet(record)).toList();
            if (wanted.size() != there.size()
                    || !wanted.stream().allMatch(w -> there.stream().anyMatch(t -> sameData(w, t)))) {
                return false;
            }
        }
        return true;
    }

    private int prescan(List<Record> updates) {
        for (Record record : updates) {
            if (!Names.isUnder(record.getName().toWire(), origin)) {
                return NOTZONE;
            }
            int type = record.getType();
            boolean meta = type >= 128 && type <= 255 || type == Dns.OPT || type == 0;
            boolean empty = record.rdataToString().isEmpty();
            boolean bad = switch (record.getDClass()) {
                case DClass.IN -> meta || empty && type != 10;
                case DClass.ANY -> record.getTTL() != 0 || !empty || meta && type != Dns.ANY;
                case DClass.NONE -> record.getTTL() != 0 || meta;
                default -> true;
            };
            if (bad) {
                return Rcode.FORMERR;
            }
        }
        return Rcode.NOERROR;
    }

    private void change(Record record) {
        byte[] name = record.getName().toWire();
        boolean apex = Names.same(name, origin);
        switch (record.getDClass()) {
            case DClass.IN -> add(ZoneFile.rr(record), apex);
            case DClass.ANY ->
                // The apex keeps its SOA and NS (RFC 2136 §3.4.2.3).
                records.removeIf(r -> Names.same(r.owner(), name)
                        && (record.getType() == Dns.ANY || r.type() == record.getType())
                        && !(apex && (r.type() == Dns.SOA || r.type() == Dns.NS)));
            default -> {
                Rr given = ZoneFile.rr(record);
                if (apex
                        && given.type() == Dns.NS
                        && records.stream().filter(sameSet(given)).count() == 1) {
                    return;
                }
                records.removeIf(r -> given.type() != Dns.SOA && sameSet(given).test(r) && sameData(given, r));
            }
        }
    }

    private void add(Rr given, boolean apex) {
        boolean alias = exists(given.owner(), Dns.CNAME);
        boolean other = records.stream()
                .anyMatch(r -> Names.same(r.owner(), given.owner())
                        && r.type() != Dns.CNAME
                        && r.type() != Dns.RRSIG
                        && r.type() != Dns.NSEC);
        if (given.type() == Dns.CNAME ? other : alias && given.type() != Dns.RRSIG && given.type() != Dns.NSEC) {
            return;
        }
        if (given.type() == Dns.SOA) {
            long serial = Dns.u32(given.rdata(), given.rdata().length - 20);
            if (!apex || !ZoneDirectory.isNewer(serial, before.serial())) {
                return;
            }
            serialGiven = true;
        }
        if (given.type() == Dns.CNAME || given.type() == Dns.SOA) {
            records.removeIf(sameSet(given));
        }
        // The same data again gives it a new time to live, which the set shares (RFC 2181 §5.2).
        records.removeIf(r -> sameSet(given).test(r) && sameData(given, r));
        records.replaceAll(r -> sameSet(given).test(r) ? new Rr(r.owner(), r.type(), given.ttl(), r.rdata()) : r);
        records.add(given);
    }

    private void raiseSerial() {
        records.replaceAll(r -> {
            if (r.type() != Dns.SOA) {
                return r;
            }
            byte[] rdata = r.rdata().clone();
            int at = rdata.length - 20;
            int serial = (int) Dns.u32(rdata, at) + 1;
            Dns.put32(rdata, at, serial == 0 ? 1 : serial);
            return new Rr(r.owner(), r.type(), r.ttl(), rdata);
        });
    }

    private static Predicate<Rr> sameSet(Rr record) {
        return other -> other.type() == record.type() && Names.same(other.owner(), record.owner());
    }

    private static boolean sameData(Rr a, Rr b) {
        return Arrays.equals(a.rdata(), b.rdata());
    }
}
