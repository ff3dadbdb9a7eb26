package io.steamgate.edge.handoff;

import io.steamgate.edge.runtime.Counter;
import io.steamgate.edge.runtime.CounterFamily;

/**
 * What became of datagrams of clients.
 *
 * @param opened flows, by listener
 * @param ended flows, by {@link FlowEnd#label}
 * @param refused datagrams that began no flow, by reason: {@code no-rule}, {@code no-endpoint}, {@code no-port}, {@code
 *     no-route}
 * @param malformed datagrams with a wrong length or checksum
 */
public record DatagramCounters(CounterFamily opened, CounterFamily ended, CounterFamily refused, Counter malformed) {
    public DatagramCounters() {
        this(new CounterFamily(), new CounterFamily(), new CounterFamily(), new Counter());
    }
}
