package io.steamgate.edge.handoff;

import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.Protocol;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Datagrams between one port of a client and one of the VIP, and the endpoint that answers them. */
final class DatagramFlow extends Flow {
    final DatagramLane lane;
    /** Precedes each datagram to the endpoint; empty where none is asked for. */
    final byte[] introduction;

    /** Whether it is over when every question has its answer. */
    final boolean questions;

    /** Whether an {@link Offload} was told of it. */
    boolean offered;

    /** Endpoints that have refused its first datagram. */
    List<EndpointState> tried = List.of();

    /** Where its local port came from; null where the endpoint sees the client's own. */
    @Nullable
    PortPool ports;

    // Its place among the flows of its listener; null at the ends.
    @Nullable
    DatagramFlow older;

    @Nullable
    DatagramFlow newer;

    DatagramFlow(long id, Path path, DatagramLane lane, EndpointState endpoint, byte[] introduction, long startedAt) {
        super(id, path, lane.listener, endpoint, Optional.empty(), startedAt);
        this.lane = lane;
        this.introduction = introduction;
        questions = lane.listener.listener().protocol() == Protocol.DNS;
    }

    /** Whether something may forward its datagrams that cannot add to them. */
    boolean plain() {
        return introduction.length == 0;
    }
}
