package io.steamgate.edge.link;

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
 * The kernel's side of spliced flows: the maps and programs of {@code src/main/bpf/splice.bpf.c}. A splice, one direction of a flow, is known by its number. Its rules are written where the kernel reads
 * them, without a system call; only that packets find it is told the kernel by one, a whole turn's changes at once.
 *
 * <p>One thread's, the poll loop's. The programs run beside it on any processor: they take a splice only as a whole, see
 * {@link SpliceMemory#write}.
 */
public final class SpliceTable implements AutoCloseable {
    // struct control
    private static final int CONTROL = 16;
    private static final int C_LAYOUT = 8;
    /** Changes with the layout of any of these: another one's maps cannot be taken over. */
    private static final int LAYOUT = 1;

    private static final int ENDS = 1 << 16;
    private static final int MOST_IN_BATCH = 1024;
    private static final int KEY_BYTES = SpliceMemory.KEY_BYTES;

    private static final String OBJECT = "splice.bpf.o";
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

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
    private final SpliceMemory splices;
    private final SpliceNextHops nextHops;
    private final MemorySegment ends;
    private final MemorySegment control;
    private final SpliceOrigins origins;
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
            int spliceMap = array(pins, "splices", SpliceMemory.BYTES_EACH, capacity);
            int neighborMap = array(pins, "neighbors", SpliceNextHops.BYTES_EACH, SpliceNextHops.MOST);
            int endMap = array(pins, "ends", Long.BYTES, ENDS);
            int controlMap = array(pins, "control", CONTROL, 1);
            splices = new SpliceMemory(mapped(spliceMap, (long) SpliceMemory.BYTES_EACH * capacity));
            nextHops = new SpliceNextHops(mapped(neighborMap, (long) SpliceNextHops.BYTES_EACH * SpliceNextHops.MOST));
            ends = mapped(endMap, (long) Long.BYTES * ENDS);
            control = mapped(controlMap, CONTROL);
            control.set(ValueLayout.JAVA_INT, C_LAYOUT, LAYOUT);
            endsRead = (int) (long) LONG.getAcquire(control, 0L);
            origins = new SpliceOrigins(
                    pinned
                            ? mapped(
                                    array(pins, "origins", SpliceOrigins.BYTES_EACH, capacity),
                                    (long) SpliceOrigins.BYTES_EACH * capacity)
                            : MemorySegment.NULL);
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
                fits = Bpf.sizeOf(spliceMap).equals(new Bpf.MapSize(SpliceMemory.BYTES_EACH, capacity))
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
        if (number >= 0 && number < capacity && splices.key(number).mismatch(key) < 0) {
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

    /** The rules of splices, and what has been seen of them. */
    public SpliceMemory splices() {
        return splices;
    }

    public SpliceNextHops nextHops() {
        return nextHops;
    }

    /** What is left for the process after this one; only where splices outlive it. */
    public SpliceOrigins origins() {
        return origins;
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
        splices.clear(number);
        return number;
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
            splices.follow(number, SpliceRules.ALL_TO_EDGE, 0);
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
        MemorySegment.copy(splices.key(number), 0, keys, (long) count * KEY_BYTES, KEY_BYTES);
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

    /** Calls {@code each} with every splice that packets find. */
    public void forEach(IntConsumer each) {
        for (int number = 0; number < capacity; number++) {
            if (states[number] == State.FOUND) {
                each.accept(number);
            }
        }
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
