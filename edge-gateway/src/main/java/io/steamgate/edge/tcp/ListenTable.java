package io.steamgate.edge.tcp;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The listeners of one stack. They are few, and only a SYN asks for one. */
final class ListenTable {
    private final List<TcpListener> listeners = new ArrayList<>();

    /** @throws IllegalStateException when another listener has one of the ports on the same address */
    void add(TcpListener listener) {
        for (TcpListener other : listeners) {
            if (other.overlaps(listener)) {
                throw new IllegalStateException("ports " + listener.firstPort() + "-" + listener.lastPort()
                        + " overlap a listener on " + other.firstPort() + "-" + other.lastPort());
            }
        }
        listeners.add(listener);
    }

    void remove(TcpListener listener) {
        listeners.remove(listener);
    }

    /** The listener for an address and port; one on exactly that address comes before one on all. */
    @Nullable
    TcpListener find(int address, int port) {
        TcpListener found = null;
        for (int i = 0; i < listeners.size(); i++) {
            TcpListener listener = listeners.get(i);
            if (listener.covers(address, port)) {
                if (listener.localAddress() != 0) {
                    return listener;
                }
                found = listener;
            }
        }
        return found;
    }
}
