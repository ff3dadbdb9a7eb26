package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The zones that are served now. Whoever has a newer version of one puts it here; queries see all of it or nothing of it. */
public final class Zones implements Supplier<ZoneTable> {
    private final Map<String, Zone> byOrigin = new LinkedHashMap<>();
    private final Map<String, byte[]> withheld = new LinkedHashMap<>();
    private final ZoneHistory history = new ZoneHistory();
    private final List<Consumer<Zone>> watchers = new ArrayList<>();
    private volatile ZoneTable table = ZoneTable.of(byOrigin.values());

    @Override
    public ZoneTable get() {
        return table;
    }

    public synchronized void put(Zone zone) {
        withheld.remove(Names.text(zone.origin()));
        Zone before = byOrigin.put(Names.text(zone.origin()), zone);
        renew();
        if (before != null) {
            history.changed(before, zone);
        }
        watchers.forEach(watcher -> watcher.accept(zone));
    }

    /** Has somebody told about every new version. */
    public synchronized void watch(Consumer<Zone> watcher) {
        watchers.add(watcher);
    }

    /** What changed lately. */
    public ZoneHistory history() {
        return history;
    }

    public synchronized void remove(byte[] origin) {
        byOrigin.remove(key(origin));
        withheld.remove(key(origin));
        renew();
    }

    /** Tells nothing of a zone from now on, but that it is ours: who asks for its names gets SERVFAIL. */
    public synchronized void withhold(byte[] origin) {
        byOrigin.remove(key(origin));
        withheld.put(key(origin), Names.copyLower(origin, 0, origin.length));
        renew();
    }

    private void renew() {
        table = ZoneTable.of(byOrigin.values(), withheld.values());
    }

    public synchronized Optional<Zone> find(byte[] origin) {
        return Optional.ofNullable(byOrigin.get(key(origin)));
    }

    private static String key(byte[] origin) {
        return Names.text(Names.copyLower(origin, 0, origin.length));
    }
}
