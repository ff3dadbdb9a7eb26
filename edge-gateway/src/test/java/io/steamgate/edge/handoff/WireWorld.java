package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.Follower;
import io.steamgate.edge.follow.HttpFollower;
import io.steamgate.edge.follow.PortFollower;
import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.follow.TlsFollower;
import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.ParkingPoller;
import io.steamgate.edge.route.Listener;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.Routes;
import io.steamgate.edge.route.RoutesContext;
import io.steamgate.edge.route.RoutesReader;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.Packets;
import io.steamgate.edge.stack.PollLoop;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.stack.StackSettings;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.TcpView;
import io.steamgate.edge.wire.UdpView;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The whole edge between two wires that a fuzzer holds: nobody is there but who the fuzzer plays. ARP is answered, and of
 * every connection it is remembered what the edge said last, so that what is sent next may come near to what fits.
 */
final class WireWorld {
    static final Ipv4Address CLIENT = Ipv4Address.parse("192.0.2.2");
    static final Ipv4Address VIP = Ipv4Address.parse("192.0.2.10");
    static final Ipv4Address EDGE = Ipv4Address.parse("198.51.100.1");
    static final Ipv4Address SITE_A = Ipv4Address.parse("198.51.100.11");
    private static final int DATAGRAM_FLOWS = 8;
    static final MacAddress OTHER_MAC = MacAddress.parse("02:00:00:00:00:77");

    private static final Routes ROUTES =
            new RoutesReader(RoutesContext.UNKNOWN).read("""
                    listeners:
                      - name: web
                        port: 80
                        protocol: http
                        idle-timeout: 2m
                        rules:
                          - {host: a.test, path: /b/, service: b}
                          - {host: a.test, service: a}
                      - {name: tls, port: 443, protocol: tls, idle-timeout: 2m, default: b}
                      - {name: tcp, port: 25, protocol: tcp, idle-timeout: 2m, default: a}
                      - {name: names, port: 53, protocol: dns, default: a}
                      - {name: told, port: 5000, protocol: udp, default: b}
                      - {name: clear, port: 5001, protocol: udp, idle-timeout: 1m, deny: 192.0.2.9, default: c}
                    services:
                      a:
                        address-mode: nat
                        health: off
                        tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                        endpoints: ["198.51.100.11:80"]
                      b:
                        health: off
                        tcp-options: {mss: 1200, window-scale: 3, sack: true, timestamps: true}
                        endpoints: ["198.51.100.12:80", "198.51.100.11:80"]
                      c: {address-mode: transparent, health: off, endpoints: ["198.51.100.11:90"]}
                    """, "routes").routes();

    /** What the edge said last to one end of a connection, and who that is. */
    static final class Peer {
        final boolean site;
        final int edgeAddress;
        final int edgePort;
        final int address;
        final int port;
        /** Behind the last octet the edge sent. */
        int edgeNext;
        /** The next octet the edge waits for. */
        int edgeAck;

        int timestamp;
        int segments;

        Peer(boolean site, int edgeAddress, int edgePort, int address, int port) {
            this.site = site;
            this.edgeAddress = edgeAddress;
            this.edgePort = edgePort;
            this.address = address;
            this.port = port;
        }
    }

    final ManualClock clock = new ManualClock(1_000 * Clock.NANOS_PER_SECOND);
    final Timers timers = new Timers(clock);
    final MemoryDevice wan = new MemoryDevice("wan", MacAddress.parse("02:00:00:00:00:0a"), 1500, true);
    final MemoryDevice lan = new MemoryDevice("lan", MacAddress.parse("02:00:00:00:00:0b"), 1500, true);
    final Stack stack;
    final Tcp tcp;
    final PollLoop loop;
    final Gateway gateway;
    final Map<Long, Peer> peers = new HashMap<>();
    Optional<Peer> newestSite = Optional.empty();
    /** The last datagram towards the sites: addresses and ports as they were sent. */
    Optional<int[]> lastAsked = Optional.empty();

    byte[] lastSent = {};
    boolean lastSentByLan;
    /** Hand-overs so far. */
    int splices;

    /** Who answers ARP requests: 0 everybody, 1 nobody, 2 everybody but the sites' network, 3 with another address. */
    int resolves;

    private final EthernetView ethernet = new EthernetView();
    private final Ipv4View ipv4 = new Ipv4View();
    private final TcpView segment = new TcpView();
    private final UdpView datagram = new UdpView();

    WireWorld() {
        Randomness randomness = Randomness.seeded(2);
        stack = new Stack(List.of(new Stack.Link(wan), new Stack.Link(lan)), timers, randomness, StackSettings.DEFAULT);
        tcp = new Tcp(
                stack.output(),
                timers,
                randomness,
                TcpSettings.defaults().withEmbryonicLimit(4).withTimeWait(4, 60 * Clock.NANOS_PER_SECOND));
        stack.add(tcp);
        loop = new PollLoop(stack, timers, new ParkingPoller(List.of(wan, lan)));
        stack.addAddress(stack.nics().get(0), new Ipv4Network(VIP, 24));
        stack.addAddress(stack.nics().get(1), new Ipv4Network(EDGE, 24));
        gateway = new Gateway(
                tcp,
                stack,
                timers,
                Randomness.seeded(4),
                WireWorld::follower,
                List.of(VIP),
                1 << 20,
                DATAGRAM_FLOWS,
                new GatewayObserver() {
                    @Override
                    public void spliced(long nanos) {
                        splices++;
                    }

                    @Override
                    public void ended(FlowView flow, FlowEnd end) {}

                    @Override
                    public void refused(ListenerState listener, int address, int port, RouteKey key, String reason) {}
                });
        stack.interceptor(gateway);
        gateway.apply(ROUTES);
        settle();
    }

    private static Follower follower(Listener listener) {
        return switch (listener.protocol()) {
            case HTTP -> new HttpFollower(4096);
            case TLS -> new TlsFollower(8192);
            case TCP -> new PortFollower();
            case UDP, DNS -> throw new IllegalArgumentException("datagrams are not followed");
        };
    }

    Peer client(int port, int edgePort) {
        return peers.computeIfAbsent(
                key(VIP.bits(), edgePort, CLIENT.bits(), port),
                key -> new Peer(false, VIP.bits(), edgePort, CLIENT.bits(), port));
    }

    void deliver(boolean toLan, Frame frame) {
        (toLan ? lan : wan).deliver(frame);
        settle();
    }

    /** An IPv4 packet arrives whose link header is right. */
    void deliver(boolean toLan, byte[] packet) {
        MacAddress to = (toLan ? lan : wan).mac();
        deliver(toLan, Frame.copyOf(Packets.ethernet(to, OTHER_MAC, EthernetView.IPV4, packet)));
    }

    void send(Peer peer, int seq, int ack, int flags, int window, byte[] options, byte[] payload, boolean intact) {
        byte[] bytes = new byte[TcpView.HEADER + options.length + payload.length];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        put16(bytes, TcpView.SOURCE_PORT, peer.port);
        put16(bytes, TcpView.DESTINATION_PORT, peer.edgePort);
        put16(bytes, TcpView.SEQUENCE, seq >>> 16);
        put16(bytes, TcpView.SEQUENCE + 2, seq);
        put16(bytes, TcpView.ACKNOWLEDGMENT, ack >>> 16);
        put16(bytes, TcpView.ACKNOWLEDGMENT + 2, ack);
        bytes[TcpView.DATA_OFFSET] = (byte) ((TcpView.HEADER + options.length) / 4 << 4);
        bytes[TcpView.FLAGS] = (byte) flags;
        put16(bytes, TcpView.WINDOW, window);
        System.arraycopy(options, 0, bytes, TcpView.HEADER, options.length);
        System.arraycopy(payload, 0, bytes, TcpView.HEADER + options.length, payload.length);
        if (intact) {
            TcpView.emitChecksum(memory, 0, bytes.length, peer.address, peer.edgeAddress);
        }
        deliver(
                peer.site,
                Packets.ipv4(new Ipv4Address(peer.address), new Ipv4Address(peer.edgeAddress), Ipv4View.TCP, bytes));
    }

    /**
     * A datagram arrives.
     *
     * @param length as its header says it
     * @param sum 0: right, 1: absent, else wrong
     */
    void datagram(
            boolean toLan,
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            byte[] payload,
            int length,
            int sum) {
        byte[] bytes = new byte[UdpView.HEADER + payload.length];
        System.arraycopy(payload, 0, bytes, UdpView.HEADER, payload.length);
        UdpView.emit(MemorySegment.ofArray(bytes), 0, source, sourcePort, destination, destinationPort, bytes.length);
        put16(bytes, UdpView.LENGTH, length);
        if (sum != 0) {
            put16(bytes, UdpView.CHECKSUM, sum - 1);
        }
        deliver(toLan, Packets.ipv4(new Ipv4Address(source), new Ipv4Address(destination), Ipv4View.UDP, bytes));
    }

    void pass(long millis) {
        long end = clock.nanos() + millis * Clock.NANOS_PER_MILLI;
        settle();
        while (end - clock.nanos() > 0) {
            clock.advanceNanos(Math.max(1, Math.min(timers.untilNext(), end - clock.nanos())));
            settle();
        }
    }

    private void settle() {
        int turns = 0;
        boolean busy = true;
        while (busy) {
            busy = loop.turn();
            busy |= look(wan, false);
            busy |= look(lan, true);
            if (++turns > 10_000) {
                throw new AssertionError("the edge does not come to rest");
            }
        }
        loop.lastFailure().ifPresent(failure -> {
            throw new AssertionError("an exception on the poll loop", failure);
        });
    }

    /** Takes what the edge sent. @return whether there was anything */
    private boolean look(MemoryDevice device, boolean byLan) {
        boolean any = false;
        for (Optional<Frame> next = device.nextSentFrame(); next.isPresent(); next = device.nextSentFrame()) {
            any = true;
            byte[] frame = next.get().toBytes();
            MemorySegment memory = MemorySegment.ofArray(frame);
            if (!ethernet.wrap(memory, 0, frame.length)) {
                throw new AssertionError("a frame was sent that is none");
            }
            if (ethernet.type() == EthernetView.ARP) {
                answer(device, memory);
            } else if (ethernet.type() == EthernetView.IPV4) {
                lastSent = frame;
                lastSentByLan = byLan;
                sent(memory, byLan);
            }
        }
        return any;
    }

    private void answer(MemoryDevice device, MemorySegment memory) {
        if (resolves == 1 || resolves == 2 && device == lan) {
            return;
        }
        ArpView.Packet.parse(memory, EthernetView.HEADER, (int) memory.byteSize() - EthernetView.HEADER)
                .filter(packet -> packet.operation() == ArpView.REQUEST
                        && !packet.targetAddress().equals(packet.senderAddress()))
                .ifPresent(packet -> device.deliver(Packets.arp(
                        device.mac(),
                        ArpView.REPLY,
                        resolves == 3 ? new MacAddress(OTHER_MAC.bits() + 1) : OTHER_MAC,
                        packet.targetAddress(),
                        packet.senderMac(),
                        packet.senderAddress())));
    }

    private void sent(MemorySegment memory, boolean byLan) {
        int length = (int) memory.byteSize() - EthernetView.HEADER;
        if (!ipv4.wrap(memory, EthernetView.HEADER, length) || !ipv4.checksumValid()) {
            throw new AssertionError("a malformed packet was sent");
        }
        if (ipv4.protocol() == Ipv4View.UDP && !ipv4.fragment()) {
            if (!datagram.wrap(memory, ipv4.payloadOffset(), ipv4.payloadLength())) {
                throw new AssertionError("a malformed datagram was sent");
            }
            if (byLan) {
                lastAsked = Optional.of(
                        new int[] {ipv4.source(), datagram.sourcePort(), ipv4.destination(), datagram.destinationPort()
                        });
            }
        }
        if (ipv4.protocol() != Ipv4View.TCP || ipv4.fragment()) {
            return;
        }
        if (!segment.wrap(memory, ipv4.payloadOffset(), ipv4.payloadLength())) {
            throw new AssertionError("a malformed segment was sent");
        }
        int source = ipv4.source();
        int destination = ipv4.destination();
        int sourcePort = segment.sourcePort();
        int destinationPort = segment.destinationPort();
        Peer peer = peers.computeIfAbsent(
                key(source, sourcePort, destination, destinationPort),
                key -> new Peer(byLan, source, sourcePort, destination, destinationPort));
        if (byLan) {
            newestSite = Optional.of(peer);
        }
        int control = ((segment.flags() & TcpView.SYN) != 0 ? 1 : 0) + ((segment.flags() & TcpView.FIN) != 0 ? 1 : 0);
        peer.edgeNext = segment.sequence() + segment.payloadLength() + control;
        if ((segment.flags() & TcpView.ACK) != 0) {
            peer.edgeAck = segment.acknowledgment();
        }
        peer.segments++;
    }

    private static long key(int edgeAddress, int edgePort, int address, int port) {
        return (edgeAddress * 31L + address) << 32 | (long) edgePort << 16 | port;
    }

    static void put16(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }
}
