package io.steamgate.edge.handoff;

import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.PortRange;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A listener for datagrams: what it takes, and its flows in the order in which they were last used. */
final class DatagramLane {
    final ListenerState listener;
    private final List<Ipv4Address> addresses;
    private @Nullable DatagramFlow oldest;
    private @Nullable DatagramFlow newest;

    /** Takes no new flows: its flows go on. */
    boolean closed;

    DatagramLane(ListenerState listener, List<Ipv4Address> addresses) {
        this.listener = listener;
        this.addresses = List.copyOf(addresses);
    }

    boolean takes(int address, int port) {
        if (closed) {
            return false;
        }
        List<PortRange> ports = listener.listener().ports();
        for (int i = 0; i < ports.size(); i++) {
            if (ports.get(i).contains(port)) {
                return owns(address);
            }
        }
        return false;
    }

    private boolean owns(int address) {
        for (int i = 0; i < addresses.size(); i++) {
            if (addresses.get(i).bits() == address) {
                return true;
            }
        }
        return false;
    }

    /** The flow that was used least recently; null when there is none. */
    @Nullable
    DatagramFlow oldest() {
        return oldest;
    }

    /** Adds a flow, as the one used last. */
    void add(DatagramFlow flow) {
        flow.older = newest;
        flow.newer = null;
        if (newest == null) {
            oldest = flow;
        } else {
            newest.newer = flow;
        }
        newest = flow;
    }

    /** The flow is used now. */
    void touch(DatagramFlow flow) {
        if (flow != newest) {
            remove(flow);
            add(flow);
        }
    }

    void remove(DatagramFlow flow) {
        if (flow.older == null) {
            oldest = flow.newer;
        } else {
            flow.older.newer = flow.newer;
        }
        if (flow.newer == null) {
            newest = flow.older;
        } else {
            flow.newer.older = flow.older;
        }
        flow.older = null;
        flow.newer = null;
    }
}
