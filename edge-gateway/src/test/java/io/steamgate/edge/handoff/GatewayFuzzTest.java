package io.steamgate.edge.handoff;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.edge.stack.Packets;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
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
    private static final byte[] SYN_OPTIONS = {2, 4, 5, (byte) 0xB4, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 3, 7};
    private static final int[] PORTS = {80, 443, 25, 81};
    private static final int[] DATAGRAM_PORTS = {53, 5000, 5001, 5002};

    @FuzzTest
    void fuzz(byte[] octets) {
        Script script = new Script(octets);
        WireWorld world = new WireWorld();
        for (int step = 0; step < MOST_STEPS && !script.over(); step++) {
            play(world, script);
        }
        // Most of an execution's time is spent here: minutes in which nothing can happen are not waited for.
        for (long passed = 0; passed < ALL_OVER && !nothingIsLeft(world); passed += AT_ONCE) {
            world.pass(AT_ONCE);
        }
        world.pass(AFTERWARDS);
        hold(world.loop.counters().failures().get() == 0, "nothing throws");
        hold(world.gateway.following() == 0, "nobody is followed for ever");
        hold(world.gateway.followReserved() == 0, "the budget is whole again");
        hold(world.gateway.portsInUse() == 0, "every port is given back");
        hold(world.gateway.flows(10, flow -> true).isEmpty(), "every flow has ended");
        hold(world.stack.fragmentBytes() == 0, "no fragment waits");
        hold(world.stack.pool().outstanding() == 0, "every frame is given back");
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
            case 1 -> world.pass(1L << (script.u8() % 18));
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
            payload = snippet < 200 ? SNIPPETS.get(snippet % SNIPPETS.size()) : script.bytes(snippet - 200);
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
