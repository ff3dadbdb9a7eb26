package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.Follower;
import io.steamgate.edge.follow.HttpFollower;
import io.steamgate.edge.follow.PortFollower;
import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.follow.TlsFollower;
import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.ParkingPoller;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.Listener;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.RoutesContext;
import io.steamgate.edge.route.RoutesReader;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.PollLoop;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.stack.StackSettings;
import io.steamgate.edge.tcp.ConnectRequest;
import io.steamgate.edge.tcp.ListenOptions;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.tcp.TcpListener;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.MacAddress;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A client, the edge and a site in one thread and one manual clock, joined by wires in memory; all three run our stack. */
final class MemoryLab {
    static final Ipv4Address CLIENT = Ipv4Address.parse("192.0.2.2");
    static final Ipv4Address VIP = Ipv4Address.parse("192.0.2.10");
    static final Ipv4Address EDGE = Ipv4Address.parse("198.51.100.1");
    static final Ipv4Address SITE_A = Ipv4Address.parse("198.51.100.11");
    static final Ipv4Address SITE_B = Ipv4Address.parse("198.51.100.12");
    static final SynOffer FULL = new SynOffer(1460, 7, true, true);
    static final TcpSettings SETTINGS = TcpSettings.defaults();

    /** One stack on the wires. */
    static final class Host {
        final Timers timers;
        final Stack stack;
        final Tcp tcp;
        final PollLoop loop;

        private Host(ManualClock clock, long seed, MemoryDevice... devices) {
            timers = new Timers(clock);
            Randomness randomness = Randomness.seeded(seed);
            List<Stack.Link> links = new ArrayList<>();
            for (MemoryDevice device : devices) {
                links.add(new Stack.Link(device));
            }
            stack = new Stack(links, timers, randomness, StackSettings.DEFAULT);
            tcp = new Tcp(stack.output(), timers, randomness, SETTINGS);
            stack.add(tcp);
            loop = new PollLoop(stack, timers, new ParkingPoller(List.of(devices)));
        }

        private Host own(int nic, Ipv4Address address) {
            stack.addAddress(stack.nics().get(nic), new Ipv4Network(address, 24));
            return this;
        }
    }

    /** One end of a connection as a test drives it: keeps what it reads, and does nothing by itself. */
    static final class End implements TcpEvents {
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        final TcpConnection connection;
        Optional<TcpEnd> closed = Optional.empty();
        boolean connected;

        private End(TcpConnection connection) {
            this.connection = connection;
            connection.events(this);
        }

        void send(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            if (connection.write(bytes, 0, bytes.length) < bytes.length) {
                throw new AssertionError("the send buffer is full");
            }
        }

        String text() {
            return received.toString(StandardCharsets.ISO_8859_1);
        }

        @Override
        public void connected() {
            connected = true;
        }

        @Override
        public void readable() {
            received.write(connection.receiveArray(), connection.receiveOffset(), connection.readable());
            connection.consume(connection.readable());
        }

        @Override
        public void closed(TcpEnd reason) {
            closed = Optional.of(reason);
        }
    }

    final ManualClock clock = new ManualClock(1_000 * Clock.NANOS_PER_SECOND);
    final Host client;
    final Host edge;
    final Host site;
    final Gateway gateway;
    final List<String> refused = new ArrayList<>();
    final List<FlowEnd> ended = new ArrayList<>();
    int spliced;
    private int nextPort = 40_000;

    MemoryLab(String routes) {
        MemoryDevice wan = device("wan", 0xA, 1);
        MemoryDevice lan = device("lan", 0xB, 1);
        MemoryDevice clientDevice = device("client", 0xC, 1);
        MemoryDevice siteDevice = device("site", 0xD, 1);
        MemoryDevice.wire(wan, clientDevice);
        MemoryDevice.wire(lan, siteDevice);
        client = new Host(clock, 1, clientDevice).own(0, CLIENT);
        edge = new Host(clock, 2, wan, lan).own(0, VIP).own(1, EDGE);
        site = new Host(clock, 3, siteDevice).own(0, SITE_A).own(0, SITE_B);
        gateway = new Gateway(
                edge.tcp,
                edge.stack,
                edge.timers,
                Randomness.seeded(4),
                MemoryLab::follower,
                List.of(VIP),
                64 << 20,
                new Observer());
        edge.stack.interceptor(gateway.path());
        apply(routes);
    }

    private static MemoryDevice device(String name, int last, int vendor) {
        return new MemoryDevice(name, new MacAddress(0x0200_0000_0000L | (long) vendor << 8 | last), 1500);
    }

    private static Follower follower(Listener listener) {
        return switch (listener.protocol()) {
            case HTTP -> new HttpFollower(listener.followLimit());
            case TLS -> new TlsFollower(listener.followLimit());
            case TCP -> new PortFollower();
        };
    }

    void apply(String routes) {
        gateway.apply(
                new RoutesReader(RoutesContext.UNKNOWN).read(routes, "routes").routes());
    }

    /** Lets everything happen that happens within {@code millis}. */
    void pass(long millis) {
        long end = clock.nanos() + millis * Clock.NANOS_PER_MILLI;
        while (true) {
            // A quiet turn may still have sent what a test wrote: at rest is who is quiet twice.
            int quiet = 0;
            for (int i = 0; quiet < 2; i++) {
                boolean busy = client.loop.turn() | edge.loop.turn() | site.loop.turn();
                quiet = busy ? 0 : quiet + 1;
                if (i > 100_000) {
                    throw new AssertionError("the hosts do not come to rest");
                }
            }
            long wait = Math.min(client.timers.untilNext(), Math.min(edge.timers.untilNext(), site.timers.untilNext()));
            if (wait > end - clock.nanos()) {
                clock.advanceNanos(end - clock.nanos());
                return;
            }
            clock.advanceNanos(Math.max(wait, 1));
        }
    }

    /** A client that connects to the VIP. */
    End connect(int port) {
        return new End(client.tcp.connect(
                ConnectRequest.of(CLIENT.bits(), nextPort++, VIP.bits(), port, FULL, 1 << 20), TcpEvents.NONE));
    }

    /** A site that keeps every connection it gets, its own health checks included. */
    List<End> serve(Ipv4Address address, int port) {
        return serve(address, port, FULL);
    }

    List<End> serve(Ipv4Address address, int port, SynOffer accepts) {
        List<End> accepted = new ArrayList<>();
        listen(address, port, accepts, accepted);
        return accepted;
    }

    TcpListener listen(Ipv4Address address, int port, SynOffer accepts, List<End> accepted) {
        ListenOptions options = new ListenOptions() {
            @Override
            public SynOffer offer() {
                return accepts;
            }

            @Override
            public int receiveLimit() {
                return 1 << 20;
            }
        };
        return site.tcp.listen(address.bits(), port, port, options, connection -> accepted.add(new End(connection)));
    }

    EndpointState endpoint(String service, int index) {
        return gateway.routes().service(service).orElseThrow().endpoints().get(index);
    }

    ListenerState listener() {
        return gateway.routes().listeners().iterator().next();
    }

    private final class Observer implements GatewayObserver {
        @Override
        public void spliced(long nanos) {
            spliced++;
        }

        @Override
        public void ended(FlowView flow, FlowEnd end) {
            ended.add(end);
        }

        @Override
        public void refused(ListenerState listener, int address, int port, RouteKey key, String reason) {
            refused.add(reason);
        }
    }
}
