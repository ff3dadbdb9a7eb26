package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** IPv4 output (RFC 791): routes, fragments where it must, and hands packets to the neighbour table. */
final class Ipv4 implements IpOutput {
    private static final int TTL = 64;
    private static final int TCP_DATA_OFFSET = 12;

    private final List<Nic> nics;
    private final RouteTable routes;
    private final NeighborTable neighbors;
    private final PathMtuCache pathMtus;
    private final FramePool pool;
    private final FramePool largePool = new FramePool(Ipv4View.LARGEST);
    private final Randomness randomness;
    private final DropCounters drops;
    private final int pooledLength;

    /** @param pooledLength the largest packet that {@code pool}'s frames hold */
    Ipv4(
            List<Nic> nics,
            RouteTable routes,
            NeighborTable neighbors,
            PathMtuCache pathMtus,
            FramePool pool,
            int pooledLength,
            Randomness randomness,
            DropCounters drops) {
        this.nics = nics;
        this.routes = routes;
        this.neighbors = neighbors;
        this.pathMtus = pathMtus;
        this.pool = pool;
        this.pooledLength = pooledLength;
        this.randomness = randomness;
        this.drops = drops;
    }

    @Override
    public Frame allocate() {
        return pool.take();
    }

    /** A frame for {@code length} bytes from {@link #TRANSPORT} on. */
    Frame allocate(int length) {
        return Ipv4View.HEADER + length <= pooledLength ? pool.take() : largePool.take();
    }

    @Override
    public boolean send(Frame frame, int source, int destination, int protocol, int length, boolean dontFragment) {
        Route route = ownsAnywhere(destination) ? null : routes.lookup(destination);
        if (route == null) {
            return refuse(frame, DropReason.NO_ROUTE);
        }
        Nic nic = route.nic();
        int mtu = pathMtus.of(destination, nic.mtu());
        return sendVia(
                nic, route.nextHop(destination), mtu, frame, source, destination, protocol, length, dontFragment);
    }

    /** Sends to a broadcast or group address, which say nothing of the interface; or to a neighbour without a route. */
    boolean sendOn(Nic nic, Frame frame, int source, int destination, int protocol, int length) {
        return sendVia(nic, destination, nic.mtu(), frame, source, destination, protocol, length, false);
    }

    private boolean sendVia(
            Nic nic,
            int nextHop,
            int mtu,
            Frame frame,
            int source,
            int destination,
            int protocol,
            int length,
            boolean dontFragment) {
        int total = Ipv4View.HEADER + length;
        if (total > Ipv4View.LARGEST) {
            return refuse(frame, DropReason.TOO_BIG);
        }
        frame.region(Frame.RECEIVE_START, EthernetView.HEADER + total);
        boolean group = destination >>> 28 == 0xE;
        int ttl = group ? 1 : TTL;
        if (total > mtu && frame.segmentSize() == 0) {
            return dontFragment
                    ? refuse(frame, DropReason.TOO_BIG)
                    : fragment(nic, nextHop, mtu, frame, TRANSPORT, length, source, destination, protocol, ttl, 0);
        }
        // RFC 6864: the identification of a packet that is never fragmented means nothing.
        Ipv4View.emit(
                frame.memory(),
                Frame.BUILD_NETWORK,
                0,
                total,
                dontFragment ? 0 : randomness.nextInt() & 0xFFFF,
                dontFragment ? Ipv4View.DONT_FRAGMENT : 0,
                ttl,
                protocol,
                source,
                destination);
        transmit(nic, nextHop, frame, total, destination);
        return true;
    }

    /** Sends a frame whose IPv4 header is at {@link Frame#BUILD_NETWORK}. */
    void transmit(Nic nic, int nextHop, Frame frame, int total, int destination) {
        if (destination >>> 28 == 0xE) {
            long mac = 0x0100_5E00_0000L | destination & 0x7F_FFFF;
            neighbors.sendTo(frame, Frame.BUILD_NETWORK, total, nic, mac);
        } else if (nic.isBroadcast(destination)) {
            neighbors.sendTo(frame, Frame.BUILD_NETWORK, total, nic, MacAddress.BROADCAST.bits());
        } else {
            int neighbor = neighbors.neighborIndex(nic, nextHop);
            if (neighbor < 0) {
                frame.release();
            } else {
                neighbors.send(frame, Frame.BUILD_NETWORK, total, neighbor);
            }
        }
    }

    /** RFC 791 section 3.2, without options. The frame is given away. */
    private boolean fragment(
            Nic nic,
            int nextHop,
            int mtu,
            Frame frame,
            int payload,
            int length,
            int source,
            int destination,
            int protocol,
            int ttl,
            int trafficClass) {
        if (frame.checksumPartial() && !frame.completeChecksum()) {
            return refuse(frame, DropReason.OFFLOAD_UNAVAILABLE);
        }
        int identification = randomness.nextInt() & 0xFFFF;
        int most = (Math.min(mtu, pooledLength) - Ipv4View.HEADER) & ~7;
        for (int from = 0; from < length; from += most) {
            int count = Math.min(most, length - from);
            Frame part = pool.take();
            MemorySegment.copy(frame.memory(), payload + (long) from, part.memory(), TRANSPORT, count);
            part.region(Frame.RECEIVE_START, EthernetView.HEADER + Ipv4View.HEADER + count);
            Ipv4View.emit(
                    part.memory(),
                    Frame.BUILD_NETWORK,
                    trafficClass,
                    Ipv4View.HEADER + count,
                    identification,
                    (from + count < length ? Ipv4View.MORE_FRAGMENTS : 0) | from / 8,
                    ttl,
                    protocol,
                    source,
                    destination);
            transmit(nic, nextHop, part, Ipv4View.HEADER + count, destination);
        }
        frame.release();
        return true;
    }

    /** Whether {@link #forward} can: the packet fits the next hop's link, or may be cut. */
    boolean fits(IpPacket packet, int neighbor) {
        return packet.totalLength() <= neighbors.nicOf(neighbor).mtu()
                || packet.frame.segmentSize() != 0
                || !dontFragment(packet);
    }

    void forward(IpPacket packet, int neighbor) {
        Frame frame = packet.frame;
        int total = packet.totalLength();
        Nic nic = neighbors.nicOf(neighbor);
        if (total > nic.mtu() && !cut(packet, nic, neighbor)) {
            return;
        }
        neighbors.send(frame, packet.headerOffset, total, neighbor);
    }

    /** @return whether the packet is still to be sent: a super-frame, whose segments now fit */
    private boolean cut(IpPacket packet, Nic nic, int neighbor) {
        Frame frame = packet.frame;
        if (frame.segmentSize() != 0) {
            int headers = packet.payloadOffset - packet.headerOffset;
            if (packet.protocol == Ipv4View.TCP && packet.payloadLength > TCP_DATA_OFFSET) {
                headers += (NetworkOrder.u8(packet.memory(), packet.payloadOffset + TCP_DATA_OFFSET) >>> 4) * 4;
            }
            if (headers + frame.segmentSize() > nic.mtu()) {
                frame.segmentSize(Math.max(1, nic.mtu() - headers));
            }
            return true;
        }
        if (dontFragment(packet)) {
            drops.count(DropReason.TOO_BIG);
            frame.release();
            return false;
        }
        // As the header is now: who forwards has rewritten it.
        MemorySegment m = packet.memory();
        int header = packet.headerOffset;
        fragment(
                nic,
                neighbors.addressOf(neighbor),
                nic.mtu(),
                frame,
                packet.payloadOffset,
                packet.payloadLength,
                NetworkOrder.i32(m, header + Ipv4View.SOURCE),
                NetworkOrder.i32(m, header + Ipv4View.DESTINATION),
                packet.protocol,
                NetworkOrder.u8(m, header + Ipv4View.TTL),
                packet.trafficClass);
        return false;
    }

    private static boolean dontFragment(IpPacket packet) {
        return (NetworkOrder.u16(packet.memory(), packet.headerOffset + Ipv4View.FLAGS_OFFSET) & Ipv4View.DONT_FRAGMENT)
                != 0;
    }

    /** Whether the checksum of a packet of {@code length} bytes behind its IP header may be left to the device. */
    boolean offloadTo(int destination, int length) {
        Route route = routes.lookup(destination);
        return route != null
                && route.nic().device().offload()
                && Ipv4View.HEADER + length
                        <= pathMtus.of(destination, route.nic().mtu());
    }

    boolean ownsAnywhere(int address) {
        for (int i = 0; i < nics.size(); i++) {
            if (nics.get(i).owns(address)) {
                return true;
            }
        }
        return false;
    }

    private boolean refuse(Frame frame, DropReason reason) {
        drops.count(reason);
        frame.release();
        return false;
    }

    @Override
    public int sourceFor(int destination) {
        return routes.sourceFor(destination);
    }

    @Override
    public int pathMtu(int destination) {
        Route route = routes.lookup(destination);
        return route == null
                ? PathMtuCache.LEAST
                : pathMtus.of(destination, route.nic().mtu());
    }

    @Override
    public void pathMtuReduced(int destination, int mtu) {
        pathMtus.reduced(destination, mtu);
    }
}
