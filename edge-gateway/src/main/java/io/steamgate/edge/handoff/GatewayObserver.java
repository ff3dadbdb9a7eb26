package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.route.ListenerState;

/** Is told what became of each connection, on the poll loop: for the access log and the histograms. */
public interface GatewayObserver {
    /** Nobody looks. */
    GatewayObserver NONE = new GatewayObserver() {};

    /** A connection was spliced, {@code nanos} after its handshake was complete. */
    default void spliced(long nanos) {}

    /** A spliced or relayed connection has ended. */
    default void ended(FlowView flow, FlowEnd end) {}

    /** Datagrams of a client have ended; those of a {@code dns} listener are only counted. */
    default void datagramsEnded(FlowView flow, FlowEnd end) {}

    /** A client was refused. {@code reason} is one of few words. */
    default void refused(ListenerState listener, int client, int clientPort, RouteKey key, String reason) {}
}
