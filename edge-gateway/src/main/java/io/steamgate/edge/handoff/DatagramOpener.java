package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.route.AddressMode;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.ServiceState;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.stack.IpOutput;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.ProxyHeader;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Chooses the endpoint of a flow of datagrams, and knows which of the edge's ports these flows use. */
final class DatagramOpener {
    private static final byte[] NOTHING = new byte[0];

    private final Gateway gateway;
    private final IpOutput ip;
    private final DatagramCounters counters;
    private final PortPools pools;

    DatagramOpener(Gateway gateway, IpOutput ip, Randomness randomness, DatagramCounters counters) {
        this.gateway = gateway;
        this.ip = ip;
        pools = new PortPools(randomness);
        this.counters = counters;
    }

    /**
     * Opens a flow to an endpoint that is not among {@code tried}.
     *
     * @return null when there is none; counted
     */
    @Nullable
    DatagramFlow open(DatagramLane lane, int client, int clientPort, int vip, int vipPort, List<EndpointState> tried) {
        Optional<ServiceState> service = lane.listener.decide(RouteKey.ofPort(), new Ipv4Address(client));
        if (service.isEmpty()) {
            return refuse("no-rule");
        }
        Optional<EndpointState> endpoint = service.get().pick(client, tried);
        if (endpoint.isEmpty()) {
            return refuse("no-endpoint");
        }
        AddressMode mode =
                service.get().service().addressMode(lane.listener.listener().protocol());
        int remote = endpoint.get().endpoint().address().bits();
        int remotePort = endpoint.get().endpoint().portFor(vipPort);
        int local = client;
        int localPort = clientPort;
        PortPool pool = null;
        if (mode != AddressMode.TRANSPARENT) {
            local = ip.sourceFor(remote);
            if (local == 0) {
                return refuse("no-route");
            }
            pool = pools.of(local, remote, remotePort);
            localPort = pool.take();
            if (localPort == 0) {
                return refuse("no-port");
            }
        }
        DatagramFlow flow = new DatagramFlow(
                gateway.nextFlowId(),
                new Flow.Path(client, clientPort, vip, vipPort, local, localPort, remote, remotePort),
                lane,
                endpoint.get(),
                mode == AddressMode.PROXY ? introduction(client, clientPort, vip, vipPort) : NOTHING,
                gateway.clock().nanos());
        flow.ports = pool;
        flow.tried = tried;
        if (!gateway.route(flow)) {
            release(flow);
            return refuse("no-route");
        }
        counters.opened().of(lane.listener.listener().name()).increment();
        return flow;
    }

    private @Nullable DatagramFlow refuse(String reason) {
        counters.refused().of(reason).increment();
        return null;
    }

    private static byte[] introduction(int client, int clientPort, int vip, int vipPort) {
        return ProxyHeader.udp(new Ipv4Address(client), clientPort, new Ipv4Address(vip), vipPort)
                .toBytes();
    }

    /** A flow that another process has left uses its port. */
    void claim(DatagramFlow flow) {
        PortPool pool = pools.of(flow.path);
        if (pool != null) {
            pool.claim(flow.path.localPort());
        }
        flow.ports = pool;
    }

    /** A flow is over, or never was: its port and its next hops may be others'. */
    void release(DatagramFlow flow) {
        gateway.unroute(flow);
        if (flow.ports != null) {
            flow.ports.give(flow.path.localPort());
        }
    }

    /** Local ports that are in use towards every endpoint together. */
    int portsInUse() {
        return pools.inUse();
    }
}
