package io.steamgate.edge.handoff;

import io.steamgate.edge.handoff.Splice.Way;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.Health;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.stack.DropReason;
import io.steamgate.edge.stack.IcmpError;
import io.steamgate.edge.stack.Interceptor;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.stack.Udp;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.NetworkOrder;
import io.steamgate.edge.wire.ProxyHeader;
import io.steamgate.edge.wire.UdpView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes datagrams on ports of the VIP. The first of a client's port decides, by the listener's port and the client's address,
 * and opens a flow; from then on datagrams are translated where they lie and sent on, both ways. There is room for so many
 * flows: one more takes the place of the one that was used least recently. The poll loop's.
 */
public final class DatagramPath implements Interceptor {
    /**
     * From which datagram of its client on a flow may be forwarded elsewhere. Most questions of DNS come from a port of their
     * own: telling the kernel of each would cost more than it spares.
     */
    private static final int WORTH_AN_OFFER = 4;
    /** Flows looked at when one has to go, lest many that only the kernel sees are asked for one after the other. */
    private static final int EVICTION_TRIES = 8;

    private final Gateway gateway;
    private final Stack stack;
    private final Clock clock;
    private final int most;
    private final FlowTable table;
    private final DataPathCounters passed;
    private final DatagramCounters counters = new DatagramCounters();
    private final DatagramOpener opener;
    private final List<DatagramLane> lanes = new ArrayList<>();
    private final UdpView view = new UdpView();
    /** A datagram with what introduces it. */
    private final MemorySegment introduced = MemorySegment.ofArray(new byte[ProxyHeader.LENGTH_V4 + Ipv4View.LARGEST]);

    private Offload offload = Offload.NONE;
    private boolean holding;
    private long now;
    private int swept;

    /**
     * @param most flows at the same time
     * @param passed counts what is forwarded
     */
    DatagramPath(Gateway gateway, Stack stack, Clock clock, Randomness randomness, int most, DataPathCounters passed) {
        this.gateway = gateway;
        this.stack = stack;
        this.clock = clock;
        this.most = most;
        this.passed = passed;
        table = new FlowTable(randomness.nextLong());
        opener = new DatagramOpener(gateway, stack.output(), randomness, counters);
        now = clock.nanos();
    }

    public DatagramCounters counters() {
        return counters;
    }

    /** Flows that there are now. */
    public int flows() {
        return table.size() / 2;
    }

    /** Lets flows be forwarded elsewhere from now on. */
    void offload(Offload to) {
        offload = to;
    }

    /** Whether flows of a process that has ended are still to be adopted. */
    void hold(boolean until) {
        holding = until;
    }

    void listen(ListenerState listener, List<Ipv4Address> addresses) {
        lanes.add(new DatagramLane(listener, addresses));
    }

    /** Flows of the listener go on. */
    void close(ListenerState listener) {
        for (DatagramLane lane : lanes) {
            lane.closed |= lane.listener == listener;
        }
    }

    @Override
    public boolean intercept(IpPacket packet) {
        if (packet.payloadLength() < UdpView.HEADER) {
            return false;
        }
        int ports = NetworkOrder.i32(packet.memory(), packet.payloadOffset());
        Splice splice = table.find(packet.source(), packet.destination(), ports);
        if (splice == null) {
            return open(packet, ports);
        }
        if (!view.wrap(packet.memory(), packet.payloadOffset(), packet.payloadLength())) {
            counters.malformed().increment();
            return true;
        }
        if (splice.way == Way.TO_ENDPOINT && splice.flow.endpoint.health() == Health.UNHEALTHY) {
            end((DatagramFlow) splice.flow, FlowEnd.LOST);
            return open(packet, ports);
        }
        pass(packet, splice);
        return true;
    }

    // --- opening ---------------------------------------------------------------------------------------------------

    private boolean open(IpPacket packet, int ports) {
        if (holding) {
            passed.held().increment();
            return true;
        }
        DatagramLane lane = lane(packet.destination(), ports & 0xFFFF);
        if (lane == null) {
            return false;
        }
        if (!view.wrap(packet.memory(), packet.payloadOffset(), packet.payloadLength())) {
            counters.malformed().increment();
            return true;
        }
        if (!lane.listener.admit(new Ipv4Address(packet.source()))) {
            return true;
        }
        DatagramFlow flow = open(lane, packet.source(), ports >>> 16, packet.destination(), ports & 0xFFFF, List.of());
        if (flow == null) {
            // So that the client asks elsewhere at once.
            stack.icmp().portUnreachable(packet);
        } else {
            pass(packet, flow.toEndpoint);
        }
        return true;
    }

    private @Nullable DatagramFlow open(
            DatagramLane lane, int client, int clientPort, int vip, int vipPort, List<EndpointState> tried) {
        DatagramFlow flow = opener.open(lane, client, clientPort, vip, vipPort, tried);
        if (flow == null) {
            return null;
        }
        if (flows() >= most) {
            evict();
        }
        enter(flow);
        return flow;
    }

    private @Nullable DatagramLane lane(int address, int port) {
        for (int i = 0; i < lanes.size(); i++) {
            if (lanes.get(i).takes(address, port)) {
                return lanes.get(i);
            }
        }
        return null;
    }

    private void enter(DatagramFlow flow) {
        for (Splice splice : List.of(flow.toClient, flow.toEndpoint)) {
            // A client that talks from one port to two addresses of the edge comes to its endpoint as one.
            Splice other = table.find(splice.source, splice.destination, splice.ports);
            if (other != null) {
                end((DatagramFlow) other.flow, FlowEnd.REPLACED);
            }
            table.put(splice);
        }
        flow.state = Flow.State.OPEN;
        flow.lastSeen = now;
        flow.lane.add(flow);
        flow.listener.flowOpened();
        flow.endpoint.flowOpened();
    }

    /** Takes in a flow that is forwarded elsewhere already. */
    void adopt(DatagramFlow flow) {
        opener.claim(flow);
        flow.offered = true;
        enter(flow);
    }

    /** Of a listener that is in force. */
    DatagramLane laneOf(ListenerState listener) {
        for (DatagramLane lane : lanes) {
            if (lane.listener == listener) {
                return lane;
            }
        }
        throw new IllegalStateException("no datagrams are taken for " + listener);
    }

    // --- passing ---------------------------------------------------------------------------------------------------

    private void pass(IpPacket packet, Splice splice) {
        DatagramFlow flow = (DatagramFlow) splice.flow;
        boolean toEndpoint = splice.way == Way.TO_ENDPOINT;
        if (packet.ttl() <= 1) {
            passed.lifetimeExceeded().increment();
            stack.icmp().timeExceeded(packet);
            return;
        }
        boolean whole = flow.plain() || !toEndpoint;
        if (whole ? !stack.fits(packet, splice.neighbor) : !introduce(packet, flow)) {
            return;
        }
        count(splice, packet.totalLength());
        flow.lastSeen = now;
        flow.lane.touch(flow);
        if (whole) {
            Translation.datagram(packet, splice);
            stack.forward(packet, splice.neighbor);
        }
        if (toEndpoint) {
            if (!flow.offered && flow.plain() && splice.packets >= WORTH_AN_OFFER) {
                flow.offered = true;
                offload.open(flow);
            }
            return;
        }
        if (splice.packets == 1) {
            flow.endpoint.connected();
        }
        if (flow.questions && !flow.offered && splice.packets >= flow.toEndpoint.packets) {
            end(flow, FlowEnd.ANSWERED);
        }
    }

    private void count(Splice splice, int length) {
        splice.packets++;
        splice.bytes += length;
        passed.forwarded(splice, 1, length);
    }

    /**
     * Sends a datagram to its endpoint with the header before it that tells its client, in fragments where it must: the path
     * has room for so much less.
     *
     * @return false when it was dropped
     */
    private boolean introduce(IpPacket packet, DatagramFlow flow) {
        // A new sum would hide damage.
        if (!packet.frame().checksumTrusted() && !view.checksumValid(packet.source(), packet.destination())) {
            counters.malformed().increment();
            return false;
        }
        int segment = packet.frame().segmentSize();
        int piece = segment == 0 ? Math.max(1, view.payloadLength()) : segment;
        boolean sent = false;
        int at = 0;
        do {
            int length = Math.min(piece, view.payloadLength() - at);
            sent |= send(flow, packet.memory(), view.payloadOffset() + at, length);
            at += piece;
        } while (at < view.payloadLength());
        return sent;
    }

    private boolean send(DatagramFlow flow, MemorySegment memory, int offset, int length) {
        int head = flow.introduction.length;
        if (head + length > Udp.LARGEST_PAYLOAD) {
            stack.drops().count(DropReason.TOO_BIG);
            return false;
        }
        MemorySegment.copy(flow.introduction, 0, introduced, ValueLayout.JAVA_BYTE, 0, head);
        MemorySegment.copy(memory, offset, introduced, head, length);
        Flow.Path path = flow.path;
        return stack.udp()
                .send(
                        path.local(),
                        path.localPort(),
                        path.endpoint(),
                        path.endpointPort(),
                        introduced,
                        0,
                        head + length);
    }

    /** Passes an ICMP error about a datagram on to the end that sent it. */
    @Override
    public boolean interceptError(IcmpError error, IpPacket packet, int quotedOffset, int quotedLength) {
        Splice splice = IcmpTranslation.quoted(packet, quotedOffset, quotedLength, Ipv4View.UDP, table);
        if (splice == null) {
            return false;
        }
        if (splice.way == Way.TO_ENDPOINT && error.portUnreachable()) {
            splice.flow.endpoint.connectFailed();
            if (tryNext((DatagramFlow) splice.flow, packet.memory(), quotedOffset, quotedLength)) {
                return true;
            }
        }
        Splice back = splice.opposite();
        if (packet.ttl() > 1 && back.neighbor >= 0) {
            IcmpTranslation.apply(packet, splice, quotedOffset, back.newSource);
            passed.icmpErrors().increment();
            stack.forward(packet, back.neighbor);
        }
        return true;
    }

    /**
     * An endpoint has refused the first datagram of a flow. Most hosts quote as much of it as fits 576 bytes (RFC 1812 section
     * 4.3.2.3): where that is all, another endpoint gets it, and its client need not ask again.
     *
     * @return whether another one got it
     */
    private boolean tryNext(DatagramFlow flow, MemorySegment memory, int quote, int quoteLength) {
        int udp = quote + (NetworkOrder.u8(memory, quote) & 0xF) * 4;
        int head = UdpView.HEADER + flow.introduction.length;
        int length = NetworkOrder.u16(memory, udp + UdpView.LENGTH) - head;
        boolean whole = length >= 0 && udp + head + length <= quote + quoteLength;
        if (!whole || flow.toEndpoint.packets != 1 || flow.toClient.packets != 0 || flow.lane.closed) {
            return false;
        }
        List<EndpointState> tried = new ArrayList<>(flow.tried);
        tried.add(flow.endpoint);
        Flow.Path path = flow.path;
        // Takes the place of this one.
        DatagramFlow next = open(flow.lane, path.client(), path.clientPort(), path.vip(), path.vipPort(), tried);
        if (next == null) {
            return false;
        }
        count(next.toEndpoint, Ipv4View.HEADER + UdpView.HEADER + length);
        return send(next, memory, udp + head, length);
    }

    // --- ending ----------------------------------------------------------------------------------------------------

    private void end(DatagramFlow flow, FlowEnd why) {
        if (flow.gone) {
            return;
        }
        offload.close(flow);
        table.remove(flow.toEndpoint);
        table.remove(flow.toClient);
        flow.lane.remove(flow);
        flow.gone = true;
        flow.state = Flow.State.CLOSED;
        flow.listener.flowClosed();
        flow.endpoint.flowClosed();
        opener.release(flow);
        counters.ended().of(why.label()).increment();
        if (!flow.questions) {
            gateway.observer().datagramsEnded(FlowView.of(flow, clock.nanos()), why);
        }
    }

    private void evict() {
        for (int i = 0; i < EVICTION_TRIES; i++) {
            DatagramFlow least = null;
            for (DatagramLane lane : lanes) {
                DatagramFlow oldest = lane.oldest();
                if (oldest != null && (least == null || oldest.lastSeen - least.lastSeen < 0)) {
                    least = oldest;
                }
            }
            if (least == null) {
                return;
            }
            if (i == EVICTION_TRIES - 1 || !usedElsewhere(least)) {
                end(least, FlowEnd.EVICTED);
                return;
            }
        }
    }

    /**
     * Whether it turns out that datagrams have passed elsewhere: it is a recent one then. Whoever takes in what has passed does it
     * here, or the order of use would not know.
     */
    private boolean usedElsewhere(DatagramFlow flow) {
        long before = flow.lastSeen;
        offload.sync(flow);
        if (flow.lastSeen == before) {
            return false;
        }
        flow.lane.touch(flow);
        return true;
    }

    /** Ends what is over, and looks at {@code slots} slots of the table for flows whose endpoint is lost. */
    void sweep(int slots) {
        now = clock.nanos();
        for (DatagramLane lane : lanes) {
            long limit = lane.listener.listener().idleTimeout().toNanos();
            for (DatagramFlow flow = lane.oldest(); flow != null && now - flow.lastSeen > limit; flow = lane.oldest()) {
                if (!usedElsewhere(flow) || now - flow.lastSeen > limit) {
                    end(flow, FlowEnd.IDLE);
                }
            }
        }
        lanes.removeIf(lane -> lane.closed && lane.oldest() == null);
        for (int i = 0; i < slots && table.size() > 0; i++) {
            swept = swept + 1 < table.capacity() ? swept + 1 : 0;
            Splice splice = table.at(swept);
            if (splice == null || splice.way != Way.TO_CLIENT) {
                continue;
            }
            DatagramFlow flow = (DatagramFlow) splice.flow;
            usedElsewhere(flow);
            if (flow.endpoint.health() == Health.UNHEALTHY) {
                end(flow, FlowEnd.LOST);
                // Removal closes gaps by moving entries back: look at this slot again.
                swept--;
            }
        }
    }

    int portsInUse() {
        return opener.portsInUse();
    }

    /** Slots that one full sweep looks at. */
    int slots() {
        return table.capacity();
    }

    void forEach(Consumer<Flow> action) {
        for (int i = 0; i < table.capacity(); i++) {
            Splice splice = table.at(i);
            if (splice != null && splice.way == Way.TO_CLIENT) {
                usedElsewhere((DatagramFlow) splice.flow);
                action.accept(splice.flow);
            }
        }
    }
}
