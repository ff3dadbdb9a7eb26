package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Clock;

/**
 * Paths known to carry less than their first link (RFC 1191), in a fixed number of places: four for each hash, of which
 * the one that ends soonest makes room. Look-ups allocate nothing.
 */
final class PathMtuCache {
    static final long LIFETIME = 600 * Clock.NANOS_PER_SECOND;
    /** RFC 791: what every link carries. */
    static final int LEAST = 68;

    private static final int WAYS = 4;

    private final Clock clock;
    private final int[] destinations;
    private final int[] mtus;
    private final long[] ends;
    private final long secret;
    private boolean used;

    PathMtuCache(Clock clock, int entries, long secret) {
        this.clock = clock;
        this.secret = secret;
        int size = Math.max(WAYS, Integer.highestOneBit(entries));
        destinations = new int[size];
        mtus = new int[size];
        ends = new long[size];
    }

    /** {@code largest} where nothing less is known. */
    int of(int destination, int largest) {
        if (!used) {
            return largest;
        }
        int at = find(destination);
        return at >= 0 && clock.nanos() - ends[at] < 0 ? Math.min(largest, mtus[at]) : largest;
    }

    void reduced(int destination, int mtu) {
        int bounded = Math.max(LEAST, mtu);
        int at = find(destination);
        if (at < 0) {
            at = firstWay(destination);
            for (int i = at + 1, end = at + WAYS; i < end; i++) {
                if (mtus[at] != 0 && (mtus[i] == 0 || ends[i] - ends[at] < 0)) {
                    at = i;
                }
            }
        } else if (clock.nanos() - ends[at] < 0 && mtus[at] <= bounded) {
            return; // RFC 1191 section 3: a message never increases the estimate.
        }
        destinations[at] = destination;
        mtus[at] = bounded;
        ends[at] = clock.nanos() + LIFETIME;
        used = true;
    }

    private int find(int destination) {
        int first = firstWay(destination);
        for (int i = first; i < first + WAYS; i++) {
            if (mtus[i] != 0 && destinations[i] == destination) {
                return i;
            }
        }
        return -1;
    }

    private int firstWay(int destination) {
        long hash = (destination ^ secret) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> 33) & (mtus.length - 1) & -WAYS;
    }
}
