package io.steamgate.edge.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * The kernel's side of spliced flows: the maps and programs of {@code src/main/bpf/splice.bpf.c}. A splice, one direction of
 * a flow, is known by its number. Its rules are written where the kernel reads them, without a system call; only that packets
 * find it is told the kernel by one, see {@link SpliceIndex}.
 *
 * <p>One thread's, the poll loop's. The programs run beside it on any processor: they take a splice only as a whole, see
 * {@link SpliceMemory#write}.
 */
public final class SpliceTable implements AutoCloseable {
    // struct control
    private static final int CONTROL = 16;
    private static final int C_LAYOUT = 8;
    /** Changes with the layout of any of these: another one's maps cannot be taken over. */
    private static final int LAYOUT = 2;

    private static final int ENDS = 1 << 16;

    private static final String OBJECT = "splice.bpf.o";
    private static final String[] PINNED = {"flows", "datagrams", "splices", "neighbors", "ends", "control", "origins"};
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /** Splices of either transport: numbers of TCP come first. */
    private final int capacity;

    private final SpliceIndex tcp;
    private final SpliceIndex udp;
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
    private final SynAnswers answers;
    private final int filter;
    private final int classifier;

    private int endsRead;

    /**
     * How many splices there may be, two for each flow.
     *
     * @param tcp of connections
     * @param udp of datagrams
     */
    public record Room(int tcp, int udp) {}

    private SpliceTable(Room room, Pins pins) {
        capacity = room.tcp + room.udp;
        pinned = pins.anywhere();
        try {
            takenOver = fits(room, pins);
            if (!takenOver) {
                pins.clear(PINNED);
            }
            int flows = hash(pins, "flows", room.tcp);
            int datagrams = hash(pins, "datagrams", room.udp);
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
            tcp = new SpliceIndex(arena, splices, flows, 0, room.tcp, takenOver);
            udp = new SpliceIndex(arena, splices, datagrams, room.tcp, room.udp, takenOver);
            answers = new SynAnswers(arena, this::keep);
            Map<String, Integer> maps = new HashMap<>(answers.maps());
            maps.putAll(Map.of(
                    "flows",
                    flows,
                    "datagrams",
                    datagrams,
                    "splices",
                    spliceMap,
                    "neighbors",
                    neighborMap,
                    "ends",
                    endMap,
                    "control",
                    controlMap));
            BpfObject object = BpfObject.ofResource(OBJECT);
            filter = keep(Bpf.loadProgram(
                    Bpf.ProgramType.SOCKET_FILTER, "sg_hide", object.program("filter", maps), object.license()));
            classifier = keep(Bpf.loadProgram(
                    Bpf.ProgramType.CLASSIFIER, "sg_forward", object.program("classifier", maps), object.license()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Whether what the last process left pinned is what this one would make. */
    private boolean fits(Room room, Pins pins) {
        int flows = pins.find("flows");
        int spliceMap = pins.find("splices");
        int controlMap = pins.find("control");
        boolean fits = false;
        if (flows >= 0 && spliceMap >= 0 && controlMap >= 0) {
            try (Arena look = Arena.ofConfined()) {
                fits = Bpf.sizeOf(spliceMap).equals(new Bpf.MapSize(SpliceMemory.BYTES_EACH, capacity))
                        && Bpf.sizeOf(flows).equals(new Bpf.MapSize(Integer.BYTES, room.tcp))
                        && Bpf.sizeOf(controlMap).equals(new Bpf.MapSize(CONTROL, 1))
                        && mapped(look, controlMap, CONTROL).get(ValueLayout.JAVA_INT, C_LAYOUT) == LAYOUT;
            }
        }
        LinuxCalls.close(flows);
        LinuxCalls.close(spliceMap);
        LinuxCalls.close(controlMap);
        return fits;
    }

    /**
     * Loads the programs and attaches them to interfaces, in the network namespace of the calling thread: from now on
     * packets of splices do not reach the devices.
     *
     * @param room how many splices there may be
     * @param pins where splices outlive this process; those that the last one left there are taken over
     * @throws LinkException when the kernel refuses, saying why
     */
    public static SpliceTable attach(Collection<AfPacketDevice> devices, Room room, Pins pins) {
        if (!Bpf.supportedHere()) {
            throw new LinkException("its eBPF programs are compiled for little-endian machines");
        }
        SpliceTable table = new SpliceTable(room, pins);
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

    /** Takes away what the last process has left pinned, for one that does not forward in the kernel. */
    public static void clear(Collection<String> interfaces, Pins pins) {
        if (pins.anywhere()) {
            interfaces.forEach(name -> IngressHook.clearFirst(LinuxInterface.of(name), pins));
            pins.clear(PINNED);
        }
    }

    private int hash(Pins pins, String name, int entries) {
        return keep(pins.findOrPin(
                name,
                () -> Bpf.createMap(
                        Bpf.MapType.HASH, "sg_" + name, SpliceMemory.KEY_BYTES, Integer.BYTES, entries, 0)));
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

    static MemorySegment mapped(Arena arena, int map, long bytes) {
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

    /** Where SYNs are answered before they reach this process. */
    public SynAnswers answers() {
        return answers;
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

    /** Splices that there is room for, of both transports. */
    public int capacity() {
        return capacity;
    }

    public SpliceIndex tcp() {
        return tcp;
    }

    public SpliceIndex udp() {
        return udp;
    }

    /** Splices whose numbers are taken. */
    public int used() {
        return tcp.used() + udp.used();
    }

    /** Splices that the kernel did not take. */
    public long refused() {
        return tcp.refused() + udp.refused();
    }

    /** Tells the kernel what has changed since the last time. */
    public void flush() {
        tcp.flush();
        udp.flush();
    }

    /** Calls {@code each} with the number of every splice that has seen its first FIN since the last call. */
    public void drainEnds(IntConsumer each) {
        int written = (int) (long) (LONG.getAcquire(control, 0L));
        if (written - endsRead > ENDS) {
            // They came faster than this was called: the oldest are written over, so each splice is asked.
            endsRead = written;
            tcp.forEach(number -> {
                if (splices.ended(number)) {
                    each.accept(number);
                }
            });
        }
        while (endsRead != written) {
            long entry = (long) LONG.getAcquire(ends, (long) (endsRead & ENDS - 1) * Long.BYTES);
            if ((int) entry != endsRead + 1) {
                // Its place is reserved, but it is not there yet.
                return;
            }
            endsRead++;
            int number = (int) (entry >>> 32);
            if (tcp.has(number) && tcp.taken(number)) {
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
}
