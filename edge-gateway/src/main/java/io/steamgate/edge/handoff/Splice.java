package io.steamgate.edge.handoff;

import io.steamgate.edge.stack.IpPacket;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a spliced flow: which packets it takes and what it makes of them. All fields are the poll loop's. The
 * two directions of a flow are each other's {@link #opposite}.
 *
 * <p>Deltas are added modulo 2^32 to the fields of a passing packet: {@code seqDelta} to the sequence number, {@code
 * ackDelta} to the acknowledgment number and to every SACK edge, {@code tsValDelta} and {@code tsEcrDelta} to the two
 * timestamps.
 */
public final class Splice {
    /** Which way a packet goes. */
    public enum Way {
        TO_ENDPOINT,
        TO_CLIENT
    }

    /** Decides about a packet that matches a splice, before translation. */
    interface Watch {
        /** @return whether the packet is to be translated and forwarded; if not, the watch has dealt with it */
        boolean forward(IpPacket packet, Splice splice);

        /** The flow's entries are gone: nothing is offered any more. */
        default void forgotten() {}

        /** The sweep has come by, and counted what has passed. */
        default void swept() {}

        /** What may pass without being offered; null when nothing may. */
        default @Nullable FollowedEnd skips() {
            return null;
        }
    }

    final Flow flow;
    final Way way;

    // What a packet of this direction looks like on arrival.
    final int source;
    final int destination;
    final int ports;

    // What it looks like when it leaves.
    int newSource;
    int newDestination;
    int newPorts;
    int seqDelta;
    int ackDelta;
    int tsValDelta;
    int tsEcrDelta;
    /** Added to the scale of the window field: positive shifts left (and saturates), negative right. */
    int windowShift;
    /** Looks at each packet before it is translated; null once nobody needs to. */
    @Nullable
    Watch watch;
    /** Index in the neighbour table of the next hop. */
    int neighbor = -1;
    /** Its number where an {@link Offload} forwards its packets; -1 elsewhere. */
    int number = -1;

    // What was seen.
    long packets;
    long bytes;
    boolean finSeen;
    /** Highest TSval that left; a later connection on the same ports must not go below it (RFC 7323 section 5.5). */
    int lastTsVal;

    Splice(Flow flow, Way way, int source, int destination, int sourcePort, int destinationPort) {
        this.flow = flow;
        this.way = way;
        this.source = source;
        this.destination = destination;
        this.ports = ports(sourcePort, destinationPort);
    }

    void leavesAs(int source, int destination, int sourcePort, int destinationPort) {
        newSource = source;
        newDestination = destination;
        newPorts = ports(sourcePort, destinationPort);
    }

    static int ports(int sourcePort, int destinationPort) {
        return sourcePort << 16 | destinationPort & 0xFFFF;
    }

    int sourcePort() {
        return ports >>> 16;
    }

    int destinationPort() {
        return ports & 0xFFFF;
    }

    Splice opposite() {
        return way == Way.TO_ENDPOINT ? flow.toClient : flow.toEndpoint;
    }

    boolean matches(int source, int destination, int ports) {
        return this.ports == ports && this.source == source && this.destination == destination;
    }
}
