package io.steamgate.edge.app;

import io.steamgate.edge.handoff.DataPathCounters;
import io.steamgate.edge.handoff.Gateway;
import io.steamgate.edge.handoff.KernelPath;
import io.steamgate.edge.link.AfPacketDevice;
import io.steamgate.edge.link.Device;
import io.steamgate.edge.link.LinkException;
import io.steamgate.edge.link.Pins;
import io.steamgate.edge.link.SpliceNextHops;
import io.steamgate.edge.link.SpliceTable;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.stack.Stack;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who forwards the packets of spliced flows, chosen once at the start; see {@code steamgate.edge.data-path}. */
final class DataPath implements AutoCloseable {
    private static final int FEWEST_FLOWS = 16;
    private static final int MOST_FLOWS = 1 << 23;

    /** Why the kernel is not used. */
    enum Obstacle {
        NONE("none"),
        CONFIGURED("configured"),
        LINK("link"),
        LINK_FAULTS("link-faults"),
        RECORD("record"),
        VLAN("vlan"),
        REFUSED("refused");

        /** As metrics label it. */
        private final String label;

        Obstacle(String label) {
            this.label = label;
        }
    }

    private final @Nullable KernelPath kernel;
    private final @Nullable SpliceTable table;
    private final Obstacle obstacle;
    private final String because;

    private DataPath(@Nullable KernelPath kernel, @Nullable SpliceTable table, Obstacle obstacle, String because) {
        this.kernel = kernel;
        this.table = table;
        this.obstacle = obstacle;
        this.because = because;
    }

    /** @throws OperatorException when the kernel is demanded and cannot */
    static DataPath choose(EdgeConfig config, Map<String, Device> devices, Pins pins, Stack stack, Gateway gateway) {
        int flows = config.kernelFlows();
        if (flows < FEWEST_FLOWS || flows > MOST_FLOWS) {
            throw new OperatorException("steamgate.edge.kernel-flows=%d: give a number from %d to %d"
                    .formatted(flows, FEWEST_FLOWS, MOST_FLOWS));
        }
        Obstacle obstacle = obstacle(config);
        String because = switch (obstacle) {
            case CONFIGURED -> "steamgate.edge.data-path=user";
            case LINK -> "steamgate.edge.link is not af-packet";
            case LINK_FAULTS -> "steamgate.edge.link-faults reach only what passes this process";
            case RECORD -> "steamgate.edge.record sees only what passes this process";
            case VLAN -> "an interface is in a VLAN";
            case NONE, REFUSED -> "";
        };
        if (obstacle == Obstacle.NONE) {
            try {
                return kernel(config, pins, stack, gateway);
            } catch (LinkException e) {
                obstacle = Obstacle.REFUSED;
                because = "the kernel takes " + e.getMessage() + "; it needs CAP_BPF and CAP_NET_ADMIN";
            }
        }
        if (config.dataPath() == EdgeConfig.DataPath.KERNEL) {
            throw new OperatorException("steamgate.edge.data-path=kernel is not possible: " + because);
        }
        // The program that the last process left would go on forwarding by rules that nobody minds.
        SpliceTable.clear(devices.keySet(), pins);
        return user(obstacle, because);
    }

    static DataPath user(Obstacle obstacle, String because) {
        return new DataPath(null, null, obstacle, because);
    }

    /** What of the configuration the kernel would pass by. */
    private static Obstacle obstacle(EdgeConfig config) {
        if (config.dataPath() == EdgeConfig.DataPath.USER) {
            return Obstacle.CONFIGURED;
        }
        if (config.link() != EdgeConfig.Link.AF_PACKET) {
            return Obstacle.LINK;
        }
        if (config.linkFaults().isPresent()) {
            return Obstacle.LINK_FAULTS;
        }
        if (config.record().isPresent()) {
            return Obstacle.RECORD;
        }
        boolean vlan = config.interfaces().values().stream()
                .anyMatch(settings -> settings.vlan().isPresent());
        return vlan ? Obstacle.VLAN : Obstacle.NONE;
    }

    private static DataPath kernel(EdgeConfig config, Pins pins, Stack stack, Gateway gateway) {
        List<AfPacketDevice> on = new ArrayList<>();
        Map<Nic, SpliceNextHops.Port> ports = new HashMap<>();
        for (Nic nic : stack.nics()) {
            if (nic.device() instanceof AfPacketDevice device) {
                on.add(device);
                ports.put(nic, SpliceNextHops.Port.of(device));
            }
        }
        SpliceTable table = SpliceTable.attach(
                on, new SpliceTable.Room(2 * config.kernelFlows(), 2 * config.datagramFlows()), pins);
        return new DataPath(gateway.offloadTo(table, ports, config.kernelHandshakes()), table, Obstacle.NONE, "");
    }

    /** As metrics label it. */
    String name() {
        return kernel != null ? "kernel" : "user";
    }

    /** Why the kernel is not used, as metrics label it. */
    String obstacle() {
        return obstacle.label;
    }

    /** What the kernel has forwarded. */
    DataPathCounters counters() {
        return kernel == null ? new DataPathCounters() : kernel.counters();
    }

    int splices() {
        return kernel == null ? 0 : kernel.splices();
    }

    long full() {
        return kernel == null ? 0 : kernel.full().get();
    }

    long refused() {
        return kernel == null ? 0 : kernel.refused();
    }

    /** One line for the log. */
    @Override
    public String toString() {
        return table == null
                ? "data path: user, because " + because
                : "data path: kernel, eBPF by %s, room for %d connections and %d flows of datagrams, which %s"
                        .formatted(
                                table.means(),
                                table.tcp().capacity() / 2,
                                table.udp().capacity() / 2,
                                table.pinned()
                                        ? "outlive this process"
                                        : "end with this process: set steamgate.edge.bpffs to keep them");
    }

    @Override
    public void close() {
        if (table != null) {
            table.close();
        }
    }
}
