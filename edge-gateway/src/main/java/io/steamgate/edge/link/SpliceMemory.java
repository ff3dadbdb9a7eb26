package io.steamgate.edge.link;

import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The splices where the kernel reads them: {@code struct splice} of {@code src/main/bpf/splice.bpf.c}, by number. Rules are
 * written without a system call while programs read them on any processor; what the programs have seen is read the same way.
 */
public final class SpliceMemory {
    // struct splice
    private static final int SPLICE = 128;
    private static final int GENERATION = 0;
    private static final int KEY = 4;
    static final int KEY_BYTES = 12;
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

    static final int BYTES_EACH = SPLICE;

    private final MemorySegment splices;

    SpliceMemory(MemorySegment splices) {
        this.splices = splices;
    }

    /** Forgets what programs have seen of a splice. */
    void clear(int number) {
        splices.asSlice((long) number * SPLICE + PACKETS, SPLICE - PACKETS).fill((byte) 0);
    }

    /** Where the key by which packets find a splice lies, as it is in the map. */
    MemorySegment key(int number) {
        return splices.asSlice((long) number * SPLICE + KEY, KEY_BYTES);
    }

    /**
     * Writes a splice. A program that reads it meanwhile notices, by the generation or by the key that is not its packet's,
     * and leaves its packet to the edge.
     */
    public void write(int number, SpliceRules rules) {
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

    /** The rules of a splice as they were written. */
    public SpliceRules rules(int number) {
        MemorySegment m = splices;
        long at = (long) number * SPLICE;
        SpliceRules rules = new SpliceRules();
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
}
