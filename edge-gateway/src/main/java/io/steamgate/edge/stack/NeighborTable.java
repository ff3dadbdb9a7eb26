package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.Neighbor.State;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Next hops and their link addresses. Each has a small index that stays the same while it is {@linkplain #pin pinned}, so
 * a flow holds an index, and one answer from a neighbour whose card was changed moves all flows at once.
 *
 * <p>Entries come into being only because this stack wants to send; nothing that others announce adds one. The table is
 * bounded, and so is what waits in it.
 */
public final class NeighborTable {
    private static final long RETRY = Clock.NANOS_PER_SECOND;
    private static final int ATTEMPTS = 3;
    /** Between two tries to find a neighbour that does not answer but that flows still need. */
    private static final long FAILED_RETRY = 5 * Clock.NANOS_PER_SECOND;

    private static final int WAITING_IN_ALL = 1024;

    /** Asks for a neighbour's link address; {@code mac} is 0 to ask everyone. */
    @FunctionalInterface
    interface Solicitor {
        void solicit(Nic nic, int address, long mac);
    }

    /** One entry, for people. */
    public record Entry(int index, String nic, Ipv4Address address, MacAddress mac, String state, int flows) {}

    private final Timers timers;
    private final FramePool pool;
    private final DropCounters drops;
    private final StackSettings settings;
    private final Solicitor solicitor;
    private Watcher watcher = (index, nic, address, mac) -> {};
    private final int[] heads;
    private final ArrayList<Neighbor> entries = new ArrayList<>();
    private final ArrayDeque<Neighbor> free = new ArrayDeque<>();
    private final long secret;
    private int waiting;
    private int hand;

    NeighborTable(
            Timers timers,
            FramePool pool,
            DropCounters drops,
            StackSettings settings,
            long secret,
            Solicitor solicitor) {
        this.timers = timers;
        this.pool = pool;
        this.drops = drops;
        this.settings = settings;
        this.secret = secret;
        this.solicitor = solicitor;
        heads = new int[Math.max(16, Integer.highestOneBit(settings.neighborEntries()) * 2)];
        Arrays.fill(heads, -1);
    }

    /**
     * The index of a next hop, which is asked for its link address when it is new. Valid until the end of the turn, or
     * while {@linkplain #pin pinned}.
     *
     * @return -1 when every entry is in use by flows
     */
    public int neighborIndex(Nic nic, int address) {
        Neighbor known = find(nic, address);
        if (known != null) {
            return known.index;
        }
        Neighbor fresh = take(nic);
        if (fresh == null) {
            drops.count(DropReason.NEIGHBOR_TABLE_FULL);
            return -1;
        }
        fresh.nic = nic;
        fresh.address = address;
        link(fresh);
        resolve(fresh);
        return fresh.index;
    }

    /** Is told of link addresses, for a copy of the table elsewhere. */
    public interface Watcher {
        /** @param mac the link address of the next hop from now on; 0 while it is not known */
        void changed(int index, Nic nic, int address, long mac);
    }

    /** Tells {@code watcher} of what is known and of each change from now on. */
    public void watch(Watcher watcher) {
        this.watcher = watcher;
        for (Neighbor neighbor : entries) {
            watcher.changed(neighbor.index, neighbor.nic, neighbor.address, neighbor.mac);
        }
    }

    /**
     * Puts in a next hop that another table had at the same index, before anything else is in this one. It is used at once
     * and asked soon whether it is still there.
     */
    public void restore(int index, Nic nic, int address, long mac) {
        while (entries.size() <= index) {
            Neighbor gap = new Neighbor(entries.size(), nic, this);
            entries.add(gap);
            free.addLast(gap);
        }
        Neighbor neighbor = entries.get(index);
        if (neighbor.state != State.FREE) {
            throw new IllegalStateException("neighbour " + index + " is in use");
        }
        free.remove(neighbor);
        neighbor.nic = nic;
        neighbor.address = address;
        neighbor.mac = mac;
        link(neighbor);
        enter(neighbor, State.REACHABLE, RETRY);
    }

    private void link(Neighbor neighbor) {
        int bucket = bucket(neighbor.nic, neighbor.address);
        neighbor.next = heads[bucket];
        heads[bucket] = neighbor.index;
    }

    private void mac(Neighbor neighbor, long mac) {
        if (neighbor.mac != mac) {
            neighbor.mac = mac;
            watcher.changed(neighbor.index, neighbor.nic, neighbor.address, mac);
        }
    }

    /** Keeps an index from being given to another neighbour, and its link address fresh. Counted. */
    public void pin(int index) {
        entries.get(index).pins++;
    }

    public void unpin(int index) {
        Neighbor neighbor = entries.get(index);
        if (neighbor.pins == 0) {
            throw new IllegalStateException("neighbour " + index + " is not pinned");
        }
        neighbor.pins--;
    }

    /** The link address of a next hop; 0 while unknown. */
    public long macOf(int index) {
        return entries.get(index).mac;
    }

    public int addressOf(int index) {
        return entries.get(index).address;
    }

    public Nic nicOf(int index) {
        return entries.get(index).nic;
    }

    /**
     * Puts a link header in front of an IPv4 packet and transmits it; the frame is given away. While the neighbour is
     * being asked for its address a copy waits, among a few.
     *
     * @param networkOffset where the IPv4 header starts in the frame's memory; what is before it may be overwritten
     * @param packetLength bytes from there on
     */
    public void send(Frame frame, int networkOffset, int packetLength, int index) {
        Neighbor neighbor = entries.get(index);
        neighbor.used = true;
        if (!encapsulate(frame, networkOffset, packetLength, neighbor.nic, neighbor.mac)) {
            return;
        }
        if (neighbor.mac != 0) {
            neighbor.nic.device().transmit(frame);
        } else {
            enqueue(neighbor, frame);
        }
    }

    /** Like {@link #send}, to a broadcast or group address. */
    void sendTo(Frame frame, int networkOffset, int packetLength, Nic nic, long mac) {
        if (encapsulate(frame, networkOffset, packetLength, nic, mac)) {
            nic.device().transmit(frame);
        }
    }

    public int size() {
        return entries.size() - free.size();
    }

    public List<Entry> list() {
        List<Entry> list = new ArrayList<>();
        for (Neighbor neighbor : entries) {
            if (neighbor.state != State.FREE) {
                list.add(new Entry(
                        neighbor.index,
                        neighbor.nic.toString(),
                        new Ipv4Address(neighbor.address),
                        new MacAddress(neighbor.mac),
                        neighbor.state.name(),
                        neighbor.pins));
            }
        }
        return list;
    }

    /**
     * A neighbour has spoken. ARP has no checksum: an address that is new and that the frame itself did not come from is
     * believed only when it is heard twice, and everyone is asked meanwhile. Some who send for others are right in doing so.
     */
    void hear(Nic nic, int address, long mac, long from) {
        Neighbor neighbor = find(nic, address);
        if (neighbor == null || mac == from || mac == neighbor.mac || mac == neighbor.doubted) {
            learn(nic, address, mac);
            return;
        }
        drops.count(DropReason.ARP_MISMATCH);
        long now = timers.clock().nanos();
        if (neighbor.doubted == 0 || now - neighbor.doubtedAt >= RETRY) {
            neighbor.doubtedAt = now;
            solicitor.solicit(nic, address, 0);
        }
        neighbor.doubted = mac;
    }

    /** Takes a link address for true. Only that of a neighbour that is known. @return whether it is */
    boolean learn(Nic nic, int address, long mac) {
        Neighbor neighbor = find(nic, address);
        if (neighbor == null) {
            return false;
        }
        mac(neighbor, mac);
        neighbor.doubted = 0;
        neighbor.attempts = 0;
        enter(neighbor, State.REACHABLE, settings.reachableNanos() * 3 / 4);
        for (Frame frame = neighbor.waiting.pollFirst(); frame != null; frame = neighbor.waiting.pollFirst()) {
            waiting--;
            NetworkOrder.put48(frame.memory(), frame.start() + EthernetView.DESTINATION, mac);
            nic.device().transmit(frame);
        }
        return true;
    }

    /** Forgets what is known of a NIC's neighbours; those that flows use are asked again. */
    void forget(Nic nic) {
        for (Neighbor neighbor : entries) {
            if (neighbor.state != State.FREE && neighbor.nic == nic) {
                mac(neighbor, 0);
                if (neighbor.pins > 0) {
                    resolve(neighbor);
                } else {
                    release(neighbor);
                }
            }
        }
    }

    void timeOut(Neighbor neighbor) {
        switch (neighbor.state) {
            case FREE -> {}
            case INCOMPLETE -> {
                if (neighbor.attempts < ATTEMPTS) {
                    ask(neighbor, 0);
                } else {
                    fail(neighbor);
                }
            }
            case REACHABLE -> {
                if (neighbor.used || neighbor.pins > 0) {
                    probe(neighbor);
                } else {
                    enter(neighbor, State.STALE, settings.reachableNanos() / 4);
                }
            }
            case STALE -> {
                if (neighbor.used || neighbor.pins > 0) {
                    probe(neighbor);
                } else {
                    release(neighbor);
                }
            }
            case PROBE -> {
                // RFC 1122 section 2.3.2.1: unicast first; then everyone, for its address may have moved.
                if (neighbor.attempts < ATTEMPTS) {
                    ask(neighbor, neighbor.mac);
                } else if (neighbor.attempts < 2 * ATTEMPTS) {
                    ask(neighbor, 0);
                } else {
                    mac(neighbor, 0);
                    fail(neighbor);
                }
            }
            case FAILED -> {
                if (neighbor.pins > 0) {
                    neighbor.state = State.INCOMPLETE;
                    neighbor.attempts = ATTEMPTS - 1;
                    ask(neighbor, 0);
                } else {
                    release(neighbor);
                }
            }
        }
    }

    private void resolve(Neighbor neighbor) {
        neighbor.state = State.INCOMPLETE;
        neighbor.attempts = 0;
        ask(neighbor, 0);
    }

    private void probe(Neighbor neighbor) {
        neighbor.state = State.PROBE;
        neighbor.used = false;
        neighbor.attempts = 0;
        ask(neighbor, neighbor.mac);
    }

    private void ask(Neighbor neighbor, long mac) {
        neighbor.attempts++;
        timers.armIn(neighbor.timer, RETRY);
        solicitor.solicit(neighbor.nic, neighbor.address, mac);
    }

    private void fail(Neighbor neighbor) {
        dropWaiting(neighbor);
        if (neighbor.pins > 0) {
            enter(neighbor, State.FAILED, FAILED_RETRY);
        } else {
            release(neighbor);
        }
    }

    private void enter(Neighbor neighbor, State state, long nanos) {
        neighbor.state = state;
        if (state != State.STALE) {
            neighbor.used = false;
        }
        timers.armIn(neighbor.timer, nanos);
    }

    private void dropWaiting(Neighbor neighbor) {
        for (Frame frame = neighbor.waiting.pollFirst(); frame != null; frame = neighbor.waiting.pollFirst()) {
            waiting--;
            drops.count(DropReason.NEIGHBOR_UNREACHABLE);
            frame.release();
        }
    }

    private void release(Neighbor neighbor) {
        dropWaiting(neighbor);
        timers.cancel(neighbor.timer);
        unlink(neighbor);
        neighbor.state = State.FREE;
        mac(neighbor, 0);
        neighbor.doubted = 0;
        neighbor.used = false;
        free.addLast(neighbor);
    }

    private void unlink(Neighbor neighbor) {
        int bucket = bucket(neighbor.nic, neighbor.address);
        if (heads[bucket] == neighbor.index) {
            heads[bucket] = neighbor.next;
        } else {
            for (int i = heads[bucket]; i >= 0; i = entries.get(i).next) {
                Neighbor before = entries.get(i);
                if (before.next == neighbor.index) {
                    before.next = neighbor.next;
                }
            }
        }
        neighbor.next = -1;
    }

    private @Nullable Neighbor take(Nic nic) {
        Neighbor neighbor = free.pollFirst();
        if (neighbor != null) {
            return neighbor;
        }
        if (entries.size() < settings.neighborEntries()) {
            neighbor = new Neighbor(entries.size(), nic, this);
            entries.add(neighbor);
            return neighbor;
        }
        // Second chance: the first one that no flow holds and nobody has used since the hand came by.
        for (int i = 0; i < 2 * entries.size(); i++) {
            Neighbor candidate = entries.get(hand);
            hand = (hand + 1) % entries.size();
            if (candidate.pins == 0) {
                if (candidate.used && candidate.mac != 0) {
                    candidate.used = false;
                } else {
                    release(candidate);
                    return free.pollFirst();
                }
            }
        }
        return null;
    }

    private void enqueue(Neighbor neighbor, Frame frame) {
        if (neighbor.state == State.FAILED) {
            drops.count(DropReason.NEIGHBOR_UNREACHABLE);
            frame.release();
            return;
        }
        // The original may be a device's, which will receive into it again.
        Frame copy = pool.copyOf(frame);
        frame.release();
        if (neighbor.waiting.size() >= settings.neighborQueue()) {
            // RFC 1122 section 2.3.2.2: the latest packets are the ones worth saving.
            neighbor.waiting.removeFirst().release();
            waiting--;
            drops.count(DropReason.NEIGHBOR_QUEUE_FULL);
        } else if (waiting >= WAITING_IN_ALL) {
            copy.release();
            drops.count(DropReason.NEIGHBOR_QUEUE_FULL);
            return;
        }
        neighbor.waiting.addLast(copy);
        waiting++;
    }

    private boolean encapsulate(Frame frame, int networkOffset, int packetLength, Nic nic, long mac) {
        int start = networkOffset - EthernetView.headerLength(nic.vlan());
        frame.moveStart(start);
        frame.region(start, networkOffset + packetLength - start);
        EthernetView.emit(frame.memory(), start, mac, nic.macBits(), nic.vlan(), EthernetView.IPV4);
        if (!nic.device().offload()
                && (frame.segmentSize() != 0 || frame.checksumPartial() && !frame.completeChecksum())) {
            drops.count(DropReason.OFFLOAD_UNAVAILABLE);
            frame.release();
            return false;
        }
        return true;
    }

    private @Nullable Neighbor find(Nic nic, int address) {
        for (int i = heads[bucket(nic, address)]; i >= 0; i = entries.get(i).next) {
            Neighbor neighbor = entries.get(i);
            if (neighbor.address == address && neighbor.nic == nic) {
                return neighbor;
            }
        }
        return null;
    }

    private int bucket(Nic nic, int address) {
        long hash = ((long) nic.index() << 32 ^ address ^ secret) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> 40) & (heads.length - 1);
    }
}
