package io.steamgate.edge.app;

import io.quarkus.runtime.ShutdownEvent;
import io.steamgate.edge.follow.Follower;
import io.steamgate.edge.follow.HttpFollower;
import io.steamgate.edge.follow.PortFollower;
import io.steamgate.edge.follow.TlsFollower;
import io.steamgate.edge.handoff.FlowView;
import io.steamgate.edge.handoff.Gateway;
import io.steamgate.edge.link.DescriptorPoller;
import io.steamgate.edge.link.Device;
import io.steamgate.edge.link.KernelSilence;
import io.steamgate.edge.link.Pins;
import io.steamgate.edge.link.Poller;
import io.steamgate.edge.route.Listener;
import io.steamgate.edge.route.RouteFile;
import io.steamgate.edge.route.RoutesContext;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.socket.EchoTimeService;
import io.steamgate.edge.socket.SocketApi;
import io.steamgate.edge.stack.AddressProbe;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.stack.PollLoop;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.stack.StackSettings;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.MacAddress;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The running edge: devices, stack, gateway and the thread of the poll loop, put together from the configuration. */
@ApplicationScoped
public class Edge {
    private static final Logger LOG = Logger.getLogger("steamgate.edge");
    private static final StackSettings STACK = new StackSettings(
            65_536, 16, 30 * Clock.NANOS_PER_SECOND, 4 << 20, 256 << 10, 30 * Clock.NANOS_PER_SECOND, 4096, 1000, 100);

    /** The longest that a listener may buffer of a client it follows. */
    private static final long LEAST_BUDGET = 64 << 10;

    private static final int FEWEST_DATAGRAM_FLOWS = 16;
    private static final int MOST_DATAGRAM_FLOWS = 1 << 22;

    private static final String ECHO = "the edge's own echo and time service (steamgate.edge.echo)";

    private final EdgeConfig config;
    private final AccessLog accessLog;
    private final EdgeMetrics metrics;
    private volatile @Nullable Running running;
    private volatile boolean inForce;

    /** What there is once the edge has started. */
    record Running(
            List<Device> devices,
            Stack stack,
            Tcp tcp,
            Gateway gateway,
            PollLoop loop,
            Thread thread,
            Poller poller,
            KernelSilence silence,
            DataPath dataPath,
            RouteFile routes) {}

    Edge(EdgeConfig config, AccessLog accessLog, EdgeMetrics metrics) {
        this.config = config;
        this.accessLog = accessLog;
        this.metrics = metrics;
    }

    /**
     * Starts the edge; returns when it owns its addresses and has read its routes.
     *
     * @throws OperatorException or an exception of a floor with one line that says what to change
     */
    void start() {
        check(config);
        Addresses addresses = Addresses.of(config);
        String file = config.routes()
                .orElseThrow(
                        () -> new OperatorException("no routes are configured: set steamgate.edge.routes to a file"));
        RouteFile routes = new RouteFile(
                Path.of(file),
                () -> new RoutesContext(Set.copyOf(addresses.vips()), config.masquerade(), taken(config)),
                InstantSource.system());
        RouteFile.Loaded loaded = routes.load();
        loaded.warnings().forEach(warning -> LOG.warn(file + ": " + warning));

        Clock clock = Clock.system();
        Timers timers = new Timers(clock);
        Randomness randomness = Randomness.secure();
        Map<String, Device> devices = new LinkedHashMap<>();
        List<Stack.Link> links = new ArrayList<>();
        config.interfaces().forEach((name, settings) -> {
            Device device = Devices.open(name, settings, config, timers);
            devices.put(name, device);
            links.add(new Stack.Link(device, settings.vlan().orElse(0)));
        });
        Pins pins = config.bpffs().map(Path::of).map(Pins::in).orElse(Pins.NOWHERE);
        KernelSilence silence = KernelSilence.keep(devices.keySet(), addresses.all(), pins);
        LOG.info(silence);

        Stack stack = new Stack(links, timers, randomness, STACK);
        Tcp tcp = new Tcp(
                stack.output(), timers, randomness, TcpSettings.defaults().withEmbryonicLimit(config.embryonicLimit()));
        stack.add(tcp);
        Gateway gateway = new Gateway(
                tcp,
                stack,
                timers,
                randomness,
                Edge::follower,
                addresses.vips(),
                config.followBudget().asLongValue(),
                config.datagramFlows(),
                new Observer());
        stack.interceptor(gateway);
        DataPath dataPath = DataPath.choose(config, devices, pins, stack, gateway);
        LOG.info(dataPath);
        Poller poller = new DescriptorPoller(List.copyOf(devices.values()));
        PollLoop loop = new PollLoop(stack, timers, poller);
        loop.atTurnEnd(gateway::turn);
        Thread thread = Thread.ofPlatform().name("poll-loop").unstarted(loop);
        running = new Running(
                List.copyOf(devices.values()), stack, tcp, gateway, loop, thread, poller, silence, dataPath, routes);
        thread.start();

        own(addresses, stack, loop);
        CompletableFuture<Void> listening = CompletableFuture.runAsync(
                () -> {
                    addresses.gateways().forEach(route -> route.addTo(stack));
                    gateway.apply(loaded.routes());
                    gateway.adopt()
                            .ifPresent(flows -> LOG.infof(
                                    "took over %d flows that went on in the kernel, %d to the end of what is under way, broke off %d",
                                    flows.kept(), flows.finishing(), flows.brokenOff()));
                },
                loop);
        await(listening);
        if (config.echo()) {
            SocketApi sockets = new SocketApi(tcp, stack.udp(), timers, loop);
            for (Ipv4Address address : addresses.all()) {
                // Address by address: bound to all of them it would answer broadcasts as well.
                EchoTimeService.start(sockets, address, EchoTimeService.Ports.STANDARD, InstantSource.system());
            }
        }
        routes.watch(
                config.routesReload(),
                next -> {
                    LOG.infof("routes of %s are in force (generation %d)", file, next.generation());
                    next.warnings().forEach(warning -> LOG.warn(file + ": " + warning));
                    loop.execute(() -> {
                        gateway.apply(next.routes());
                        metrics.routesChanged();
                    });
                },
                error -> LOG.errorf("routes are refused, the last good ones stay in force: %s", error));
        metrics.bind(stack, tcp, gateway, dataPath, loop, routes);
        inForce = true;
        LOG.infof(
                "owns %s; %d listeners, %d services",
                addresses.all(),
                loaded.routes().listeners().size(),
                loaded.routes().services().size());
    }

    /** Ports that no listener can have. */
    private static Map<Integer, String> taken(EdgeConfig config) {
        EchoTimeService.Ports ports = EchoTimeService.Ports.STANDARD;
        return config.echo() ? Map.of(ports.echo(), ECHO, ports.daytime(), ECHO, ports.time(), ECHO) : Map.of();
    }

    private static void check(EdgeConfig config) {
        require(config.routesReload().isPositive(), "routes-reload must be more than zero: write 1s");
        require(
                config.followBudget().asLongValue() >= LEAST_BUDGET,
                "follow-budget is less than one connection may need: write 64K or more");
        require(
                config.datagramFlows() >= FEWEST_DATAGRAM_FLOWS && config.datagramFlows() <= MOST_DATAGRAM_FLOWS,
                "datagram-flows=%d: give a number from %d to %d"
                        .formatted(config.datagramFlows(), FEWEST_DATAGRAM_FLOWS, MOST_DATAGRAM_FLOWS));
        require(config.embryonicLimit() >= 1, "embryonic-limit must be 1 or more: write 4096");
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new OperatorException("steamgate.edge." + rule);
        }
    }

    private static Follower follower(Listener listener) {
        return switch (listener.protocol()) {
            case HTTP -> new HttpFollower(listener.followLimit());
            case TLS -> new TlsFollower(listener.followLimit());
            case TCP -> new PortFollower();
            case UDP, DNS -> throw new IllegalArgumentException("datagrams are not followed");
        };
    }

    /** Asks whether anyone else uses the addresses (RFC 5227), then takes and announces them. */
    private static void own(Addresses addresses, Stack stack, PollLoop loop) {
        List<CompletableFuture<Void>> claims = new ArrayList<>();
        for (Nic nic : stack.nics()) {
            for (Ipv4Network address : addresses.of(nic.name())) {
                CompletableFuture<Void> claim = new CompletableFuture<>();
                claims.add(claim);
                loop.execute(() -> stack.arp()
                        .probe(nic, address.address(), AddressProbe.Timing.FAST, new AddressProbe.Outcome() {
                            @Override
                            public void free(Nic on, Ipv4Address mine) {
                                stack.addAddress(on, address);
                                stack.arp().announce(on, mine);
                                claim.complete(null);
                            }

                            @Override
                            public void taken(Nic on, Ipv4Address wanted, MacAddress other) {
                                claim.completeExceptionally(new OperatorException(wanted + " is in use on " + on
                                        + " by " + other + "; stop that host or change the edge's addresses"));
                            }
                        }));
            }
        }
        claims.forEach(Edge::await);
    }

    private static void await(CompletableFuture<Void> done) {
        try {
            done.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the poll loop did not answer in 10 s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperatorException("interrupted while starting");
        }
    }

    void stop(@Observes ShutdownEvent event) {
        Running was = running;
        inForce = false;
        running = null;
        if (was == null) {
            return;
        }
        was.routes().close();
        was.loop().stop();
        try {
            was.thread().join(2000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        was.dataPath().close();
        was.devices().forEach(Device::close);
        was.silence().close();
        was.poller().close();
    }

    /** Whether addresses are owned and routes in force: before that nothing is served. */
    boolean inForce() {
        return inForce;
    }

    /** What runs; empty until the start is complete and after the stop. */
    @Nullable
    Running running() {
        return running;
    }

    /** The flow table, as the poll loop sees it when it comes to it. */
    CompletableFuture<FlowSummary> flows(int limit, Predicate<FlowView> wanted) {
        CompletableFuture<FlowSummary> answer = new CompletableFuture<>();
        Running now = running;
        if (now == null) {
            answer.complete(new FlowSummary(0, 0, 0, 0, List.of()));
            return answer;
        }
        Gateway gateway = now.gateway();
        now.loop()
                .execute(() -> answer.complete(new FlowSummary(
                        gateway.path().open(),
                        gateway.path().lingering(),
                        gateway.following(),
                        gateway.datagrams().flows(),
                        gateway.flows(limit, wanted))));
        return answer;
    }

    private final class Observer implements io.steamgate.edge.handoff.GatewayObserver {
        @Override
        public void spliced(long nanos) {
            metrics.handoff(nanos);
        }

        @Override
        public void ended(FlowView flow, io.steamgate.edge.handoff.FlowEnd end) {
            metrics.ended(flow, end);
            accessLog.ended(flow, end);
        }

        @Override
        public void datagramsEnded(FlowView flow, io.steamgate.edge.handoff.FlowEnd end) {
            accessLog.ended(flow, end);
        }

        @Override
        public void refused(
                io.steamgate.edge.route.ListenerState listener,
                int client,
                int clientPort,
                io.steamgate.edge.follow.RouteKey key,
                String reason) {
            accessLog.refused(listener.listener().name(), new Ipv4Address(client) + ":" + clientPort, key, reason);
        }
    }
}
