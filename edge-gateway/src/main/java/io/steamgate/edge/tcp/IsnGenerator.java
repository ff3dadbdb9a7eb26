package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;

/**
 * Initial sequence numbers as RFC 6528 has them: a clock of four microseconds plus a keyed hash of the four-tuple, so
 * they grow for one tuple and tell nothing about another. The offset of the timestamp clock is made the same way, which
 * keeps a tuple's timestamps growing over its connections (RFC 6191 needs that).
 */
final class IsnGenerator {
    private static final int TICK_NANOS = 4_000;

    private final SipHash hash;
    private final Clock clock;

    IsnGenerator(Clock clock, Randomness randomness) {
        this.clock = clock;
        hash = SipHash.keyed(randomness);
    }

    int next(int localAddress, int remoteAddress, int ports) {
        return (int) (clock.nanos() / TICK_NANOS + tuple(localAddress, remoteAddress, ports, 1));
    }

    int timestampOffset(int localAddress, int remoteAddress, int ports) {
        return (int) tuple(localAddress, remoteAddress, ports, 2);
    }

    /** Of the hash by which timestamps are offset. */
    SipHash hash() {
        return hash;
    }

    private long tuple(int localAddress, int remoteAddress, int ports, int purpose) {
        return hash.hash((long) localAddress << 32 | remoteAddress & 0xFFFF_FFFFL, ports & 0xFFFF_FFFFL, purpose);
    }
}
