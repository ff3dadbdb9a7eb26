package io.steamgate.edge.handoff;

import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.stack.IpOutput;
import io.steamgate.edge.tcp.ConnectRequest;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpEvents;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Opens connections to endpoints, and knows which of the edge's ports they use. */
final class ServiceSide {
    /** What the edge buffers of an endpoint that speaks before the splice. */
    private static final int EARLY_BYTES = 64 * 1024;
    /** SYNs to one endpoint before the next is tried. */
    private static final int SYNS = 3;

    /** Ports looked at before an endpoint counts as full: one may still be closing in the stack. */
    private static final int PORT_TRIES = 16;

    private final Tcp tcp;
    private final IpOutput ip;
    private final UserPath path;
    private final PortPools pools;

    ServiceSide(Tcp tcp, IpOutput ip, Randomness randomness, UserPath path) {
        this.tcp = tcp;
        this.ip = ip;
        pools = new PortPools(randomness);
        this.path = path;
    }

    /**
     * Opens a connection from the edge's own address, or from {@code client} where that is not 0.
     *
     * @param client address bits and port that the endpoint shall see; 0 for the edge's
     * @return null when every port towards this endpoint is in use, or there is no route to it
     */
    @Nullable
    Leg connect(
            EndpointState endpoint,
            int port,
            int client,
            int clientPort,
            SynOffer offer,
            Duration timeout,
            TcpEvents events) {
        int remote = endpoint.endpoint().address().bits();
        int local = ip.sourceFor(remote);
        if (local == 0) {
            return null;
        }
        // The first try gets 1/7 of the time, the second 2/7, the third the rest.
        long first = timeout.toNanos() / ((1 << SYNS) - 1);
        if (client != 0) {
            int ports = Splice.ports(port, clientPort);
            if (path.occupied(remote, client, ports) || !tcp.free(client, clientPort, remote, port)) {
                return null;
            }
            return new Leg(
                    tcp.connect(
                            new ConnectRequest(client, clientPort, remote, port, offer, EARLY_BYTES, first, SYNS),
                            events),
                    null);
        }
        PortPool pool = pools.of(local, remote, port);
        int localPort = freePort(pool, local, remote, port);
        if (localPort == 0) {
            return null;
        }
        return new Leg(
                tcp.connect(
                        new ConnectRequest(local, localPort, remote, port, offer, EARLY_BYTES, first, SYNS), events),
                pool);
    }

    private int freePort(PortPool pool, int local, int remote, int port) {
        int tries = Math.min(PORT_TRIES, pool.available());
        for (int i = 0; i < tries; i++) {
            int localPort = pool.take();
            if (tcp.free(local, localPort, remote, port)) {
                return localPort;
            }
            pool.give(localPort);
        }
        // None, or those that came back are still closing in the stack.
        Flow lingering = pool.longestLingering();
        if (lingering == null) {
            return 0;
        }
        path.forget(lingering, FlowEnd.REPLACED);
        return pool.takeBack();
    }

    /** The largest payload that fits the path to an endpoint. */
    int mssTowards(EndpointState endpoint) {
        return ip.pathMtu(endpoint.endpoint().address().bits()) - 40;
    }

    /** The connection has ended in the stack: its port may be used again. */
    void release(Leg leg) {
        if (leg.pool() != null) {
            leg.pool().give(leg.connection().localPort());
        }
    }

    /** A flow that another process has left uses its port. */
    void claim(Flow flow) {
        PortPool pool = pools.of(flow.path);
        if (pool != null) {
            pool.claim(flow.path.localPort());
        }
    }

    /** A flow has ended but lingers. */
    void lingers(Flow flow) {
        PortPool pool = pools.of(flow.path);
        if (pool != null) {
            pool.lingers(flow);
        }
    }

    /** A flow's entries are gone. */
    void release(Flow flow) {
        PortPool pool = pools.of(flow.path);
        if (pool != null) {
            pool.give(flow.path.localPort());
        }
    }

    /** Ports that are in use towards every endpoint together. */
    int portsInUse() {
        return pools.inUse();
    }
}
