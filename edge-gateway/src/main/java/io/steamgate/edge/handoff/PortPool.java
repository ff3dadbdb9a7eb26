package io.steamgate.edge.handoff;

import io.steamgate.edge.runtime.Randomness;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The local ports of one service-side address towards one endpoint. A port comes back at the end of the queue, so that it
 * rests as long as can be before it is used again; when none is free, the flow that has lingered longest gives up its
 * own (RFC 6191: a newer timestamp lets the endpoint's TIME-WAIT accept the new connection).
 */
final class PortPool {
    static final int FIRST = 1024;
    static final int COUNT = 65_536 - FIRST;

    private final Randomness randomness;
    /** Ports that were never used, in no order: one is drawn at a time, so that nothing is shuffled while frames wait. */
    private final char[] fresh = new char[COUNT];

    private int freshCount = COUNT;
    /** Ports that were used and came back, as a ring. */
    private final char[] rested = new char[COUNT];

    private int head;
    private int restedCount;
    private final ArrayDeque<Flow> lingering = new ArrayDeque<>();

    PortPool(Randomness randomness) {
        this.randomness = randomness;
        for (int i = 0; i < COUNT; i++) {
            fresh[i] = (char) (FIRST + i);
        }
    }

    int available() {
        return freshCount + restedCount;
    }

    /** A port that was never used, chosen at random (RFC 6056); else the one that has rested longest; 0 without any. */
    int take() {
        if (freshCount > 0) {
            int drawn = randomness.nextInt(freshCount);
            char port = fresh[drawn];
            fresh[drawn] = fresh[--freshCount];
            return port;
        }
        if (restedCount == 0) {
            return 0;
        }
        int port = rested[head];
        head = head + 1 == COUNT ? 0 : head + 1;
        restedCount--;
        return port;
    }

    /** Takes this very port, which was never given out: a flow that another process has left uses it. */
    void claim(int port) {
        for (int i = 0; i < freshCount; i++) {
            if (fresh[i] == port) {
                fresh[i] = fresh[--freshCount];
                return;
            }
        }
    }

    void give(int port) {
        int tail = head + restedCount;
        rested[tail >= COUNT ? tail - COUNT : tail] = (char) port;
        restedCount++;
    }

    /** Takes the port that was given last. */
    int takeBack() {
        int last = head + --restedCount;
        return rested[last >= COUNT ? last - COUNT : last];
    }

    /** Notes that a flow has ended but keeps its port while it lingers. */
    void lingers(Flow flow) {
        lingering.addLast(flow);
    }

    /** The flow that began to linger first and still does; null when there is none. */
    @Nullable
    Flow longestLingering() {
        for (Flow flow = lingering.pollFirst(); flow != null; flow = lingering.pollFirst()) {
            if (flow.state != Flow.State.OPEN && !flow.gone) {
                return flow;
            }
        }
        return null;
    }
}
