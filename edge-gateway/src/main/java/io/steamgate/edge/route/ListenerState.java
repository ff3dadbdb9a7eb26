package io.steamgate.edge.route;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.runtime.Counter;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.Optional;

/**
 * A listener as it is now: the same object while its name, address, ports and transport stay, whatever else a reload changes.
 * Changed and asked on the poll loop only; counters and {@link #listener} may be read from any thread.
 */
public final class ListenerState {
    private final LiveRoutes live;
    private final Counter activeFlows = new Counter();
    private final Counter totalFlows = new Counter();
    private final Counter notAdmitted = new Counter();
    private volatile Listener listener;
    private TcpOptions offer = TcpOptions.CAUTIOUS;
    private long offerRevision = -1;

    ListenerState(LiveRoutes live, Listener listener) {
        this.live = live;
        this.listener = listener;
    }

    public Listener listener() {
        return listener;
    }

    void configure(Listener inFile) {
        listener = inFile;
    }

    /** A gauge of the flows of this listener, those still followed included. */
    public Counter activeFlows() {
        return activeFlows;
    }

    public Counter totalFlows() {
        return totalFlows;
    }

    /** Clients turned away by {@code allow}, {@code deny} or {@code max-flows}. */
    public Counter notAdmitted() {
        return notAdmitted;
    }

    public void flowOpened() {
        activeFlows.increment();
        totalFlows.increment();
    }

    public void flowClosed() {
        activeFlows.add(-1);
    }

    /** Whether a new connection of {@code client} may be taken; one that may not is counted. */
    public boolean admit(Ipv4Address client) {
        boolean admitted = hasRoom() && listener.admits(client);
        if (!admitted) {
            notAdmitted.increment();
        }
        return admitted;
    }

    private boolean hasRoom() {
        Listener now = listener;
        return now.maxFlows() == 0 || activeFlows.get() < now.maxFlows();
    }

    /** Whether {@link #admit} would admit every client now. */
    public boolean admitsAll() {
        return listener.admitsAll() && hasRoom();
    }

    /** The service of the first rule that matches, else the default, else none. */
    public Optional<ServiceState> decide(RouteKey key, Ipv4Address client) {
        return listener.decide(key, client).flatMap(live::service);
    }

    /**
     * What a SYN-ACK may promise before the endpoint is known: what every endpoint keeps that a flow of this listener could
     * get now. Those count that are healthy; of a service without any, those not checked yet. For one of which nothing has
     * been learnt stands what its service assumes; for a listener that leads to no endpoint {@link TcpOptions#CAUTIOUS}.
     */
    public TcpOptions offer() {
        if (offerRevision != live.revision()) {
            offerRevision = live.revision();
            offer = live.offerOf(listener);
        }
        return offer;
    }

    @Override
    public String toString() {
        return listener.name() + " " + listener.ports();
    }
}
