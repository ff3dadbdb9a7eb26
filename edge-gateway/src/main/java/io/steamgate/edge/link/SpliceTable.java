package io.steamgate.edge.link;

import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * The kernel's side of spliced flows: the maps and programs of {@code src/main/bpf/splice.bpf.c}, whose structs are laid out
 * here once more. A splice, one direction of a flow, is known by its number. Its rules are written where the kernel reads
 * them, without a system call; only that packets find it is told the kernel by one, a whole turn's changes at once.
 *
 * <p>One thread's, the poll loop's. The programs run beside it on any processor: they take a splice only as a whole, see
 * {@link #write}.
 */
public final class SpliceTable implements AutoCloseable {
    /** Most next hops: as many as the index in a splice can tell apart. */
    public static final int NEIGHBORS = 1 << 16;

    /** {@link Rules#flags}: packets that end behind {@link Rules#followAt}, and FINs, are left to the edge. */
    public static final int FOLLOWED = 1;
    /** {@link Rules#flags}: every packet is. */
    public static final int ALL_TO_EDGE = 2;

    // struct splice
    private static final int SPLICE = 128;
    private static final int GENERATION = 0;
    private static final int KEY = 4;
    private static final int KEY_BYTES = 12;
    private static final int BECOMES = 16;
    private static final int SEQ_DELTA = 28;
    private static final int ACK_DELTA = 32;
    private static final int TSVAL_DELTA = 36;
    private static final int TSECR_DELTA = 40;
    private static final int FOLLOW_AT = 44;
    private static final int NEIGHBOR = 48;
    private static final int FLAGS = 50;
    private static final int WINDOW_SHIFT = 51;
    private static final int PACKETS = 64;
    private static final int BYTES = 72;
    private static final int LAST_SEEN = 80;
    private static final int TSVAL = 88;
    private static final int ENDED = 92;
    private static final int HIGHEST = 96;
    private static final int ACK = 100;
    private static final int WINDOW = 104;
    private static final int ACKS = 108;

    // struct neighbor
    private static final int NEIGHBOR_BYTES = 32;
    private static final int N_IFINDEX = 4;
    private static final int N_DESTINATION = 8;
    private static final int N_SOURCE = 14;
    private static final int N_MTU = 20;

    // struct control
    private static final int CONTROL = 16;
    private static final int C_LAYOUT = 8;
    /** Changes with the layout of any of these: another one's maps cannot be taken over. */
    private static final int LAYOUT = 1;

    // What the edge writes for the one after it; no program reads it.
    private static final int ORIGIN = 64;
    private static final int O_PARTNER = 0;
    private static final int O_TO_CLIENT = 4;
    private static final int O_FLOW = 8;
    private static final int O_STARTED = 16;
    private static final int O_LISTENER = 24;
    private static final int O_SERVICE = 28;
    private static final int O_HOST = 32;
    private static final int HOST_BYTES = ORIGIN - O_HOST;

    // And of a next hop: its address and the place of its NIC.
    private static final int N_ADDRESS = 24;
    private static final int N_NIC = 28;

    private static final int ENDS = 1 << 16;
    private static final int MOST_IN_BATCH = 1024;

    private static final String OBJECT = "splice.bpf.o";
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /** What becomes of the packets of one direction. Addresses, ports, deltas: see {@code Splice} of the handoff. */
    public static final class Rules {
        public int source;
        public int destination;
        public int ports;
        public int newSource;
        public int newDestination;
        public int newPorts;
        public int seqDelta;
        public int ackDelta;
        public int tsValDelta;
        public int tsEcrDelta;
        public int windowShift;
        public int neighbor;
        public int flags;
        /** As its sender numbers it. */
        public int followAt;
    }

    /**
     * What is to be known of a flow when only the kernel still has it.
     *
     * @param partner the splice of the other direction
     * @param startedAt by the machine's monotonic clock, in nanoseconds
     * @param listener,service hashes of their names
     * @param host as much of it as there was room for; empty without
     */
    public record Origin(
            int partner, boolean toClient, long flow, long startedAt, int listener, int service, String host) {}

    /** An interface that packets leave by, as the programs know it. */
    public record Port(int interfaceIndex, long mac, int mtu) {
        public static Port of(AfPacketDevice device) {
            return new Port(device.interfaceIndex(), device.mac().bits(), device.mtu());
        }
    }

    /** A next hop that the last process knew. @param nic the place of its NIC among the stack's */
    public record FormerNeighbor(int index, int nic, int address, long mac) {}

    private enum State {
        FREE,
        /** Its number is taken, no packet finds it yet. */
        WRITTEN,
        /** Packets will find it from the next {@link #flush} on. */
        ENTERING,
        FOUND,
        /** Packets find it no more from the next flush on; its number is free then. */
        LEAVING,
        /** No packet ever found it; its number is free from the next flush on. */
        DROPPED
    }

    private final int capacity;
    private final Arena arena = Arena.ofShared();
    private final List<Integer> descriptors = new ArrayList<>();
    private final List<IngressHook> hooks = new ArrayList<>();
    private final MemorySegment splices;
    private final MemorySegment neighbors;
    private final MemorySegment ends;
    private final MemorySegment control;
    private final MemorySegment origins;
    private final boolean pinned;
    private final boolean takenOver;
    private final MemorySegment keys;
    private final MemorySegment numbers;
    private final Bpf.Batch batch;
    private final int filter;
    private final int classifier;

    private final State[] states;
    private final int[] free;
    private int freeCount;
    private final IntQueue entering = new IntQueue();
    private final IntQueue leaving = new IntQueue();
    private int endsRead;
    private long refused;

    private SpliceTable(int capacity, Pins pins) {
        this.capacity = capacity;
        pinned = pins.anywhere();
        try {
            takenOver = fits(pins);
            if (!takenOver) {
                pins.clear("flows", "splices", "neighbors", "ends", "control", "origins");
            }
            int flows = keep(pins.findOrPin(
                    "flows", () -> Bpf.createMap(Bpf.MapType.HASH, "sg_flows", KEY_BYTES, Integer.BYTES, capacity, 0)));
            int spliceMap = array(pins, "splices", SPLICE, capacity);
            int neighborMap = array(pins, "neighbors", NEIGHBOR_BYTES, NEIGHBORS);
            int endMap = array(pins, "ends", Long.BYTES, ENDS);
            int controlMap = array(pins, "control", CONTROL, 1);
            splices = mapped(spliceMap, (long) SPLICE * capacity);
            neighbors = mapped(neighborMap, (long) NEIGHBOR_BYTES * NEIGHBORS);
            ends = mapped(endMap, (long) Long.BYTES * ENDS);
            control = mapped(controlMap, CONTROL);
            control.set(ValueLayout.JAVA_INT, C_LAYOUT, LAYOUT);
            endsRead = (int) (long) LONG.getAcquire(control, 0L);
            origins = pinned
                    ? mapped(array(pins, "origins", ORIGIN, capacity), (long) ORIGIN * capacity)
                    : MemorySegment.NULL;
            keys = arena.allocate((long) MOST_IN_BATCH * KEY_BYTES, Long.BYTES);
            numbers = arena.allocate((long) MOST_IN_BATCH * Integer.BYTES, Long.BYTES);
            batch = Bpf.Batch.of(arena, flows, keys, numbers);
            Map<String, Integer> maps = Map.of(
                    "flows",
                    flows,
                    "splices",
                    spliceMap,
                    "neighbors",
                    neighborMap,
                    "ends",
                    endMap,
                    "control",
                    controlMap);
            BpfObject object = BpfObject.ofResource(OBJECT);
            filter = keep(Bpf.loadProgram(
                    Bpf.ProgramType.SOCKET_FILTER, "sg_hide", object.program("filter", maps), object.license()));
            classifier = keep(Bpf.loadProgram(
                    Bpf.ProgramType.CLASSIFIER, "sg_forward", object.program("classifier", maps), object.license()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        states = new State[capacity];
        free = new int[capacity];
        Arrays.fill(states, State.FREE);
        if (takenOver) {
            Bpf.forEach(batch.map(), KEY_BYTES, Integer.BYTES, this::found);
        }
        for (int i = capacity - 1; i >= 0; i--) {
            if (states[i] == State.FREE) {
                free[freeCount++] = i;
            }
        }
    }

    /** Whether what the last process left pinned is what this one would make. */
    private boolean fits(Pins pins) {
        int spliceMap = pins.find("splices");
        int controlMap = pins.find("control");
        boolean fits = false;
        if (spliceMap >= 0 && controlMap >= 0) {
            try (Arena look = Arena.ofConfined()) {
                fits = Bpf.sizeOf(spliceMap).equals(new Bpf.MapSize(SPLICE, capacity))
                        && Bpf.sizeOf(controlMap).equals(new Bpf.MapSize(CONTROL, 1))
                        && mapped(look, controlMap, CONTROL).get(ValueLayout.JAVA_INT, C_LAYOUT) == LAYOUT;
            }
        }
        LinuxCalls.close(spliceMap);
        LinuxCalls.close(controlMap);
        return fits;
    }

    private void found(MemorySegment key, MemorySegment value) {
        int number = value.get(ValueLayout.JAVA_INT, 0);
        if (number >= 0
                && number < capacity
                && splices.asSlice((long) number * SPLICE + KEY, KEY_BYTES).mismatch(key) < 0) {
            states[number] = State.FOUND;
        }
    }

    /**
     * Loads the programs and attaches them to interfaces, in the network namespace of the calling thread: from now on
     * packets of splices do not reach the devices.
     *
     * @param capacity splices, two for each flow
     * @param pins where splices outlive this process; those that the last one left there are taken over
     * @throws LinkException when the kernel refuses, saying why
     */
    public static SpliceTable attach(Collection<AfPacketDevice> devices, int capacity, Pins pins) {
        if (!Bpf.supportedHere()) {
            throw new LinkException("its eBPF programs are compiled for little-endian machines");
        }
        SpliceTable table = new SpliceTable(capacity, pins);
        try {
            for (AfPacketDevice device : devices) {
                table.hooks.add(IngressHook.attachFirst(table.classifier, LinuxInterface.of(device.name()), pins));
            }
            devices.forEach(device -> device.filter(table.filter));
        } catch (RuntimeException e) {
            table.close();
            throw e;
        }
        return table;
    }

    private int array(Pins pins, String name, int valueBytes, int entries) {
        return keep(pins.findOrPin(
                name,
                () -> Bpf.createMap(
                        Bpf.MapType.ARRAY, "sg_" + name, Integer.BYTES, valueBytes, entries, Bpf.MAPPABLE)));
    }

    private int keep(int descriptor) {
        descriptors.add(descriptor);
        return descriptor;
    }

    private MemorySegment mapped(int map, long bytes) {
        return mapped(arena, map, bytes);
    }

    private static MemorySegment mapped(Arena arena, int map, long bytes) {
        long address = LinuxCalls.map(map, bytes);
        if (address < 0) {
            throw new LinkException("an eBPF map cannot be mapped (" + LinuxCalls.errorName((int) address) + ")");
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, memory -> LinuxCalls.unmap(address, bytes));
    }

    /** Whether splices outlive this process. */
    public boolean pinned() {
        return pinned;
    }

    /** Whether this is the table that another process has left. */
    public boolean takenOver() {
        return takenOver;
    }

    /** Splices that there is room for. */
    public int capacity() {
        return capacity;
    }

    /** Splices whose numbers are taken. */
    public int used() {
        return capacity - freeCount;
    }

    /** A number for one more splice; -1 when all are taken. */
    public int take() {
        if (freeCount == 0) {
            return -1;
        }
        int number = free[--freeCount];
        states[number] = State.WRITTEN;
        long at = (long) number * SPLICE;
        splices.asSlice(at + PACKETS, SPLICE - PACKETS).fill((byte) 0);
        return number;
    }

    /**
     * Writes a splice. A program that reads it meanwhile notices, by the generation or by the key that is not its packet's,
     * and leaves its packet to the edge.
     */
    public void write(int number, Rules rules) {
        MemorySegment m = splices;
        long at = (long) number * SPLICE;
        int generation = m.get(ValueLayout.JAVA_INT, at + GENERATION) | 1;
        m.set(ValueLayout.JAVA_INT, at + GENERATION, generation);
        VarHandle.storeStoreFence();
        NetworkOrder.put32(m, at + KEY, rules.source);
        NetworkOrder.put32(m, at + KEY + 4, rules.destination);
        NetworkOrder.put32(m, at + KEY + 8, rules.ports);
        NetworkOrder.put32(m, at + BECOMES, rules.newSource);
        NetworkOrder.put32(m, at + BECOMES + 4, rules.newDestination);
        NetworkOrder.put32(m, at + BECOMES + 8, rules.newPorts);
        m.set(ValueLayout.JAVA_INT, at + SEQ_DELTA, rules.seqDelta);
        m.set(ValueLayout.JAVA_INT, at + ACK_DELTA, rules.ackDelta);
        m.set(ValueLayout.JAVA_INT, at + TSVAL_DELTA, rules.tsValDelta);
        m.set(ValueLayout.JAVA_INT, at + TSECR_DELTA, rules.tsEcrDelta);
        m.set(ValueLayout.JAVA_INT, at + FOLLOW_AT, rules.followAt);
        m.set(ValueLayout.JAVA_SHORT, at + NEIGHBOR, (short) rules.neighbor);
        m.set(ValueLayout.JAVA_BYTE, at + FLAGS, (byte) rules.flags);
        m.set(ValueLayout.JAVA_BYTE, at + WINDOW_SHIFT, (byte) rules.windowShift);
        VarHandle.storeStoreFence();
        m.set(ValueLayout.JAVA_INT, at + GENERATION, generation + 1);
    }

    /** Changes from where on packets are left to the edge, and which flags there are. */
    public void follow(int number, int flags, int followAt) {
        MemorySegment m = splices;
        long at = (long) number * SPLICE;
        int generation = m.get(ValueLayout.JAVA_INT, at + GENERATION) | 1;
        m.set(ValueLayout.JAVA_INT, at + GENERATION, generation);
        VarHandle.storeStoreFence();
        m.set(ValueLayout.JAVA_INT, at + FOLLOW_AT, followAt);
        m.set(ValueLayout.JAVA_BYTE, at + FLAGS, (byte) flags);
        VarHandle.storeStoreFence();
        m.set(ValueLayout.JAVA_INT, at + GENERATION, generation + 1);
        // What the programs say from now on is read after they can know.
        VarHandle.fullFence();
    }

    /**
     * Sets what the programs go on from: what has passed of a followed direction, what its sender has acknowledged, and the
     * last timestamp that was sent on.
     */
    public void remember(int number, int highest, int ack, int window, int tsVal) {
        long at = (long) number * SPLICE;
        splices.set(ValueLayout.JAVA_INT, at + TSVAL, tsVal);
        splices.set(ValueLayout.JAVA_INT, at + HIGHEST, highest);
        splices.set(ValueLayout.JAVA_INT, at + ACK, ack);
        splices.set(ValueLayout.JAVA_INT, at + WINDOW, window);
    }

    /** Lets packets find a written splice, from the next {@link #flush} on. */
    public void enter(int number) {
        states[number] = State.ENTERING;
        entering.add(number);
    }

    /** Whether packets find it, now or from the next {@link #flush} on. */
    public boolean entered(int number) {
        return states[number] == State.FOUND || states[number] == State.ENTERING;
    }

    /** Takes a splice away: packets are the edge's at once, and from the next {@link #flush} on its number is free. */
    public void leave(int number) {
        if (states[number] == State.FOUND) {
            follow(number, ALL_TO_EDGE, 0);
            states[number] = State.LEAVING;
        } else {
            states[number] = State.DROPPED;
        }
        leaving.add(number);
    }

    /** Tells the kernel what was {@linkplain #enter entered} and {@linkplain #leave left} since the last time. */
    public void flush() {
        if (leaving.isEmpty() && entering.isEmpty()) {
            return;
        }
        // First: the key of one that leaves may be that of one that enters.
        int count = 0;
        for (int i = 0; i < leaving.size(); i++) {
            int number = leaving.get(i);
            if (states[number] == State.LEAVING) {
                count = batched(number, count);
                if (count == MOST_IN_BATCH) {
                    delete(count);
                    count = 0;
                }
            }
            states[number] = State.FREE;
            free[freeCount++] = number;
        }
        delete(count);
        leaving.clear();
        count = 0;
        for (int i = 0; i < entering.size(); i++) {
            int number = entering.get(i);
            if (states[number] == State.ENTERING) {
                states[number] = State.FOUND;
                count = batched(number, count);
                if (count == MOST_IN_BATCH) {
                    update(count);
                    count = 0;
                }
            }
        }
        update(count);
        entering.clear();
    }

    private int batched(int number, int count) {
        MemorySegment.copy(splices, (long) number * SPLICE + KEY, keys, (long) count * KEY_BYTES, KEY_BYTES);
        numbers.setAtIndex(ValueLayout.JAVA_INT, count, number);
        return count + 1;
    }

    private void delete(int count) {
        int left = count;
        while (left > 0) {
            // One that is not there stops the batch: another flow of the same ports may have taken its place.
            int done = Math.min(left, batch.delete(left) + 1);
            left -= done;
            MemorySegment.copy(keys, (long) done * KEY_BYTES, keys, 0, (long) left * KEY_BYTES);
        }
    }

    private void update(int count) {
        int left = count;
        while (left > 0) {
            int done = batch.update(left);
            if (done < left) {
                // There is room for every number, so this is the kernel's trouble: the packets stay the edge's.
                refused++;
                done++;
            }
            left -= done;
            MemorySegment.copy(keys, (long) done * KEY_BYTES, keys, 0, (long) left * KEY_BYTES);
            MemorySegment.copy(numbers, (long) done * Integer.BYTES, numbers, 0, (long) left * Integer.BYTES);
        }
    }

    /** Splices that the kernel did not take. */
    public long refused() {
        return refused;
    }

    // --- what the programs have seen -------------------------------------------------------------------------------

    public long packets(int number) {
        return splices.get(ValueLayout.JAVA_LONG, (long) number * SPLICE + PACKETS);
    }

    /** Of IPv4 packets, headers included. */
    public long bytes(int number) {
        return splices.get(ValueLayout.JAVA_LONG, (long) number * SPLICE + BYTES);
    }

    /** When the last packet passed, by the machine's monotonic clock in nanoseconds; 0 before the first. */
    public long lastSeen(int number) {
        return splices.get(ValueLayout.JAVA_LONG, (long) number * SPLICE + LAST_SEEN);
    }

    /** The last timestamp that was sent on. */
    public int tsVal(int number) {
        return splices.get(ValueLayout.JAVA_INT, (long) number * SPLICE + TSVAL);
    }

    /** Whether a FIN has passed. */
    public boolean ended(int number) {
        return splices.get(ValueLayout.JAVA_INT, (long) number * SPLICE + ENDED) != 0;
    }

    /** Of a followed direction: where the highest payload that passed ends, as its sender numbers it. */
    public int highest(int number) {
        return splices.get(ValueLayout.JAVA_INT, (long) number * SPLICE + HIGHEST);
    }

    /** Of a followed direction: the last acknowledgment that passed, as its sender says it. */
    public int ack(int number) {
        return splices.get(ValueLayout.JAVA_INT, (long) number * SPLICE + ACK);
    }

    /** Of a followed direction: the window that came with {@link #ack}, unscaled. */
    public int window(int number) {
        return splices.get(ValueLayout.JAVA_INT, (long) number * SPLICE + WINDOW);
    }

    /** Of a followed direction: how many acknowledgments have passed. */
    public int acks(int number) {
        return splices.get(ValueLayout.JAVA_INT, (long) number * SPLICE + ACKS);
    }

    /** Calls {@code each} with the number of every splice that has seen its first FIN since the last call. */
    public void drainEnds(IntConsumer each) {
        int written = (int) (long) (LONG.getAcquire(control, 0L));
        if (written - endsRead > ENDS) {
            // They came faster than this was called: the sweep finds those that are lost.
            endsRead = written - ENDS;
        }
        while (endsRead != written) {
            long entry = (long) LONG.getAcquire(ends, (long) (endsRead & ENDS - 1) * Long.BYTES);
            if ((int) entry != endsRead + 1) {
                // Its place is reserved, but it is not there yet.
                return;
            }
            endsRead++;
            int number = (int) (entry >>> 32);
            if (number < capacity && states[number] != State.FREE) {
                each.accept(number);
            }
        }
    }

    // --- for the process after this one ---------------------------------------------------------------------------

    /** Remembers what is to be known of a splice's flow. */
    public void origin(int number, Origin origin) {
        long at = (long) number * ORIGIN;
        origins.set(ValueLayout.JAVA_INT, at + O_PARTNER, origin.partner);
        origins.set(ValueLayout.JAVA_INT, at + O_TO_CLIENT, origin.toClient ? 1 : 0);
        origins.set(ValueLayout.JAVA_LONG, at + O_FLOW, origin.flow);
        origins.set(ValueLayout.JAVA_LONG, at + O_STARTED, origin.startedAt);
        origins.set(ValueLayout.JAVA_INT, at + O_LISTENER, origin.listener);
        origins.set(ValueLayout.JAVA_INT, at + O_SERVICE, origin.service);
        int length = Math.min(origin.host.length(), HOST_BYTES - 1);
        for (int i = 0; i < length; i++) {
            origins.set(ValueLayout.JAVA_BYTE, at + O_HOST + i, (byte) origin.host.charAt(i));
        }
        origins.set(ValueLayout.JAVA_BYTE, at + O_HOST + length, (byte) 0);
    }

    /** What the process that made a splice has remembered of it. */
    public Origin origin(int number) {
        long at = (long) number * ORIGIN;
        return new Origin(
                origins.get(ValueLayout.JAVA_INT, at + O_PARTNER),
                origins.get(ValueLayout.JAVA_INT, at + O_TO_CLIENT) != 0,
                origins.get(ValueLayout.JAVA_LONG, at + O_FLOW),
                origins.get(ValueLayout.JAVA_LONG, at + O_STARTED),
                origins.get(ValueLayout.JAVA_INT, at + O_LISTENER),
                origins.get(ValueLayout.JAVA_INT, at + O_SERVICE),
                origins.getString(at + O_HOST));
    }

    /** Calls {@code each} with every splice that packets find. */
    public void forEach(IntConsumer each) {
        for (int number = 0; number < capacity; number++) {
            if (states[number] == State.FOUND) {
                each.accept(number);
            }
        }
    }

    /** The rules of a splice as they were written. */
    public Rules rules(int number) {
        MemorySegment m = splices;
        long at = (long) number * SPLICE;
        Rules rules = new Rules();
        rules.source = NetworkOrder.i32(m, at + KEY);
        rules.destination = NetworkOrder.i32(m, at + KEY + 4);
        rules.ports = NetworkOrder.i32(m, at + KEY + 8);
        rules.newSource = NetworkOrder.i32(m, at + BECOMES);
        rules.newDestination = NetworkOrder.i32(m, at + BECOMES + 4);
        rules.newPorts = NetworkOrder.i32(m, at + BECOMES + 8);
        rules.seqDelta = m.get(ValueLayout.JAVA_INT, at + SEQ_DELTA);
        rules.ackDelta = m.get(ValueLayout.JAVA_INT, at + ACK_DELTA);
        rules.tsValDelta = m.get(ValueLayout.JAVA_INT, at + TSVAL_DELTA);
        rules.tsEcrDelta = m.get(ValueLayout.JAVA_INT, at + TSECR_DELTA);
        rules.followAt = m.get(ValueLayout.JAVA_INT, at + FOLLOW_AT);
        rules.neighbor = m.get(ValueLayout.JAVA_SHORT, at + NEIGHBOR) & 0xFFFF;
        rules.flags = m.get(ValueLayout.JAVA_BYTE, at + FLAGS);
        rules.windowShift = m.get(ValueLayout.JAVA_BYTE, at + WINDOW_SHIFT);
        return rules;
    }

    /** The next hops that the process before this one knew, in the order of their index. */
    public List<FormerNeighbor> formerNeighbors() {
        List<FormerNeighbor> former = new ArrayList<>();
        for (int index = 0; index < NEIGHBORS; index++) {
            long at = (long) index * NEIGHBOR_BYTES;
            int address = neighbors.get(ValueLayout.JAVA_INT, at + N_ADDRESS);
            if (address != 0 && neighbors.get(ValueLayout.JAVA_SHORT, at + N_MTU) != 0) {
                former.add(new FormerNeighbor(
                        index,
                        neighbors.get(ValueLayout.JAVA_INT, at + N_NIC),
                        address,
                        NetworkOrder.u48(neighbors, at + N_DESTINATION)));
            }
        }
        return former;
    }

    // --- next hops -------------------------------------------------------------------------------------------------

    /**
     * Sets a next hop; all flows through it follow at once.
     *
     * @param port where it is
     * @param nic the place of its NIC among the stack's
     * @param address its own
     * @param mac its link address; 0 while unknown, which leaves its packets to the edge
     */
    public void neighbor(int index, Port port, int nic, int address, long mac) {
        MemorySegment m = neighbors;
        long at = (long) index * NEIGHBOR_BYTES;
        m.set(ValueLayout.JAVA_INT, at + N_ADDRESS, address);
        m.set(ValueLayout.JAVA_INT, at + N_NIC, nic);
        int generation = m.get(ValueLayout.JAVA_INT, at) | 1;
        m.set(ValueLayout.JAVA_INT, at, generation);
        VarHandle.storeStoreFence();
        m.set(ValueLayout.JAVA_INT, at + N_IFINDEX, port.interfaceIndex);
        NetworkOrder.put48(m, at + N_DESTINATION, mac);
        NetworkOrder.put48(m, at + N_SOURCE, port.mac);
        m.set(ValueLayout.JAVA_SHORT, at + N_MTU, (short) (mac == 0 ? 0 : Math.min(0xFFFF, port.mtu)));
        VarHandle.storeStoreFence();
        m.set(ValueLayout.JAVA_INT, at, generation + 1);
    }

    /** Descriptor of the program that forwards. */
    int classifier() {
        return classifier;
    }

    /** Descriptor of the program that keeps from the edge what is forwarded. */
    int filter() {
        return filter;
    }

    /** How the programs are attached, for the log. */
    public String means() {
        return hooks.stream().allMatch(IngressHook::tcx) ? "TCX" : "clsact";
    }

    @Override
    public void close() {
        hooks.forEach(IngressHook::close);
        hooks.clear();
        descriptors.forEach(LinuxCalls::close);
        descriptors.clear();
        arena.close();
    }

    /** Numbers in the order they were added; grows, and never shrinks. */
    private static final class IntQueue {
        private int[] values = new int[64];
        private int size;

        void add(int value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = value;
        }

        int get(int i) {
            return values[i];
        }

        int size() {
            return size;
        }

        boolean isEmpty() {
            return size == 0;
        }

        void clear() {
            size = 0;
        }
    }
}
