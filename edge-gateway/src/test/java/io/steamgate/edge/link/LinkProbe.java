package io.steamgate.edge.link;

import io.steamgate.edge.wire.Ipv4Address;
import java.util.List;

/**
 * Answers ping for an address through one of the devices until {@code count} were answered: the link alone, to be tried
 * as a native executable.
 *
 * <p>Arguments: {@code af-packet} or {@code pcap}, interface, address, count.
 */
final class LinkProbe {
    private LinkProbe() {}

    public static void main(String[] args) {
        Ipv4Address address = Ipv4Address.parse(args[2]);
        int count = Integer.parseInt(args[3]);
        try (KernelSilence silence = KernelSilence.keep(List.of(args[1]), List.of(address));
                Device device = args[0].equals("pcap")
                        ? PcapDevice.open(args[1])
                        : AfPacketDevice.open(args[1], AfPacketSettings.defaults());
                Poller poller = new DescriptorPoller(List.of(device))) {
            System.out.println(silence);
            System.out.println("ready: " + device.name() + " " + device.mac() + " mtu " + device.mtu());
            TestResponder responder = new TestResponder(device, address);
            while (responder.echoes < count) {
                if (device.receive(responder) == 0) {
                    poller.await(Long.MAX_VALUE);
                }
                device.flush();
            }
            System.out.println(device.counters());
        }
    }
}
