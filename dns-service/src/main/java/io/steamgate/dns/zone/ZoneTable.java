package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.QName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every zone there is, found by a name's longest suffix that is an origin; never changed, replaced by the next. */
public final class ZoneTable {
    private static final ZoneTable EMPTY = new ZoneTable(List.of(), List.of());

    private final List<Zone> zones;
    private final Zone[][] places;
    private final boolean isEmpty;

    private ZoneTable(List<Zone> zones, List<Zone> withheld) {
        this.zones = zones;
        List<Zone> all = new ArrayList<>(zones);
        all.addAll(withheld);
        int size = Math.max(8, Integer.highestOneBit(all.size()) * 4);
        this.isEmpty = all.isEmpty();
        this.places = new Zone[size][];
        for (Zone zone : all) {
            int place = Names.hash(zone.origin()) & size - 1;
            Zone[] before = places[place] == null ? new Zone[0] : places[place];
            Zone[] after = java.util.Arrays.copyOf(before, before.length + 1);
            after[before.length] = zone;
            places[place] = after;
        }
    }

    public static ZoneTable of(Collection<Zone> zones) {
        return of(zones, List.of());
    }

    /** @param withheld origins, in lower case, of zones that are ours and have nothing to say now */
    static ZoneTable of(Collection<Zone> zones, Collection<byte[]> withheld) {
        return zones.isEmpty() && withheld.isEmpty()
                ? EMPTY
                : new ZoneTable(
                        List.copyOf(zones),
                        withheld.stream().map(Zone::withheld).toList());
    }

    /** The zone with the closest origin at or above the name; for DS the one above a cut (RFC 4035 §3.1.4.1). */
    @Nullable
    Zone find(QName name, int type) {
        if (isEmpty) {
            return null;
        }
        Zone atName = null;
        for (int i = 0; i <= name.labels(); i++) {
            Zone[] candidates = places[name.hash(i) & places.length - 1];
            if (candidates != null) {
                for (Zone zone : candidates) {
                    if (zone.hasOrigin(name, i)) {
                        if (i > 0 || type != Dns.DS || name.labels() == 0) {
                            return zone;
                        }
                        atName = zone;
                    }
                }
            }
        }
        return atName;
    }

    /** The zone with exactly this origin, in lower case. */
    public java.util.Optional<Zone> withOrigin(byte[] origin) {
        return zones.stream().filter(zone -> Names.same(zone.origin(), origin)).findFirst();
    }

    public List<Zone> zones() {
        return zones;
    }
}
