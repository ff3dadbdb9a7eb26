package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.Frame;
import java.util.ArrayDeque;

/** One entry of the {@link NeighborTable}; the object is used again for another neighbour when this one is forgotten. */
final class Neighbor {
    /** What is known of it: the states of RFC 4861 section 7.3.2, which ARP leaves open. */
    enum State {
        /** The entry is in nobody's use. */
        FREE,
        /** Asked by broadcast, no answer yet: packets wait. */
        INCOMPLETE,
        /** Answered lately. */
        REACHABLE,
        /** Answered a while ago and nothing was sent since. */
        STALE,
        /** Asked again; its address is used meanwhile. */
        PROBE,
        /** Did not answer, and flows still need it: asked now and then. */
        FAILED
    }

    final int index;
    final Timers.Timer timer;
    final ArrayDeque<Frame> waiting = new ArrayDeque<>(0);
    Nic nic;
    int address;
    /** 0 while unknown. */
    long mac;

    /** What was heard last and not believed; 0 for nothing. */
    long doubted;

    long doubtedAt;
    State state = State.FREE;
    boolean used;
    int pins;
    int attempts;
    /** The next entry of the same hash; -1 ends. */
    int next = -1;

    Neighbor(int index, Nic nic, NeighborTable table) {
        this.index = index;
        this.nic = nic;
        timer = new Timers.Timer(() -> table.timeOut(this));
    }
}
