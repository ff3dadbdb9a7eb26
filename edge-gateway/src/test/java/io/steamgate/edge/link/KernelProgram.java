package io.steamgate.edge.link;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The programs of a {@link SpliceTable} run by the kernel on single frames (BPF_PROG_TEST_RUN), attached to nothing: the
 * very code that forwards, without a network.
 */
public final class KernelProgram implements AutoCloseable {
    private static final int TEST_RUN = 10;
    private static final int REDIRECT = 7;
    private static final int UNSPEC = -1;
    private static final int SHOT = 2;
    private static final int ATTRIBUTES = 152;
    private static final int LARGEST = 4096;

    private final SpliceTable table;
    private int repeat = 1;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment attributes = arena.allocate(ATTRIBUTES, 8);
    private final MemorySegment in = arena.allocate(LARGEST, 8);
    private final MemorySegment out = arena.allocate(LARGEST, 8);

    public KernelProgram(int splices) {
        this(splices, Pins.NOWHERE);
    }

    public KernelProgram(int splices, Pins pins) {
        table = SpliceTable.attach(java.util.List.of(), new SpliceTable.Room(splices, splices), pins);
    }

    /** Whether this kernel takes the programs from this process. */
    public static boolean possible() {
        try (KernelProgram program = new KernelProgram(2)) {
            return program.table().capacity() == 4;
        } catch (LinkException e) {
            return false;
        }
    }

    public SpliceTable table() {
        return table;
    }

    /** Makes a next hop known, by any interface. */
    public void neighbor(int index, long ownMac, long mac, int mtu) {
        table.nextHops().set(index, new SpliceNextHops.Port(1, ownMac, mtu), 0, 1, mac);
    }

    /** @return what is sent on instead of the frame, no octets for nothing; empty when it is left to the edge */
    public Optional<byte[]> forward(byte[] frame) {
        return switch (run(table.classifier(), frame)) {
            case REDIRECT ->
                Optional.of(
                        out.asSlice(0, attributes.get(JAVA_INT, 12)).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
            case UNSPEC -> Optional.empty();
            case SHOT -> Optional.of(new byte[0]);
            default -> throw new AssertionError("the program does something else with a frame");
        };
    }

    /** Whether the edge's packet socket is handed the frame. */
    public boolean shown(byte[] frame) {
        // A filter is run on what is behind the link header; a packet socket shows it that header too: so here are two.
        byte[] twice = new byte[EthernetFrame.HEADER + frame.length];
        System.arraycopy(frame, 0, twice, 0, EthernetFrame.HEADER);
        System.arraycopy(frame, 0, twice, EthernetFrame.HEADER, frame.length);
        return run(table.filter(), twice) != 0;
    }

    /** Nanoseconds that forwarding took, the mean of so many runs; each run is given what the one before has made. */
    int nanos(byte[] frame, int runs) {
        repeat = runs;
        try {
            if (run(table.classifier(), frame) != REDIRECT) {
                throw new AssertionError("the frame was not forwarded");
            }
        } finally {
            repeat = 1;
        }
        return attributes.get(JAVA_INT, 36);
    }

    private int run(int program, byte[] frame) {
        MemorySegment.copy(MemorySegment.ofArray(frame), 0, in, 0, frame.length);
        // The test's interface has no link address: what is sent to this one comes to the host.
        in.asSlice(0, 6).fill((byte) 0);
        attributes.fill((byte) 0);
        attributes.set(JAVA_INT, 0, program);
        attributes.set(JAVA_INT, 8, frame.length);
        attributes.set(JAVA_INT, 12, LARGEST);
        attributes.set(JAVA_LONG, 16, in.address());
        attributes.set(JAVA_LONG, 24, out.address());
        attributes.set(JAVA_INT, 32, repeat);
        int result = LinuxCalls.bpf(TEST_RUN, attributes);
        if (result < 0) {
            throw new LinkException("the program cannot be run (" + LinuxCalls.errorName(result) + ")");
        }
        return attributes.get(JAVA_INT, 4);
    }

    @Override
    public void close() {
        table.close();
        arena.close();
    }
}
