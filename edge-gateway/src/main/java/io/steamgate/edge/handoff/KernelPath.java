package io.steamgate.edge.handoff;

import io.steamgate.edge.link.SpliceIndex;
import io.steamgate.edge.link.SpliceNextHops;
import io.steamgate.edge.link.SpliceOrigins;
import io.steamgate.edge.link.SpliceRules;
import io.steamgate.edge.link.SpliceTable;
import io.steamgate.edge.route.LiveRoutes;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Counter;
import io.steamgate.edge.stack.NeighborTable;
import io.steamgate.edge.stack.Nic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The data path of the kernel: tells it of open flows, and learns from it what has passed. Changes of one turn reach it
 * together, at the end of the turn; until they do packets take the user path, with the same translation.
 */
public final class KernelPath implements Offload {
    private final SpliceTable table;
    private final UserPath path;
    private final NeighborTable neighbors;
    private final Map<Nic, SpliceNextHops.Port> ports;
    private final Clock clock;
    private final Clock kernelClock;
    private final DataPathCounters counters = new DataPathCounters();
    private final Counter full = new Counter();
    private final SpliceRules rules = new SpliceRules();
    private final @Nullable Splice[] byNumber;
    /** What has been counted into the flows already. */
    private final long[] packets;

    private final long[] bytes;
    /** Whose rules are still those of before its flow was suspended. */
    private final boolean[] stale;

    private final List<Flow> opening = new ArrayList<>();

    /** @param kernelClock what the kernel tells the time of packets by */
    KernelPath(
            SpliceTable table,
            UserPath path,
            NeighborTable neighbors,
            Map<Nic, SpliceNextHops.Port> ports,
            Clock clock,
            Clock kernelClock) {
        this.table = table;
        this.clock = clock;
        this.kernelClock = kernelClock;
        this.path = path;
        this.neighbors = neighbors;
        this.ports = Map.copyOf(ports);
        byNumber = new @Nullable Splice[table.capacity()];
        packets = new long[table.capacity()];
        bytes = new long[table.capacity()];
        stale = new boolean[table.capacity()];
        if (table.takenOver()) {
            for (SpliceNextHops.FormerNeighbor former : table.nextHops().former()) {
                for (Nic nic : ports.keySet()) {
                    if (nic.index() == former.nic()) {
                        neighbors.restore(former.index(), nic, former.address(), former.mac());
                    }
                }
            }
        }
        neighbors.watch(this::neighborChanged);
    }

    /** What the process before this one has left. */
    Adoption adoption(LiveRoutes routes, DatagramPath datagrams) {
        return new Adoption(table, routes, datagrams);
    }

    /** Goes on forwarding a flow that the kernel has forwarded all the while. */
    void adopt(Adoption.Adopted adopted) {
        adopt(adopted.flow().toEndpoint, adopted.toEndpoint());
        adopt(adopted.flow().toClient, adopted.toClient());
        sync(adopted.flow());
    }

    private void adopt(Splice splice, int number) {
        splice.number = number;
        byNumber[number] = splice;
        // The flow's from its beginning, but not counted again: the last process has, and a counter that starts anew
        // must
        // not leap.
        splice.packets = table.splices().packets(number);
        splice.bytes = table.splices().bytes(number);
        packets[number] = splice.packets;
        bytes[number] = splice.bytes;
    }

    /** Takes away what belongs to no flow. */
    void discard(int number) {
        index(number).leave(number);
    }

    private SpliceIndex index(int number) {
        return table.udp().has(number) ? table.udp() : table.tcp();
    }

    /** Whether there may be something to {@linkplain #adoption adopt}. */
    boolean takenOver() {
        return table.takenOver();
    }

    /** What passed in the kernel, as far as it has been counted: within ten seconds all of it. */
    public DataPathCounters counters() {
        return counters;
    }

    /** Flows that took the user path because there was no room for their splices. */
    public Counter full() {
        return full;
    }

    /** Splices that are the kernel's now, two for each flow. */
    public int splices() {
        return table.used();
    }

    /** Splices that the kernel did not take. */
    public long refused() {
        return table.refused();
    }

    @Override
    public void open(Flow flow) {
        opening.add(flow);
    }

    @Override
    public void turn() {
        table.drainEnds(this::ended);
        for (int i = 0; i < opening.size(); i++) {
            Flow flow = opening.get(i);
            if (flow.state == Flow.State.OPEN && !flow.gone) {
                enter(flow);
            }
        }
        opening.clear();
        table.flush();
    }

    private void enter(Flow flow) {
        if (flow.toEndpoint.number >= 0 && flow.toClient.number >= 0) {
            // Opened twice in one turn, or only suspended one way.
            write(flow.toClient);
            write(flow.toEndpoint);
            return;
        }
        // The reverse way first, so that no answer finds none.
        if (!take(flow.toClient) || !take(flow.toEndpoint)) {
            close(flow);
            full.increment();
        } else if (table.pinned()) {
            origin(flow.toClient, true);
            origin(flow.toEndpoint, false);
        }
    }

    private void origin(Splice splice, boolean toClient) {
        Flow flow = splice.flow;
        table.origins()
                .write(
                        splice.number,
                        new SpliceOrigins.Origin(
                                splice.opposite().number,
                                toClient,
                                flow.id,
                                flow.startedAt,
                                Adoption.hash(flow.listener.listener().name()),
                                Adoption.hash(flow.endpoint.serviceName()),
                                flow.host.orElse("")));
    }

    private boolean take(Splice splice) {
        if (splice.number >= 0) {
            write(splice);
            return true;
        }
        SpliceIndex index = splice.flow instanceof DatagramFlow ? table.udp() : table.tcp();
        int number = index.take();
        if (number < 0) {
            return false;
        }
        splice.number = number;
        byNumber[number] = splice;
        packets[number] = 0;
        bytes[number] = 0;
        write(splice);
        index.enter(number);
        return true;
    }

    private void write(Splice splice) {
        rules.source = splice.source;
        rules.destination = splice.destination;
        rules.ports = splice.ports;
        rules.newSource = splice.newSource;
        rules.newDestination = splice.newDestination;
        rules.newPorts = splice.newPorts;
        rules.seqDelta = splice.seqDelta;
        rules.ackDelta = splice.ackDelta;
        rules.tsValDelta = splice.tsValDelta;
        rules.tsEcrDelta = splice.tsEcrDelta;
        rules.windowShift = splice.windowShift;
        rules.neighbor = splice.neighbor;
        FollowedEnd end = end(splice);
        rules.flags = flags(splice, end);
        rules.followAt = end == null ? 0 : end.followAt;
        if (end == null) {
            table.splices().remember(splice.number, 0, 0, 0, splice.lastTsVal);
        } else {
            // What passes is told by what it is beyond this.
            table.splices().remember(splice.number, end.position, end.ack, end.window, splice.lastTsVal);
            end.acks = table.splices().acks(splice.number);
        }
        table.splices().write(splice.number, rules);
        stale[splice.number] = false;
    }

    private static @Nullable FollowedEnd end(Splice splice) {
        return splice.watch == null ? null : splice.watch.skips();
    }

    private static int flags(Splice splice, @Nullable FollowedEnd end) {
        if (splice.watch == null) {
            return 0;
        }
        return end == null || end.every ? SpliceRules.ALL_TO_EDGE : SpliceRules.FOLLOWED;
    }

    @Override
    public void followed(Flow flow) {
        followed(flow.toEndpoint);
        followed(flow.toClient);
    }

    private void followed(Splice splice) {
        // What is stale is written whole at the end of the turn.
        if (splice.number >= 0 && !stale[splice.number]) {
            FollowedEnd end = end(splice);
            table.splices().follow(splice.number, flags(splice, end), end == null ? 0 : end.followAt);
        }
    }

    @Override
    public void suspend(Flow flow) {
        sync(flow);
        // Another flow of the same client may be the one that its packets find from now on.
        leave(flow.toEndpoint);
        if (flow.toClient.number >= 0) {
            table.splices().follow(flow.toClient.number, SpliceRules.ALL_TO_EDGE, 0);
            stale[flow.toClient.number] = true;
        }
    }

    @Override
    public void close(Flow flow) {
        sync(flow);
        leave(flow.toEndpoint);
        leave(flow.toClient);
    }

    private void leave(Splice splice) {
        if (splice.number >= 0) {
            byNumber[splice.number] = null;
            index(splice.number).leave(splice.number);
            splice.number = -1;
        }
    }

    @Override
    public void sync(Flow flow) {
        sync(flow.toEndpoint);
        sync(flow.toClient);
    }

    private void sync(Splice splice) {
        int number = splice.number;
        if (number < 0) {
            return;
        }
        long morePackets = table.splices().packets(number) - packets[number];
        if (morePackets == 0) {
            return;
        }
        long moreBytes = table.splices().bytes(number) - bytes[number];
        packets[number] += morePackets;
        bytes[number] += moreBytes;
        splice.packets += morePackets;
        splice.bytes += moreBytes;
        counters.forwarded(splice, morePackets, moreBytes);
        long seen = clock.nanos()
                - Math.max(0, kernelClock.nanos() - table.splices().lastSeen(number));
        if (seen - splice.flow.lastSeen > 0) {
            splice.flow.lastSeen = seen;
        }
        int tsVal = table.splices().tsVal(number);
        if (tsVal - splice.lastTsVal > 0) {
            splice.lastTsVal = tsVal;
        }
    }

    @Override
    public boolean seen(Splice splice, Seen into) {
        int number = splice.number;
        if (number < 0) {
            return false;
        }
        into.highest = table.splices().highest(number);
        into.ack = table.splices().ack(number);
        into.window = table.splices().window(number);
        into.acks = table.splices().acks(number);
        into.tsVal = table.splices().tsVal(number);
        return true;
    }

    private void ended(int number) {
        Splice splice = byNumber[number];
        // A number that was given away meanwhile has seen none.
        if (splice != null && table.splices().ended(number)) {
            path.finPassed(splice);
        }
    }

    private void neighborChanged(int index, Nic nic, int address, long mac) {
        SpliceNextHops.Port port = ports.get(nic);
        if (port != null && index < SpliceNextHops.MOST) {
            table.nextHops().set(index, port, nic.index(), address, mac);
        }
    }
}
