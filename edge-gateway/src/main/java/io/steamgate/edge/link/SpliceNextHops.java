package io.steamgate.edge.link;

import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The next hops where the kernel reads them: {@code struct neighbor} of {@code src/main/bpf/splice.bpf.c}, by the index that
 * splices name. One change moves all flows through a next hop.
 */
public final class SpliceNextHops {
    /** Most next hops: as many as the index in a splice can tell apart. */
    public static final int MOST = 1 << 16;

    // struct neighbor
    private static final int NEIGHBOR_BYTES = 32;
    private static final int N_IFINDEX = 4;
    private static final int N_DESTINATION = 8;
    private static final int N_SOURCE = 14;
    private static final int N_MTU = 20;

    // And of a next hop: its address and the place of its NIC.
    private static final int N_ADDRESS = 24;
    private static final int N_NIC = 28;

    static final int BYTES_EACH = NEIGHBOR_BYTES;

    /** An interface that packets leave by, as the programs know it. */
    public record Port(int interfaceIndex, long mac, int mtu) {
        public static Port of(AfPacketDevice device) {
            return new Port(device.interfaceIndex(), device.mac().bits(), device.mtu());
        }
    }

    /** A next hop that the last process knew. @param nic the place of its NIC among the stack's */
    public record FormerNeighbor(int index, int nic, int address, long mac) {}

    private final MemorySegment neighbors;

    SpliceNextHops(MemorySegment neighbors) {
        this.neighbors = neighbors;
    }

    /**
     * Sets a next hop; all flows through it follow at once.
     *
     * @param port where it is
     * @param nic the place of its NIC among the stack's
     * @param address its own
     * @param mac its link address; 0 while unknown, which leaves its packets to the edge
     */
    public void set(int index, Port port, int nic, int address, long mac) {
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

    /** The next hops that the process before this one knew, in the order of their index. */
    public List<FormerNeighbor> former() {
        List<FormerNeighbor> former = new ArrayList<>();
        for (int index = 0; index < MOST; index++) {
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
}
