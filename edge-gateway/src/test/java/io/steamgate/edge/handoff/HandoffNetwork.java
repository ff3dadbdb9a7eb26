package io.steamgate.edge.handoff;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.steamgate.edge.follow.Follower;
import io.steamgate.edge.follow.HttpFollower;
import io.steamgate.edge.follow.PortFollower;
import io.steamgate.edge.follow.TlsFollower;
import io.steamgate.edge.link.Device;
import io.steamgate.edge.link.FaultInjector;
import io.steamgate.edge.link.FaultSettings;
import io.steamgate.edge.link.HeldPins;
import io.steamgate.edge.link.KernelProgram;
import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.SpliceNextHops;
import io.steamgate.edge.route.Listener;
import io.steamgate.edge.route.RoutesContext;
import io.steamgate.edge.route.RoutesReader;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.tcp.ConnectRequest;
import io.steamgate.edge.tcp.ListenOptions;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.tcp.TcpListener;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A client, an edge and two sites, each with a stack of this project, on memory wires with faults and one clock that stands
 * still: the whole way of a connection, repeatable from a seed.
 */
final class HandoffNetwork {
    static final int CLIENT = 0xC000_0202;
    static final int VIP = 0xC000_020A;
    static final int SITE_A = 0xC633_640B;
    static final int SITE_B = 0xCB00_710C;

    /** Flows of datagrams at most. */
    static final int DATAGRAM_FLOWS = 64;

    /** Splices of connections that the kernel has room for. */
    static final int KERNEL_SPLICES = 256;

    static final SynOffer EVERYTHING = new SynOffer(1460, 7, true, true);

    /** Routes by which requests of one host are two sites', by their paths; of another all are the first's. */
    static String twoSites(String mode) {
        return """
                listeners:
                  - name: web
                    port: 80
                    protocol: http
                    idle-timeout: 300s
                    rules:
                      - {host: a.test, path: /b/, service: b}
                      - {host: a.test, service: a}
                      - {host: one.test, service: a}
                services:
                  a:
                    address-mode: MODE
                    health: off
                    tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                    endpoints: ["198.51.100.11:80"]
                  b:
                    address-mode: MODE
                    health: off
                    tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                    endpoints: ["203.0.113.12:80"]
                """.replace("MODE", mode);
    }

    /**
     * What a test may choose.
     *
     * @param faults of both of the edge's sides, as {@link FaultSettings#parse} reads them
     * @param clock nanoseconds that every host's clock shows at first
     * @param handshakes when the kernel answers SYNs, where it forwards
     */
    record Setup(
            long seed,
            String faults,
            long clock,
            TcpSettings edge,
            TcpSettings client,
            TcpSettings site,
            KernelHandshakes handshakes) {
        static final Setup PLAIN = new Setup(
                1,
                "",
                1000 * Clock.NANOS_PER_SECOND,
                TcpSettings.defaults(),
                TcpSettings.defaults(),
                TcpSettings.defaults(),
                KernelHandshakes.FLOOD);

        Setup seed(long other) {
            return new Setup(other, faults, clock, edge, client, site, handshakes);
        }

        Setup clock(long nanos) {
            return new Setup(seed, faults, nanos, edge, client, site, handshakes);
        }

        Setup edge(TcpSettings settings) {
            return new Setup(seed, faults, clock, settings, client, site, handshakes);
        }

        Setup client(TcpSettings settings) {
            return new Setup(seed, faults, clock, edge, settings, site, handshakes);
        }

        Setup handshakes(KernelHandshakes when) {
            return new Setup(seed, faults, clock, edge, client, site, when);
        }

        /** Clients that may use a port again at once, as after a restart. */
        Setup forgetfulClient() {
            return client(client.withTimeWait(0, 0));
        }
    }

    /** Whether spliced flows are the kernel's: every test of this package runs both ways. */
    static final boolean KERNEL = "kernel".equals(System.getProperty("steamgate.test.data-path"));

    private static final ThreadLocal<KernelProgram> PROGRAM = new ThreadLocal<>();
    private static final ThreadLocal<HeldPins> PINS = new ThreadLocal<>();

    final Optional<KernelWire.Host> kernel;
    final ManualClock clock;
    /** The card of the edge towards clients, to put frames on its wire. */
    final MemoryDevice wan;
    /** The card of the edge towards the first site. */
    final MemoryDevice lanA;

    final Tap clientTap;
    final Tap siteTapA;
    final Tap siteTapB;
    final SimulatedHost client;
    SimulatedHost edge;
    final SimulatedHost siteA;
    final SimulatedHost siteB;
    Gateway gateway;
    /** What the kernel forwards, where it does. */
    Optional<KernelPath> kernelPath = Optional.empty();

    /** Happens in each turn of the edge, when it has decided what the kernel is to do and has not told it yet. */
    Runnable beforeTheKernelIsTold = () -> {};

    final List<FlowView> ended = new ArrayList<>();
    final List<FlowEnd> ends = new ArrayList<>();
    final List<String> refused = new ArrayList<>();
    private List<SimulatedHost> hosts;
    private final List<Device> edgeDevices = new ArrayList<>();
    private final Setup setup;
    /** What the kernel keeps when the edge is started again. */
    private final HeldPins pins = new HeldPins();

    private int nextPort = 40_000;

    /** @param faults of both of the edge's sides, as {@link FaultSettings#parse} reads them */
    HandoffNetwork(long seed, String faults, String routes) {
        this(
                new Setup(
                        seed,
                        faults,
                        Long.MAX_VALUE - 7 * Clock.NANOS_PER_SECOND,
                        TcpSettings.defaults(),
                        TcpSettings.defaults(),
                        TcpSettings.defaults(),
                        KernelHandshakes.FLOOD),
                routes);
    }

    HandoffNetwork(Setup setup, String routes) {
        this.setup = setup;
        clock = new ManualClock(setup.clock());
        long seed = setup.seed();
        String faults = setup.faults();
        MemoryDevice clientEnd = device(1);
        wan = device(2);
        lanA = device(3);
        MemoryDevice endA = device(4);
        MemoryDevice lanB = device(5);
        MemoryDevice endB = device(6);
        MemoryDevice.wire(clientEnd, wan);
        MemoryDevice.wire(lanA, endA);
        MemoryDevice.wire(lanB, endB);
        clientTap = new Tap(clientEnd);
        siteTapA = new Tap(endA);
        siteTapB = new Tap(endB);
        client = new SimulatedHost(clock, List.of(clientTap), seed * 7 + 1, setup.client());
        siteA = new SimulatedHost(clock, List.of(siteTapA), seed * 7 + 2, setup.site());
        siteB = new SimulatedHost(clock, List.of(siteTapB), seed * 7 + 3, setup.site());
        Timers edgeTimers = new Timers(clock);
        edgeDevices.addAll(List.of(
                faulty(wan, faults, seed * 7 + 4, edgeTimers),
                faulty(lanA, faults, seed * 7 + 5, edgeTimers),
                faulty(lanB, faults, seed * 7 + 6, edgeTimers)));
        kernel = KERNEL ? Optional.of(new KernelWire.Host(program(pins))) : Optional.empty();
        kernel.ifPresent(in -> edgeDevices.replaceAll(in::card));
        faultTimers = edgeTimers;
        edge = edge(setup.seed() * 7);
        client.address(0, CLIENT);
        siteA.address(0, SITE_A);
        siteB.address(0, SITE_B);
        siteA.defaultRoute(SITE_A & ~0xFF | 1);
        siteB.defaultRoute(SITE_B & ~0xFF | 1);
        hosts = List.of(client, edge, siteA, siteB);
        gateway = gateway(setup.seed());
        own();
        apply(routes);
    }

    private SimulatedHost edge(long seed) {
        return new SimulatedHost(clock, edgeDevices, seed, setup.edge());
    }

    /** The edge takes its addresses. */
    private void own() {
        edge.address(0, VIP);
        edge.address(1, SITE_A & ~0xFF | 1);
        edge.address(2, SITE_B & ~0xFF | 1);
    }

    private Gateway gateway(long seed) {
        Gateway made = new Gateway(
                edge.tcp,
                edge.stack,
                edge.timers,
                Randomness.seeded(seed),
                HandoffNetwork::follower,
                List.of(new Ipv4Address(VIP)),
                1 << 20,
                DATAGRAM_FLOWS,
                new GatewayObserver() {
                    @Override
                    public void ended(FlowView flow, FlowEnd end) {
                        ended.add(flow);
                        ends.add(end);
                    }

                    @Override
                    public void refused(
                            io.steamgate.edge.route.ListenerState listener,
                            int address,
                            int port,
                            io.steamgate.edge.follow.RouteKey key,
                            String reason) {
                        refused.add(reason);
                    }
                });
        edge.stack.interceptor(made);
        kernel.ifPresent(in -> {
            Map<Nic, SpliceNextHops.Port> ports = new HashMap<>();
            edge.stack
                    .nics()
                    .forEach(nic -> ports.put(
                            nic,
                            new SpliceNextHops.Port(
                                    nic.index() + 1,
                                    nic.device().mac().bits(),
                                    nic.device().mtu())));
            kernelPath = Optional.of(made.offloadTo(in.program.table(), ports, setup.handshakes()));
            edge.loop.atTurnEnd(() -> {
                beforeTheKernelIsTold.run();
                made.turn();
            });
        });
        return made;
    }

    /**
     * The edge's process is killed, and the next one started, on what the kernel has kept; it owns its addresses and waits for
     * its routes.
     */
    void restartEdge() {
        kernel.ifPresent(in -> in.program = program(pins));
        edge = edge(setup.seed() * 7 + 8);
        hosts = List.of(client, edge, siteA, siteB);
        gateway = gateway(setup.seed() + 1);
        own();
    }

    /** The edge's process is gone: frames are taken by the kernel or by nobody. */
    void killEdge() {
        edge = edge(setup.seed() * 7 + 7);
        hosts = List.of(client, edge, siteA, siteB);
    }

    /** Bytes that have passed to endpoints of a service, by whichever path. */
    long bytesToEndpoints(String service) {
        gateway.flows(Integer.MAX_VALUE, flow -> true);
        return gateway.path().counters().bytesToEndpoints().of(service).get()
                + kernelPath
                        .map(path ->
                                path.counters().bytesToEndpoints().of(service).get())
                        .orElse(0L);
    }

    /** Bytes that have passed to clients of a service, by whichever path. */
    long bytesToClients(String service) {
        gateway.flows(Integer.MAX_VALUE, flow -> true);
        return gateway.path().counters().bytesToClients().of(service).get()
                + kernelPath
                        .map(path ->
                                path.counters().bytesToClients().of(service).get())
                        .orElse(0L);
    }

    /** In the place of the one of the last network of this thread, which nobody uses any more. */
    private static KernelProgram program(HeldPins pins) {
        assumeTrue(KernelProgram.possible(), "this kernel takes no eBPF from this process");
        KernelProgram last = PROGRAM.get();
        if (last != null) {
            last.close();
        }
        HeldPins others = PINS.get();
        if (others != null && others != pins) {
            others.close();
        }
        PINS.set(pins);
        KernelProgram program = new KernelProgram(KERNEL_SPLICES, pins);
        PROGRAM.set(program);
        return program;
    }

    private final Timers faultTimers;

    private static MemoryDevice device(int number) {
        return new MemoryDevice("d" + number, new MacAddress(0x0200_0000_0000L + number), 1500);
    }

    private static Device faulty(Device device, String faults, long seed, Timers timers) {
        FaultSettings settings = FaultSettings.parse(faults + ",seed=" + seed);
        return settings.none() ? device : new FaultInjector(device, settings, timers);
    }

    private static Follower follower(Listener listener) {
        return switch (listener.protocol()) {
            case HTTP -> new HttpFollower(listener.followLimit());
            case TLS -> new TlsFollower(listener.followLimit());
            case TCP -> new PortFollower();
            case UDP, DNS -> throw new IllegalArgumentException("datagrams are not followed");
        };
    }

    void apply(String routes) {
        gateway.apply(
                new RoutesReader(RoutesContext.UNKNOWN).read(routes, "routes").routes());
    }

    /** Everyone accepts on a port of a host. */
    TcpListener serve(SimulatedHost host, int address, int port, SynOffer offer, Consumer<TcpConnection> accepted) {
        return host.tcp.listen(
                address,
                port,
                port,
                new ListenOptions() {
                    @Override
                    public SynOffer offer() {
                        return offer;
                    }

                    @Override
                    public int receiveLimit() {
                        return 64 * 1024;
                    }
                },
                accepted::accept);
    }

    TcpConnection connect(int port, TcpEvents events) {
        return connect(nextPort++, port, EVERYTHING, events);
    }

    TcpConnection connect(int from, int port, SynOffer offer, TcpEvents events) {
        return client.tcp.connect(
                new ConnectRequest(CLIENT, from, VIP, port, offer, 128 * 1024, Clock.NANOS_PER_SECOND, 6), events);
    }

    /** Turns one host after the other until something is so, though there may be more to do. */
    void steps(BooleanSupplier done) {
        for (int i = 0; i < 100_000; i++) {
            for (SimulatedHost host : hosts) {
                host.loop.turn();
                if (done.getAsBoolean()) {
                    return;
                }
            }
            if (i % 100 == 99) {
                clock.advanceNanos(Clock.NANOS_PER_MILLI);
            }
        }
        throw new AssertionError("it never came to it");
    }

    /** What is on the wires comes to the edge's cards, though not to the edge yet: the kernel forwards what it may. */
    void arrive() {
        edgeDevices.forEach(device -> {
            if (device instanceof KernelWire card) {
                card.arrive();
            }
        });
    }

    /** Lets everything happen that can happen now. */
    void settle() {
        // A quiet turn may still have sent what a test wrote: at rest is who is quiet twice.
        for (int i = 0, quiet = 0; i < 100_000; i++) {
            boolean busy = false;
            for (SimulatedHost host : hosts) {
                busy |= host.loop.turn();
                host.loop.lastFailure().ifPresent(failure -> {
                    throw new AssertionError("an exception on a poll loop", failure);
                });
            }
            busy |= faultTimers.fire() > 0;
            quiet = busy ? 0 : quiet + 1;
            if (quiet == 2) {
                return;
            }
        }
        throw new AssertionError("the network never comes to rest");
    }

    /** Lets time pass, from timer to timer, until something is so or seconds have gone by. */
    boolean until(BooleanSupplier done, int seconds) {
        long end = clock.nanos() + seconds * Clock.NANOS_PER_SECOND;
        settle();
        while (!done.getAsBoolean()) {
            long wait = faultTimers.untilNext();
            for (SimulatedHost host : hosts) {
                wait = Math.min(wait, host.timers.untilNext());
            }
            if (end - clock.nanos() <= 0) {
                return false;
            }
            clock.advanceNanos(Math.clamp(wait, 1, Math.max(1, end - clock.nanos())));
            settle();
        }
        return true;
    }

    void pass(int millis) {
        long end = clock.nanos() + millis * Clock.NANOS_PER_MILLI;
        until(() -> clock.nanos() - end >= 0, millis / 1000 + 1);
    }
}
