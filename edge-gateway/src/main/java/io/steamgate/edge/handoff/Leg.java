package io.steamgate.edge.handoff;

import io.steamgate.edge.tcp.TcpConnection;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an endpoint and the port it uses.
 *
 * @param pool where the port came from; null in transparent mode, where it is the client's own
 */
record Leg(TcpConnection connection, @Nullable PortPool pool) {}
