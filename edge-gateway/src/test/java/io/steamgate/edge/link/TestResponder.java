package io.steamgate.edge.link;

import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.MemorySegment;

/** Just enough of a host, answering in place: ARP and ping for one address, tagged or not. */
final class TestResponder implements Device.Receiver {
    private final Device device;
    private final int address;
    int echoes;
    int largest;

    TestResponder(Device device, Ipv4Address address) {
        this.device = device;
        this.address = address.bits();
    }

    @Override
    public void receive(Frame frame) {
        MemorySegment m = frame.memory();
        int at = frame.start();
        largest = Math.max(largest, frame.length());
        int type = NetworkOrder.u16(m, at + 12);
        int packet = at + 14;
        if (type == EthernetFrame.VLAN) {
            type = NetworkOrder.u16(m, at + 16);
            packet += 4;
        }
        if (type == 0x0806 && NetworkOrder.i32(m, packet + 24) == address && NetworkOrder.u16(m, packet + 6) == 1) {
            NetworkOrder.put16(m, packet + 6, 2);
            MemorySegment.copy(m, packet + 8, m, packet + 18, 10);
            NetworkOrder.put48(m, packet + 8, device.mac().bits());
            NetworkOrder.put32(m, packet + 14, address);
            reply(frame);
        } else if (type == 0x0800
                && NetworkOrder.i32(m, packet + 16) == address
                && NetworkOrder.u8(m, packet + 9) == 1
                && NetworkOrder.u8(m, packet + 20) == 8) {
            echoes++;
            NetworkOrder.put32(m, packet + 16, NetworkOrder.i32(m, packet + 12));
            NetworkOrder.put32(m, packet + 12, address);
            NetworkOrder.put8(m, packet + 20, 0);
            NetworkOrder.put16(m, packet + 22, 0);
            int length = NetworkOrder.u16(m, packet + 2) - 20;
            NetworkOrder.put16(m, packet + 22, Checksum.finish(Checksum.add(0, m, packet + 20, length)));
            reply(frame);
        }
    }

    private void reply(Frame frame) {
        NetworkOrder.put48(frame.memory(), frame.start(), NetworkOrder.u48(frame.memory(), frame.start() + 6));
        NetworkOrder.put48(frame.memory(), frame.start() + 6, device.mac().bits());
        device.transmit(frame);
    }

    /** Serves the device until the process, a real client, has ended. */
    void serve(Poller poller, Process client) {
        while (client.isAlive()) {
            if (device.receive(this) == 0) {
                poller.await(20_000_000L);
            }
            device.flush();
        }
    }
}
