package io.steamgate.edge.handoff;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.edge.follow.ClientHellos;
import io.steamgate.edge.stack.Packets;
import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.TcpView;
import io.steamgate.edge.wire.UdpView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The whole edge by sequences of frames: clients and sites that say anything in any order, with right and wrong numbers, and
 * time that passes between. Nothing throws, what is sent is well-formed, and when all is over nothing is left.
 */
class GatewayFuzzTest {
    /** Beyond every time-out there is, in milliseconds; the idle time of flows is short here. */
    private static final long ALL_OVER = 20 * 60_000L;

    private static final long AT_ONCE = 10_000L;
    /** Longer than TIME-WAIT, in milliseconds: nothing else outlives the last flow. */
    private static final long AFTERWARDS = 61_000L;

    private static final int MOST_STEPS = 100;
    private static final List<byte[]> SNIPPETS = List.of(
            latin1("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
            latin1("GET /b/ HTTP/1.1\r\nHost: a.test\r\n\r\n"),
            latin1("POST /b/x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n01234"),
            latin1("56789GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"),
            latin1("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"),
            latin1("GET /b/ HTTP/1.1\r\nHost: a.test\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"),
            latin1("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            latin1("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
            latin1("HTTP/1.1 101 Switching\r\n\r\n"),
            latin1("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 x\r\n\r\n"),
            latin1("\26\3\1\0\55\1\0\0\51\3\3" + "r".repeat(32) + "\0\0\2\23\1\1\0"),
            new byte[1460],
            latin1("GET /b/"));
    private static final byte[] LONG_HELLO = ClientHellos.inRecords(
            ClientHellos.hello(ClientHellos.extension(21, new byte[3500]), ClientHellos.sni("a.test")));
    /** What the fuzzer would take long to find: forms that followers, framing and translation treat each in its own way. */
    private static final List<byte[]> FORMS = List.of(
            ClientHellos.inRecords(ClientHellos.hello(ClientHellos.sni("a.test"))),
            ClientHellos.inRecords(
                    ClientHellos.hello(ClientHellos.alpn("h2", "http/1.1"), ClientHellos.sni("B.Test."))),
            Packets.join(
                    ClientHellos.record(Arrays.copyOf(ClientHellos.hello(ClientHellos.sni("a.test")), 50)),
                    ClientHellos.record(tail(ClientHellos.hello(ClientHellos.sni("a.test")), 50))),
            Arrays.copyOf(ClientHellos.inRecords(ClientHellos.hello(ClientHellos.sni("a.test"))), 60),
            tail(ClientHellos.inRecords(ClientHellos.hello(ClientHellos.sni("a.test"))), 60),
            ClientHellos.inRecords(ClientHellos.hello()),
            latin1("GET http://A.Test:80/b/ HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n"),
            latin1("GET / HTTP/1.1\r\nHost: a.test:80\r\nCookie: a=1; x=b\r\nIf-None-Match: \"b1\"\r\n\r\n"),
            latin1("GET / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n"),
            latin1("HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
            latin1("GET /b/old\r\n"),
            latin1("OPTIONS * HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"),
            latin1("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n"),
            latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            latin1("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
            latin1("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: gzip, chunked\r\n\r\nA;e=\"x\"\r\n"),
            latin1("0123456789\r\n0\r\nTrailer: x\r\n\r\n"),
            latin1("GET / HTTP/1.1\nHost: a.test\nContent-Length: 3, 3\n\nabc"),
            latin1("GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n"),
            latin1("GET / HTTP/1.1\r\nHost: a..test\r\nX: y\r\n z\r\n\r\n"),
            latin1("HTTP/1.0 200 OK\r\n\r\nuntil the end"),
            latin1("HTTP/1.1 204 No Content\r\n\r\n"),
            latin1("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"),
            latin1("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
            latin1("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"),
            latin1("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n"),
            latin1("GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n"),
            latin1("GET / HTTP/1.1\r\nHost: 192.0.2.10\r\n\r\n"),
            // A replay of several segments.
            Arrays.copyOf(LONG_HELLO, 1400),
            Arrays.copyOfRange(LONG_HELLO, 1400, 2800),
            tail(LONG_HELLO, 2800));

    private static final byte[] SYN_OPTIONS = {2, 4, 5, (byte) 0xB4, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 3, 7};
    private static final int[] PORTS = {80, 443, 25, 81};
    private static final int[] DATAGRAM_PORTS = {53, 5000, 5001, 5002};

    @FuzzTest
    void fuzz(byte[] octets) {
        WireWorld world = played(octets);
        // Most of an execution's time is spent here: minutes in which nothing can happen are not waited for.
        for (long passed = 0; passed < ALL_OVER && !nothingIsLeft(world); passed += AT_ONCE) {
            world.pass(AT_ONCE);
        }
        // Whatever is sent only now finds its next hop: it does not wait for an answer when the end is looked at.
        world.resolves = 0;
        world.pass(AFTERWARDS);
        hold(world.loop.counters().failures().get() == 0, "nothing throws");
        hold(world.gateway.following() == 0, "nobody is followed for ever");
        hold(world.gateway.followReserved() == 0, "the budget is whole again");
        hold(world.gateway.portsInUse() == 0, "every port is given back");
        hold(world.gateway.flows(10, flow -> true).isEmpty(), "every flow has ended");
        hold(world.stack.fragmentBytes() == 0, "no fragment waits");
        hold(world.stack.pool().outstanding() == 0, "every frame is given back");
    }

    static WireWorld played(byte[] octets) {
        Script script = new Script(octets);
        WireWorld world = new WireWorld();
        for (int step = 0; step < MOST_STEPS && !script.over(); step++) {
            play(world, script);
        }
        return world;
    }

    private static boolean nothingIsLeft(WireWorld world) {
        return world.gateway.following() == 0
                && world.gateway.portsInUse() == 0
                && world.stack.fragmentBytes() == 0
                && world.stack.pool().outstanding() == 0
                && world.gateway.flows(1, flow -> true).isEmpty();
    }

    private static void play(WireWorld world, Script script) {
        int step = script.u8();
        switch (step & 15) {
            case 0 -> rawFrame(world, script, (step & 16) != 0, (step & 32) != 0);
            case 1 -> {
                int what = script.u8();
                if (what < 216) {
                    world.pass(1L << (what % 18));
                } else {
                    neighborhood(world, script, what - 216, (step & 16) != 0);
                }
            }
            case 2 -> icmpError(world, script);
            case 3 -> rawPacket(world, script, (step & 16) != 0);
            case 4, 5 -> connect(world, script);
            case 6, 7, 8, 9, 10 -> segment(world, script, world.client(1000 + (step >>> 6), PORTS[step >>> 4 & 3]));
            case 11 -> datagram(world, script, (step & 16) != 0);
            default -> world.newestSite.ifPresent(peer -> segment(world, script, peer));
        }
    }

    /** A handshake, as it should be. */
    private static void connect(WireWorld world, Script script) {
        int which = script.u8();
        WireWorld.Peer client = world.client(1000 + (which >>> 6), PORTS[which & 3]);
        int before = client.segments;
        world.send(
                client, 100, 0, TcpView.SYN, 65_535, (which & 4) == 0 ? SYN_OPTIONS : new byte[0], new byte[0], true);
        if (client.segments > before) {
            world.send(
                    client,
                    client.edgeAck,
                    client.edgeNext,
                    TcpView.ACK,
                    512,
                    timestamps(client, which),
                    new byte[0],
                    true);
        }
    }

    /** What happens around connections: floods, neighbours, pings. */
    private static void neighborhood(WireWorld world, Script script, int what, boolean toLan) {
        switch (what % 6) {
            case 0 -> {
                int port = PORTS[script.u8() & 3];
                for (int i = 0; i < 6; i++) {
                    WireWorld.Peer client = world.client(3000 + i, port);
                    world.send(client, 7, 0, TcpView.SYN, 65_535, SYN_OPTIONS, new byte[0], true);
                }
            }
            case 1 -> {
                int which = script.u8();
                segment(world, script, world.client(3000 + (which >>> 2) % 6, PORTS[which & 3]));
            }
            case 2 -> {
                int shape = script.u8();
                MacAddress to = (shape & 1) == 0 ? MacAddress.BROADCAST : (toLan ? world.lan : world.wan).mac();
                Ipv4Address target =
                        (shape & 2) == 0 ? (toLan ? WireWorld.EDGE : WireWorld.VIP) : address(toLan, script);
                world.deliver(
                        toLan,
                        Frame.copyOf(Packets.arp(
                                to,
                                (shape & 4) == 0 ? ArpView.REQUEST : ArpView.REPLY,
                                new MacAddress(WireWorld.OTHER_MAC.bits() + (shape >>> 6)),
                                address(toLan, script),
                                MacAddress.ZERO,
                                target)));
            }
            case 3 ->
                world.deliver(
                        toLan,
                        Packets.ipv4(
                                toLan ? WireWorld.SITE_A : WireWorld.CLIENT,
                                toLan ? WireWorld.EDGE : WireWorld.VIP,
                                Ipv4View.ICMP,
                                Packets.icmp(8, 0, script.u8(), new byte[script.u8()])));
            case 4 -> world.resolves = script.u8() % 4;
            default ->
                world.newestSite.ifPresent(site -> {
                    int end = site.edgeNext;
                    int ack = end - script.u8();
                    byte[] options = Packets.join(timestamps(site, 0), selective(end - script.u8(), end - script.u8()));
                    world.send(site, site.edgeAck, ack, TcpView.ACK, 512, options, new byte[0], true);
                });
        }
    }

    private static Ipv4Address address(boolean toLan, Script script) {
        Ipv4Address network = toLan ? WireWorld.EDGE : WireWorld.VIP;
        return new Ipv4Address((network.bits() & 0xFFFFFF00) + script.u8());
    }

    private static byte[] selective(int from, int to) {
        byte[] options = {1, 1, 5, 10, 0, 0, 0, 0, 0, 0, 0, 0};
        WireWorld.put16(options, 4, from >>> 16);
        WireWorld.put16(options, 6, from);
        WireWorld.put16(options, 8, to >>> 16);
        WireWorld.put16(options, 10, to);
        return options;
    }

    private static byte[] timestamps(WireWorld.Peer peer, int which) {
        peer.timestamp++;
        return (which & 4) == 0 ? new byte[] {1, 1, 8, 10, 0, 0, 1, (byte) peer.timestamp, 0, 0, 0, 0} : new byte[0];
    }

    private static void segment(WireWorld world, Script script, WireWorld.Peer peer) {
        int shape = script.u8();
        int seq = peer.edgeAck;
        int ack = peer.edgeNext;
        int flags = TcpView.ACK;
        byte[] options = timestamps(peer, shape);
        if ((shape & 1) != 0) {
            seq += script.s8() * ((shape & 2) == 0 ? 1 : 1000);
        }
        if ((shape & 8) != 0) {
            ack += script.s8();
        }
        if ((shape & 16) != 0) {
            flags = script.u8();
        }
        if ((flags & TcpView.SYN) != 0) {
            options = SYN_OPTIONS;
        } else if ((shape & 32) != 0) {
            options = Arrays.copyOf(script.bytes(script.u8() % 41), 40);
            options = Arrays.copyOf(options, script.u8() % 11 * 4);
        }
        byte[] payload = new byte[0];
        if ((shape & 64) != 0) {
            int snippet = script.u8();
            payload = snippet < 8 * SNIPPETS.size()
                    ? SNIPPETS.get(snippet % SNIPPETS.size())
                    : snippet < 200
                            ? FORMS.get((snippet - 8 * SNIPPETS.size()) % FORMS.size())
                            : script.bytes(snippet - 200);
        }
        int window = (shape & 128) != 0 ? script.u8() * 257 : 1000;
        world.send(peer, seq, ack, flags, window, options, payload, script.u8() != 1);
    }

    private static void datagram(WireWorld world, Script script, boolean answer) {
        int shape = script.u8();
        byte[] payload = script.bytes(script.u8());
        if ((shape & 1) != 0) {
            payload = Arrays.copyOf(payload, payload.length + 1400);
        }
        int length = UdpView.HEADER + payload.length + ((shape & 2) != 0 ? script.s8() : 0);
        int sum = (shape & 4) != 0 ? script.u8() : 0;
        if (answer) {
            int[] asked = world.lastAsked.orElse(new int[] {WireWorld.EDGE.bits(), 1024, WireWorld.SITE_A.bits(), 80});
            world.datagram(true, asked[2], asked[3], asked[0], asked[1], payload, length, sum);
        } else {
            world.datagram(
                    false,
                    WireWorld.CLIENT.bits(),
                    1000 + (shape >>> 4),
                    WireWorld.VIP.bits(),
                    DATAGRAM_PORTS[shape >>> 3 & 1 | script.u8() & 2],
                    payload,
                    length,
                    sum);
        }
    }

    private static void rawFrame(WireWorld world, Script script, boolean toLan, boolean addressed) {
        byte[] bytes = script.bytes(script.u8());
        if (addressed && bytes.length >= EthernetView.HEADER) {
            long mac = (toLan ? world.lan : world.wan).mac().bits();
            for (int i = 0; i < 6; i++) {
                bytes[i] = (byte) (mac >>> 40 - 8 * i);
            }
        }
        Frame frame = Frame.copyOf(bytes);
        int offload = script.u8();
        if ((offload & 1) != 0) {
            frame.requestChecksum(frame.start() + script.u8(), script.u8());
        }
        if ((offload & 2) != 0) {
            frame.requestSegmentation(script.u8() % 8, script.u8() * 8, script.u8());
        }
        world.deliver(toLan, frame);
    }

    /** A packet with a right header, a fragment perhaps. */
    private static void rawPacket(WireWorld world, Script script, boolean toLan) {
        byte[] payload = script.bytes(script.u8());
        int place = script.u8();
        Ipv4View.Header header = new Ipv4View.Header(
                toLan ? WireWorld.SITE_A : WireWorld.CLIENT,
                toLan ? WireWorld.EDGE : WireWorld.VIP,
                List.of(Ipv4View.ICMP, Ipv4View.IGMP, Ipv4View.TCP, Ipv4View.UDP, 99)
                        .get(place % 5),
                1 + place % 64,
                0,
                place & 3,
                false,
                (place & 64) != 0,
                (place & 128) != 0 ? script.u8() * 8 : 0,
                payload.length);
        world.deliver(toLan, Packets.ipv4(header, payload));
    }

    /** About what the edge sent last. */
    private static void icmpError(WireWorld world, Script script) {
        byte[] packet = Arrays.copyOfRange(
                world.lastSent, Math.min(EthernetView.HEADER, world.lastSent.length), world.lastSent.length);
        int shape = script.u8();
        byte[] quoted = Arrays.copyOf(packet, Math.min(packet.length, (shape & 1) == 0 ? 28 : script.u8()));
        if ((shape & 2) != 0 && quoted.length > 0) {
            quoted[script.u8() % quoted.length] = (byte) script.u8();
        }
        byte[] error = Packets.icmp(
                (shape & 4) == 0 ? 3 : 11, (shape & 8) == 0 ? 4 : script.u8() % 16, script.u8() * 8, quoted);
        Ipv4Address to = world.lastSentByLan ? WireWorld.EDGE : WireWorld.VIP;
        world.deliver(
                world.lastSentByLan,
                Packets.ipv4(world.lastSentByLan ? WireWorld.SITE_A : WireWorld.CLIENT, to, Ipv4View.ICMP, error));
    }

    private static byte[] tail(byte[] octets, int from) {
        return Arrays.copyOfRange(octets, from, octets.length);
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void hold(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("does not hold: " + what);
        }
    }

    /** The fuzzer's octets as a script; zeros behind its end. */
    private static final class Script {
        private final byte[] octets;
        private int at;

        Script(byte[] octets) {
            this.octets = octets;
        }

        boolean over() {
            return at >= octets.length;
        }

        int u8() {
            return over() ? 0 : octets[at++] & 0xFF;
        }

        int s8() {
            return (byte) u8();
        }

        byte[] bytes(int count) {
            byte[] taken = Arrays.copyOfRange(octets, Math.min(at, octets.length), Math.min(at + count, octets.length));
            at = Math.min(octets.length, at + count);
            return taken;
        }
    }
}
