package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Fragments that wait to be whole (RFC 791 section 3.2). What overlaps is an attack and ends the whole datagram (RFC 5722,
 * done here for IPv4); memory is bounded in all and for each source, the oldest datagram makes room.
 */
final class Fragments {
    /** What an entry or a fragment costs besides its bytes, so that many small ones are bounded too. */
    private static final int OVERHEAD = 512;

    private record Key(int source, int destination, int protocol, int identification) {}

    /** A datagram in the making; bytes by offset. */
    private static final class Datagram {
        final Key key;
        final Nic nic;
        final long deadline;
        final TreeMap<Integer, byte[]> parts = new TreeMap<>();
        byte[] header = new byte[0];
        /** Of the whole payload, in bytes; -1 until the last fragment is here. */
        int total = -1;

        int received;
        int cost;

        Datagram(Key key, Nic nic, long deadline) {
            this.key = key;
            this.nic = nic;
            this.deadline = deadline;
        }
    }

    /** Told of a datagram that did not become whole, when its first fragment is there to be quoted. */
    @FunctionalInterface
    interface TimeoutListener {
        /** @param packet the header and payload of the first fragment */
        void timedOut(Nic nic, byte[] packet, int headerLength);
    }

    private final Timers timers;
    private final DropCounters drops;
    private final StackSettings settings;
    private final TimeoutListener listener;
    private final LinkedHashMap<Key, Datagram> datagrams = new LinkedHashMap<>();
    private final Map<Integer, Integer> costBySource = new HashMap<>();
    private final Timers.Timer timer = new Timers.Timer(this::timeOut);
    private int cost;

    Fragments(Timers timers, DropCounters drops, StackSettings settings, TimeoutListener listener) {
        this.timers = timers;
        this.drops = drops;
        this.settings = settings;
        this.listener = listener;
    }

    /** Bytes held, overhead included. */
    int cost() {
        return cost;
    }

    int size() {
        return datagrams.size();
    }

    /**
     * Takes a fragment.
     *
     * @return a frame of its own memory that holds the whole packet, from its IPv4 header at {@link Frame#BUILD_NETWORK}
     *     on, when this fragment was the missing one
     */
    @Nullable
    Frame add(Nic nic, MemorySegment memory, int offset, Ipv4View view) {
        int from = view.fragmentOffset();
        int length = view.payloadLength();
        int end = from + length;
        if (length == 0 || view.moreFragments() && length % 8 != 0 || view.headerLength() + end > Ipv4View.LARGEST) {
            drops.count(DropReason.MALFORMED_FRAGMENT);
            return null;
        }
        Key key = new Key(view.source(), view.destination(), view.protocol(), view.identification());
        Datagram datagram = datagrams.get(key);
        if (datagram == null) {
            datagram = new Datagram(key, nic, timers.clock().nanos() + settings.reassemblyNanos());
            datagrams.put(key, datagram);
            charge(datagram, OVERHEAD);
            if (!timer.armed()) {
                timers.armAt(timer, datagram.deadline);
            }
        }
        byte[] same = datagram.parts.get(from);
        if (same != null && same.length == length) {
            return null; // Duplicated on its way.
        }
        if (overlaps(datagram, from, end)
                || datagram.total >= 0 && (end > datagram.total || !view.moreFragments())
                || !view.moreFragments() && !datagram.parts.isEmpty() && datagram.parts.lastKey() > from) {
            drops.count(DropReason.FRAGMENT_OVERLAP);
            remove(datagram);
            return null;
        }
        byte[] bytes = new byte[length];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, view.payloadOffset(), bytes, 0, length);
        datagram.parts.put(from, bytes);
        datagram.received += length;
        if (from == 0) {
            datagram.header = new byte[view.headerLength()];
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, datagram.header, 0, view.headerLength());
        }
        if (!view.moreFragments()) {
            datagram.total = end;
        }
        charge(datagram, length + OVERHEAD);
        if (datagram.received == datagram.total) {
            remove(datagram);
            return assemble(datagram);
        }
        makeRoom(datagram);
        return null;
    }

    private static boolean overlaps(Datagram datagram, int from, int end) {
        Map.Entry<Integer, byte[]> before = datagram.parts.floorEntry(from);
        Integer after = datagram.parts.ceilingKey(from);
        return before != null && before.getKey() + before.getValue().length > from || after != null && after < end;
    }

    private @Nullable Frame assemble(Datagram datagram) {
        int headerLength = datagram.header.length;
        int packet = headerLength + datagram.total;
        if (packet > Ipv4View.LARGEST) {
            drops.count(DropReason.MALFORMED_FRAGMENT);
            return null;
        }
        int start = Frame.RECEIVE_START;
        int network = Frame.BUILD_NETWORK;
        Frame frame = new Frame(Arena.ofAuto().allocate(network + (long) packet, 64), null);
        frame.region(start, network - start + packet);
        frame.clearOffload();
        MemorySegment memory = frame.memory();
        MemorySegment.copy(datagram.header, 0, memory, ValueLayout.JAVA_BYTE, network, headerLength);
        datagram.parts.forEach((from, bytes) -> MemorySegment.copy(
                bytes, 0, memory, ValueLayout.JAVA_BYTE, network + headerLength + (long) from, bytes.length));
        Ipv4View.becomeWhole(memory, network, packet);
        return frame;
    }

    private void charge(Datagram datagram, int bytes) {
        datagram.cost += bytes;
        cost += bytes;
        costBySource.merge(datagram.key.source(), bytes, Integer::sum);
    }

    private void remove(Datagram datagram) {
        datagrams.remove(datagram.key);
        int charged = datagram.cost;
        cost -= charged;
        costBySource.computeIfPresent(
                datagram.key.source(), (source, sum) -> sum - charged <= 0 ? null : (Integer) (sum - charged));
    }

    /** The oldest datagrams go first: of this source while it has too much, then of anyone. */
    private void makeRoom(Datagram latest) {
        int source = latest.key.source();
        while (costBySource.getOrDefault(source, 0) > settings.reassemblyBytesPerSource()) {
            evict(oldestOf(source));
        }
        while (cost > settings.reassemblyBytes()) {
            evict(datagrams.firstEntry().getValue());
        }
    }

    private Datagram oldestOf(int source) {
        for (Datagram datagram : datagrams.values()) {
            if (datagram.key.source() == source) {
                return datagram;
            }
        }
        throw new IllegalStateException("a source without datagrams is charged for some");
    }

    private void evict(Datagram datagram) {
        drops.count(DropReason.FRAGMENT_MEMORY);
        remove(datagram);
    }

    private void timeOut() {
        long now = timers.clock().nanos();
        for (Iterator<Datagram> oldest = datagrams.values().iterator(); oldest.hasNext(); ) {
            Datagram datagram = oldest.next();
            if (datagram.deadline - now > 0) {
                timers.armAt(timer, datagram.deadline);
                return;
            }
            oldest.remove();
            remove(datagram);
            drops.count(DropReason.FRAGMENT_TIMEOUT);
            byte[] first = datagram.parts.get(0);
            if (first != null) {
                byte[] packet = new byte[datagram.header.length + first.length];
                System.arraycopy(datagram.header, 0, packet, 0, datagram.header.length);
                System.arraycopy(first, 0, packet, datagram.header.length, first.length);
                listener.timedOut(datagram.nic, packet, datagram.header.length);
            }
        }
    }
}
