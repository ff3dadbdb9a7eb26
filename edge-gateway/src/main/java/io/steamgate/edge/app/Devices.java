package io.steamgate.edge.app;

import io.steamgate.edge.link.AfPacketDevice;
import io.steamgate.edge.link.AfPacketSettings;
import io.steamgate.edge.link.Device;
import io.steamgate.edge.link.FaultInjector;
import io.steamgate.edge.link.FaultSettings;
import io.steamgate.edge.link.PacketFilter;
import io.steamgate.edge.link.PcapDevice;
import io.steamgate.edge.link.PcapRecorder;
import io.steamgate.edge.runtime.Timers;
import java.nio.file.Path;
import java.time.InstantSource;

/** Opens the interfaces of the configuration, with the decorators it asks for. */
final class Devices {
    /** A recording is cut into files of this many bytes, of which this many are kept. */
    private static final long RECORD_BYTES = 64L << 20;

    private static final int RECORD_FILES = 4;

    private Devices() {}

    static Device open(String name, EdgeConfig.Interface settings, EdgeConfig config, Timers timers) {
        Device device = switch (config.link()) {
            case AF_PACKET -> afPacket(name, settings);
            case PCAP -> {
                if (settings.vlan().isPresent()) {
                    throw new OperatorException("steamgate.edge.link=pcap carries no VLANs: use af-packet for " + name
                            + ", or an interface of the VLAN");
                }
                yield PcapDevice.open(name);
            }
        };
        if (config.linkFaults().isPresent()) {
            device = new FaultInjector(
                    device, FaultSettings.parse(config.linkFaults().get()), timers);
        }
        if (config.record().isPresent()) {
            Path file = Path.of(config.record().get() + "-" + name + ".pcap");
            device = new PcapRecorder(device, file, RECORD_BYTES, RECORD_FILES, InstantSource.system());
        }
        return device;
    }

    private static Device afPacket(String name, EdgeConfig.Interface settings) {
        AfPacketSettings defaults = AfPacketSettings.defaults();
        AfPacketDevice device = AfPacketDevice.open(name, settings.vlan().isPresent() ? defaults.withVlan() : defaults);
        // Not by address: in transparent mode endpoints answer to their clients' addresses through the edge.
        device.filter(PacketFilter.ipv4(device.mac()));
        return device;
    }
}
