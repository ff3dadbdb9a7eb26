package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.util.List;

/**
 * The least that can stand between two interfaces: each IPv4 frame gets new MAC addresses and leaves by the other one.
 * For bench/link, which finds how the device is best set; what the edge makes of it is for bench/edge.
 *
 * <p>Arguments: interface, MAC address of the host behind it, the same of the other side, frames of a large batch.
 */
final class Forwarder {
    private Forwarder() {}

    public static void main(String[] args) {
        AfPacketSettings settings = AfPacketSettings.defaults().withLargeBatch(Integer.parseInt(args[4]));
        try (AfPacketDevice left = AfPacketDevice.open(args[0], settings);
                AfPacketDevice right = AfPacketDevice.open(args[2], settings);
                Poller poller = new DescriptorPoller(List.of(left, right))) {
            left.filter(PacketFilter.ipv4(left.mac()));
            right.filter(PacketFilter.ipv4(right.mac()));
            Device.Receiver toRight = forward(right, MacAddress.parse(args[3]));
            Device.Receiver toLeft = forward(left, MacAddress.parse(args[1]));
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> System.out.println(left.counters() + "\n" + right.counters())));
            System.out.println("ready");
            while (true) {
                int moved = left.receive(toRight);
                right.flush();
                moved += right.receive(toLeft);
                left.flush();
                if (moved == 0) {
                    poller.await(Long.MAX_VALUE);
                }
            }
        }
    }

    private static Device.Receiver forward(Device to, MacAddress next) {
        long own = to.mac().bits();
        long destination = next.bits();
        return frame -> {
            if (frame.length() >= 34 && NetworkOrder.u16(frame.memory(), frame.start() + 12) == 0x0800) {
                rewrite(frame, destination, own);
                to.transmit(frame);
            }
        };
    }

    private static void rewrite(Frame frame, long destination, long source) {
        NetworkOrder.put48(frame.memory(), frame.start(), destination);
        NetworkOrder.put48(frame.memory(), frame.start() + 6, source);
    }
}
