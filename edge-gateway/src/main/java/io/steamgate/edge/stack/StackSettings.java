package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Clock;

/**
 * The bounds of one stack.
 *
 * @param neighborEntries most neighbours known at once
 * @param neighborQueue most packets that wait for one neighbour's address; one more drops the oldest
 * @param reachableNanos how long a neighbour's answer is believed; then it is asked again, by unicast
 * @param reassemblyBytes memory for fragments of all sources
 * @param reassemblyBytesPerSource memory for fragments of one source
 * @param reassemblyNanos how long a datagram may take to become whole
 * @param pathMtuEntries most destinations whose path MTU is remembered
 * @param echoPerSecond echo requests answered
 * @param errorsPerSecond ICMP errors sent
 */
public record StackSettings(
        int neighborEntries,
        int neighborQueue,
        long reachableNanos,
        int reassemblyBytes,
        int reassemblyBytesPerSource,
        long reassemblyNanos,
        int pathMtuEntries,
        int echoPerSecond,
        int errorsPerSecond) {

    public static final StackSettings DEFAULT = new StackSettings(
            1024, 16, 30 * Clock.NANOS_PER_SECOND, 4 << 20, 256 << 10, 30 * Clock.NANOS_PER_SECOND, 4096, 1000, 100);
}
