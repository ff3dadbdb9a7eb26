package io.steamgate.dns.resolve;

import io.steamgate.dns.wire.Names;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The delegations and servers that were met, bounded; the longest unused go first. Used on one event loop. */
final class Delegations {
    private static final int MAX_ZONES = 20_000;
    private static final int MAX_SERVERS = 20_000;
    private static final long UNKNOWN_NANOS = 100_000_000;
    private static final long WORST_NANOS = 4_000_000_000L;

    private final Delegation root;
    private final Map<String, Delegation> zones = bounded(MAX_ZONES);
    private final Map<InetAddress, Long> roundTrips = bounded(MAX_SERVERS);

    Delegations(Delegation root) {
        this.root = root;
    }

    private static <K, V> Map<K, V> bounded(int size) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > size;
            }
        };
    }

    /** The closest delegation at or above a name in lower case. */
    Delegation above(byte[] name, long now) {
        for (byte[] zone = name; zone[0] != 0; zone = Names.parent(zone)) {
            String key = Names.text(zone);
            Delegation known = zones.get(key);
            if (known != null) {
                if (known.until() > now) {
                    return known;
                }
                zones.remove(key);
            }
        }
        return root;
    }

    void learn(Delegation delegation) {
        if (delegation.zone()[0] != 0) {
            zones.put(Names.text(delegation.zone()), delegation);
        }
    }

    void forget(Delegation delegation) {
        zones.remove(Names.text(delegation.zone()));
    }

    /** Fastest first; those that were never asked in between. */
    List<InetAddress> byQuickness(List<InetAddress> addresses) {
        List<InetAddress> sorted = new ArrayList<>(addresses);
        sorted.sort(Comparator.comparingLong(address -> roundTrips.getOrDefault(address, UNKNOWN_NANOS)));
        return sorted;
    }

    void answered(InetAddress server, long nanos) {
        roundTrips.merge(server, nanos, (old, young) -> (old * 7 + young) / 8);
    }

    void failed(InetAddress server) {
        roundTrips.merge(server, UNKNOWN_NANOS * 4, (old, young) -> Math.min(old * 2, WORST_NANOS));
    }

    int size() {
        return zones.size();
    }
}
