package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.Follower;
import io.steamgate.edge.follow.HttpExchanges;
import io.steamgate.edge.follow.HttpFraming;
import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.link.SpliceNextHops;
import io.steamgate.edge.link.SpliceTable;
import io.steamgate.edge.route.AddressMode;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.Listener;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.LiveRoutes;
import io.steamgate.edge.route.Routes;
import io.steamgate.edge.route.Service;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.IcmpError;
import io.steamgate.edge.stack.Interceptor;
import io.steamgate.edge.stack.IpOutput;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.stack.Route;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.ProxyHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Listens where the routes say, follows who connects, and hands the connections off. The poll loop's. */
public final class Gateway implements Interceptor {
    /** How long a refused client may take to close after it was told. */
    static final long REFUSAL_LINGER = 2 * Clock.NANOS_PER_SECOND;
    /** What a listener buffers of a connection that needs no bytes to be decided. */
    private static final int UNDECIDED_BYTES = 4096;

    private static final long SWEEP_INTERVAL = Clock.NANOS_PER_SECOND / 4;
    /** One whole sweep of the table takes this many turns of the sweeper: ten seconds. */
    private static final int SWEEP_PARTS = 40;

    private static final byte[] NO_HEADER = new byte[0];

    private final Tcp tcp;
    private final IpOutput ip;
    private final Timers timers;
    private final LiveRoutes routes;
    private final Stack stack;
    private final GatewayObserver observer;
    private final Function<Listener, Follower> followers;
    private final FollowBudget budget;
    private final UserPath path;
    private final DatagramPath datagrams;
    private final ServiceSide serviceSide;
    private final HttpFraming framing = new HttpFraming();
    private final HandoffCounters counters = new HandoffCounters();
    private final ListenPorts listenPorts;
    private final Timers.Timer sweeper = new Timers.Timer(this::sweep);
    private final HostNames hosts = new HostNames();
    private @Nullable KernelPath kernel;
    private @Nullable KernelDoors doors;
    private long flowIds;
    private int following;

    /**
     * @param followers the follower of a listener, by its protocol and limits
     * @param vips the addresses that listeners without one of their own listen on
     * @param followBudget bytes that all connections being followed may be buffered with together
     * @param datagramFlows flows of datagrams that there may be at the same time
     */
    public Gateway(
            Tcp tcp,
            Stack stack,
            Timers timers,
            Randomness randomness,
            Function<Listener, Follower> followers,
            List<Ipv4Address> vips,
            long followBudget,
            int datagramFlows,
            GatewayObserver observer) {
        this.tcp = tcp;
        this.stack = stack;
        ip = stack.output();
        this.timers = timers;
        this.followers = followers;
        this.observer = observer;
        budget = new FollowBudget(followBudget);
        path = new UserPath(randomness.nextLong(), stack, tcp, timers.clock(), new Life());
        datagrams = new DatagramPath(this, stack, timers.clock(), randomness, datagramFlows, path.counters());
        listenPorts = new ListenPorts(tcp, datagrams, budget, vips, this::accept);
        serviceSide = new ServiceSide(tcp, ip, randomness, path);
        routes = new LiveRoutes(timers, randomness, new TcpHealthProbe(serviceSide));
        timers.armIn(sweeper, SWEEP_INTERVAL);
    }

    /** The routes in force and the state of their endpoints. */
    public LiveRoutes routes() {
        return routes;
    }

    public HandoffCounters counters() {
        return counters;
    }

    /** The data path that spliced flows take. */
    public UserPath path() {
        return path;
    }

    /** The path of datagrams. */
    public DatagramPath datagrams() {
        return datagrams;
    }

    @Override
    public boolean intercept(IpPacket packet) {
        return switch (packet.protocol()) {
            case Ipv4View.TCP -> path.intercept(packet);
            case Ipv4View.UDP -> datagrams.intercept(packet);
            default -> false;
        };
    }

    @Override
    public boolean interceptError(IcmpError error, IpPacket packet, int quotedOffset, int quotedLength) {
        return path.interceptError(error, packet, quotedOffset, quotedLength)
                || datagrams.interceptError(error, packet, quotedOffset, quotedLength);
    }

    /**
     * Lets the kernel forward flows from now on.
     *
     * @param ports the NICs that {@code table} is attached to, all of the stack's
     * @param handshakes when it also answers the SYNs of listeners that are opened from now on
     */
    public KernelPath offloadTo(SpliceTable table, Map<Nic, SpliceNextHops.Port> ports, KernelHandshakes handshakes) {
        Clock kernelClock = Clock.system();
        KernelPath offload = new KernelPath(table, path, stack.neighbors(), ports, clock(), kernelClock);
        path.offload(offload);
        path.hold(offload.takenOver());
        datagrams.offload(offload);
        datagrams.hold(offload.takenOver());
        kernel = offload;
        if (handshakes != KernelHandshakes.NEVER) {
            int mtu = ports.values().stream()
                    .mapToInt(SpliceNextHops.Port::mtu)
                    .min()
                    .orElseThrow();
            KernelDoors opened = new KernelDoors(handshakes, table.answers(), tcp, budget, clock(), kernelClock, mtu);
            listenPorts.answerBy(opened);
            path.claimBy(opened);
            doors = opened;
        }
        return offload;
    }

    /**
     * Makes flows again of what the process before this one has left in the kernel. Until then no packet of such a flow
     * reaches the stack, which would answer it with a reset. Routes must be in force, addresses owned.
     *
     * @return how many there were; empty when no process has left any
     */
    public Optional<Adopted> adopt() {
        KernelPath from = kernel;
        if (from == null || !from.takenOver()) {
            return Optional.empty();
        }
        Adoption adoption = from.adoption(routes, datagrams);
        for (Adoption.Adopted adopted : adoption.adopted()) {
            Flow flow = adopted.flow();
            flowIds = Math.max(flowIds, flow.id);
            stack.neighbors().pin(flow.toEndpoint.neighbor);
            stack.neighbors().pin(flow.toClient.neighbor);
            if (flow instanceof DatagramFlow its) {
                datagrams.adopt(its);
            } else {
                serviceSide.claim(flow);
                flow.listener.flowOpened();
                flow.endpoint.flowOpened();
                path.adopt(flow);
            }
            adopted.bodies().ifPresent(ends -> LastBodies.watch(this, flow, ends));
            from.adopt(adopted);
        }
        adoption.strays().forEach(from::discard);
        for (Adoption.Lost lost : adoption.lost()) {
            if (lost.followed()) {
                breakOff(lost.path(), lost.clientExpects(), lost.endpointExpects());
            }
        }
        int finishing = (int) adoption.adopted().stream()
                .filter(adopted -> adopted.bodies().isPresent())
                .count();
        int kept = adoption.adopted().size() - finishing;
        int brokenOff = adoption.lost().size();
        counters.adopted().of("kept").add(kept);
        counters.adopted().of("finishing").add(finishing);
        counters.adopted().of("broken-off").add(brokenOff);
        path.hold(false);
        datagrams.hold(false);
        return Optional.of(new Adopted(kept, finishing, brokenOff));
    }

    /** Resets both ends of a flow, each by the sequence number that it expects. */
    void breakOff(Flow.Path path, int clientExpects, int endpointExpects) {
        tcp.breakOff(path.vip(), path.client(), Splice.ports(path.vipPort(), path.clientPort()), clientExpects);
        tcp.breakOff(
                path.local(), path.endpoint(), Splice.ports(path.localPort(), path.endpointPort()), endpointExpects);
    }

    /**
     * Flows of the process before this one, and what became of them.
     *
     * @param finishing of those that were followed: they end when the bodies under way are through
     */
    public record Adopted(int kept, int finishing, int brokenOff) {}

    /** To be called at the end of each turn of the loop. */
    public void turn() {
        path.turn();
        if (doors != null) {
            doors.turn();
        }
    }

    /** Connections that are not decided yet. */
    public int following() {
        return following;
    }

    /** Bytes of the budget that connections being followed may use now. */
    public long followReserved() {
        return budget.reserved();
    }

    public int portsInUse() {
        return serviceSide.portsInUse() + datagrams.portsInUse();
    }

    /** Puts routes in force: ports are opened and closed, flows go on. */
    public void apply(Routes next) {
        LiveRoutes.Change change = routes.apply(next);
        change.removed().forEach(listenPorts::close);
        change.added().forEach(listenPorts::open);
    }

    static int followBytes(ListenerState listener) {
        return Math.max(UNDECIDED_BYTES, listener.listener().followLimit());
    }

    private void accept(ListenerState listener, TcpConnection connection) {
        int bytes = followBytes(listener);
        // Asked at the SYN already, but many handshakes may be under way at once, and the routes may be others by now.
        if (!listener.admit(new Ipv4Address(connection.remoteAddress())) || !budget.reserve(bytes)) {
            connection.abort();
            return;
        }
        counters.accepted().of(listener.listener().name()).increment();
        listener.flowOpened();
        following++;
        new Handoff(this, listener, followers.apply(listener.listener()), connection, bytes).start();
    }

    // --- what a handoff asks for -----------------------------------------------------------------------------------

    Tcp tcp() {
        return tcp;
    }

    Timers timers() {
        return timers;
    }

    Clock clock() {
        return timers.clock();
    }

    ServiceSide serviceSide() {
        return serviceSide;
    }

    GatewayObserver observer() {
        return observer;
    }

    /** The largest payload that fits the path back to a client. */
    int mssTowards(int client) {
        return ip.pathMtu(client) - 40;
    }

    /** The framing of one more kept connection, from its first byte. */
    HttpExchanges exchanges() {
        return framing.connection();
    }

    /** A copy of a received frame that may be kept. */
    Frame copy(Frame received) {
        return stack.pool().copyOf(received);
    }

    /** Takes a frame that was kept as if it arrived now. */
    void redeliver(Nic nic, Frame frame) {
        stack.receive(nic, frame);
    }

    /** Reserves again for a connection that was taken back; bytes that are not there are overdrawn, for a moment. */
    void following(int bytes) {
        budget.overdraw(bytes);
        following++;
    }

    /** A kept connection has gone elsewhere: what it was at this endpoint is over. */
    void left(Flow flow) {
        observer.ended(FlowView.of(flow, clock().nanos()), FlowEnd.MOVED);
        unexpect(flow);
    }

    /** Waits again for the first packet that completes a replay. */
    void expectAgain(Flow flow, Splice.Watch watch) {
        flow.toClient.watch = watch;
        path.expect(flow.toClient);
    }

    /** Gives back what {@link #accept} reserved. */
    void followed(int bytes) {
        budget.release(bytes);
        following--;
    }

    /** Makes the flow that a handoff is about to splice, and lets it see the endpoint's packets from now on. */
    Flow expect(
            ListenerState listener,
            EndpointState endpoint,
            RouteKey key,
            TcpConnection front,
            TcpConnection back,
            Splice.Watch watch) {
        Flow flow = new Flow(
                nextFlowId(),
                new Flow.Path(
                        front.remoteAddress(),
                        front.remotePort(),
                        front.localAddress(),
                        front.localPort(),
                        back.localAddress(),
                        back.localPort(),
                        back.remoteAddress(),
                        back.remotePort()),
                listener,
                endpoint,
                hosts.shared(key.host()),
                clock().nanos());
        flow.toClient.watch = watch;
        path.expect(flow.toClient);
        return flow;
    }

    /** The handoff has failed: its flow never was. */
    void unexpect(Flow flow) {
        path.cancel(flow.toClient);
        unroute(flow);
    }

    /**
     * Finds the next hops of a flow, and keeps them while it lives.
     *
     * @return false when there is no route, or no room for one more neighbour: the flow cannot be spliced
     */
    boolean route(Flow flow) {
        return pin(flow.toEndpoint) && pin(flow.toClient);
    }

    private boolean pin(Splice splice) {
        if (splice.neighbor >= 0) {
            return true;
        }
        Route route = stack.routes().lookup(splice.newDestination);
        int neighbor =
                route == null ? -1 : stack.neighbors().neighborIndex(route.nic(), route.nextHop(splice.newDestination));
        if (neighbor >= 0) {
            stack.neighbors().pin(neighbor);
            splice.neighbor = neighbor;
        }
        return neighbor >= 0;
    }

    /** Gives back what {@link #route} found. */
    void unroute(Flow flow) {
        unpin(flow.toEndpoint);
        unpin(flow.toClient);
    }

    long nextFlowId() {
        return ++flowIds;
    }

    private void unpin(Splice splice) {
        if (splice.neighbor >= 0) {
            stack.neighbors().unpin(splice.neighbor);
            splice.neighbor = -1;
        }
    }

    /** The deltas are set: packets pass from now on. */
    void open(Flow flow, long acceptedAt) {
        flow.toClient.watch = null;
        path.open(flow);
        counters.spliced().of(flow.endpoint.serviceName()).increment();
        observer.spliced(clock().nanos() - acceptedAt);
    }

    /** The PROXY protocol v2 header that introduces a client to an endpoint; empty where none is asked for. */
    static byte[] proxyHeader(Service service, TcpConnection front) {
        if (service.addressMode() != AddressMode.PROXY) {
            return NO_HEADER;
        }
        return ProxyHeader.tcp(
                        new Ipv4Address(front.remoteAddress()),
                        front.remotePort(),
                        new Ipv4Address(front.localAddress()),
                        front.localPort())
                .toBytes();
    }

    /** Keeps the counts of listeners, endpoints, ports and neighbours by what happens to flows. */
    private final class Life implements FlowListener {
        @Override
        public void revived(Flow flow) {
            flow.endpoint.flowOpened();
            flow.listener.flowOpened();
        }

        @Override
        public void ended(Flow flow, FlowEnd end) {
            flow.endpoint.flowClosed();
            flow.listener.flowClosed();
            serviceSide.lingers(flow);
            observer.ended(FlowView.of(flow, clock().nanos()), end);
            Runnable also = flow.atEnd;
            if (also != null) {
                flow.atEnd = null;
                also.run();
            }
        }

        @Override
        public void forgotten(Flow flow) {
            if (flow.toEndpoint.watch != null) {
                flow.toEndpoint.watch.forgotten();
            }
            unroute(flow);
            serviceSide.release(flow);
        }
    }

    private void sweep() {
        path.tick();
        path.sweep(path.slots() / SWEEP_PARTS + 1);
        datagrams.sweep(datagrams.slots() / SWEEP_PARTS + 1);
        timers.armIn(sweeper, SWEEP_INTERVAL);
    }

    /** Flows whose entries are in the table, ended ones that linger included. */
    public List<FlowView> flows(int limit, Predicate<FlowView> wanted) {
        List<FlowView> views = new ArrayList<>();
        long now = clock().nanos();
        Consumer<Flow> look = flow -> {
            if (views.size() < limit) {
                FlowView view = FlowView.of(flow, now);
                if (wanted.test(view)) {
                    views.add(view);
                }
            }
        };
        path.forEach(look);
        datagrams.forEach(look);
        return views;
    }
}
