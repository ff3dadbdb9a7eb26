package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What changed between the last versions of each zone, as long as that is less than the zones themselves. */
public final class ZoneHistory {
    private static final int MAX_CHANGES = 32;

    /**
     * From one version to the next.
     *
     * @param removed the old SOA, then what is gone (RFC 1995 §4)
     * @param added the new SOA, then what came
     */
    public record Change(long from, long to, List<Rr> removed, List<Rr> added) {}

    private final Map<String, Deque<Change>> changes = new HashMap<>();

    /** Told that a zone has a new version. */
    public synchronized void changed(Zone before, Zone after) {
        Deque<Change> known = changes.computeIfAbsent(Names.text(after.origin()), k -> new ArrayDeque<>());
        if (!ZoneDirectory.isNewer(after.serial(), before.serial())) {
            known.clear();
            return;
        }
        if (!known.isEmpty() && known.getLast().to() != before.serial()) {
            known.clear();
        }
        known.add(difference(before, after));
        long size = known.stream()
                .mapToLong(c -> c.removed().size() + c.added().size())
                .sum();
        while (known.size() > MAX_CHANGES
                || !known.isEmpty() && size > after.records().size() + 64L) {
            Change oldest = known.removeFirst();
            size -= oldest.removed().size() + oldest.added().size();
        }
    }

    /** The way from a serial to the zone as it is; empty if it is not known or longer than the zone. */
    public synchronized Optional<List<Change>> since(Zone zone, long serial) {
        Deque<Change> known = changes.getOrDefault(Names.text(zone.origin()), new ArrayDeque<>());
        List<Change> way = new ArrayList<>();
        for (Change change : known) {
            if (change.from() == serial || !way.isEmpty()) {
                way.add(change);
            }
        }
        return way.isEmpty() || way.getLast().to() != zone.serial() ? Optional.empty() : Optional.of(way);
    }

    private static Change difference(Zone before, Zone after) {
        Map<Key, Rr> old = byContent(before);
        Map<Key, Rr> young = byContent(after);
        List<Rr> removed = new ArrayList<>();
        List<Rr> added = new ArrayList<>();
        removed.add(before.soaRecord());
        added.add(after.soaRecord());
        old.forEach((key, record) -> {
            if (record.type() != Dns.SOA && !young.containsKey(key)) {
                removed.add(record);
            }
        });
        young.forEach((key, record) -> {
            if (record.type() != Dns.SOA && !old.containsKey(key)) {
                added.add(record);
            }
        });
        return new Change(before.serial(), after.serial(), removed, added);
    }

    private static Map<Key, Rr> byContent(Zone zone) {
        Map<Key, Rr> byContent = new LinkedHashMap<>();
        zone.records().forEach(record -> byContent.put(new Key(record), record));
        return byContent;
    }

    /** A record by all that it says. */
    private record Key(Rr record) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key(Rr that)
                    && record.type() == that.type()
                    && record.ttl() == that.ttl()
                    && Names.same(record.owner(), that.owner())
                    && Arrays.equals(record.rdata(), that.rdata());
        }

        @Override
        public int hashCode() {
            return Names.hash(record.owner()) * 31 + Arrays.hashCode(record.rdata());
        }
    }
}
