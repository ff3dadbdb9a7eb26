package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;

/** A device that swallows what it is given, and counts it. */
public record SinkDevice(MacAddress mac, LinkCounters counters) implements Device {
    public SinkDevice(MacAddress mac) {
        this(mac, new LinkCounters());
    }

    @Override
    public String name() {
        return "sink";
    }

    @Override
    public int mtu() {
        return 1500;
    }

    @Override
    public boolean offload() {
        return false;
    }

    @Override
    public int receive(Receiver receiver) {
        return 0;
    }

    @Override
    public void transmit(Frame frame) {
        counters.sentFrames().increment();
        frame.release();
    }

    @Override
    public void flush() {}

    @Override
    public void multicast(MacAddress group, boolean joined) {}

    @Override
    public void close() {}
}
