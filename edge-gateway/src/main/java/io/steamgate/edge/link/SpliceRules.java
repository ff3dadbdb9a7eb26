package io.steamgate.edge.link;

/** What becomes of the packets of one direction. Addresses, ports, deltas: see {@code Splice} of the handoff. */
public final class SpliceRules {
    /** {@link #flags}: packets that end behind {@link #followAt}, and FINs, are left to the edge. */
    public static final int FOLLOWED = 1;
    /** {@link #flags}: every packet is. */
    public static final int ALL_TO_EDGE = 2;

    public int source;
    public int destination;
    public int ports;
    public int newSource;
    public int newDestination;
    public int newPorts;
    public int seqDelta;
    public int ackDelta;
    public int tsValDelta;
    public int tsEcrDelta;
    public int windowShift;
    public int neighbor;
    public int flags;
    /** As its sender numbers it. */
    public int followAt;
}
