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

    private final char[] free = new char[COUNT];
    private int head;
    private int available = COUNT;
    private final ArrayDeque<Flow> lingering = new ArrayDeque<>();

    PortPool(Randomness randomness) {
        for (int i = 0; i < COUNT; i++) {
            int j = randomness.nextInt(i + 1);
            free[i] = free[j];
            free[j] = (char) (FIRST + i);
        }
    }

    int available() {
        return available;
    }

    /** The port that has rested longest; 0 when every one is in use. */
    int take() {
        if (available == 0) {
            return 0;
        }
        int port = free[head];
        head = head + 1 == COUNT ? 0 : head + 1;
        available--;
        return port;
    }

    void give(int port) {
        int tail = head + available;
        free[tail >= COUNT ? tail - COUNT : tail] = (char) port;
        available++;
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
