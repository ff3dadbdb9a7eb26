package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;

/** A device in front of another one: it passes everything on, and a subclass changes what it is there for. */
public abstract class DeviceDecorator implements Device {
    protected final Device inner;

    protected DeviceDecorator(Device inner) {
        this.inner = inner;
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public MacAddress mac() {
        return inner.mac();
    }

    @Override
    public int mtu() {
        return inner.mtu();
    }

    @Override
    public boolean offload() {
        return inner.offload();
    }

    @Override
    public int receive(Receiver receiver) {
        return inner.receive(receiver);
    }

    @Override
    public void transmit(Frame frame) {
        inner.transmit(frame);
    }

    @Override
    public void flush() {
        inner.flush();
    }

    @Override
    public void multicast(MacAddress group, boolean joined) {
        inner.multicast(group, joined);
    }

    @Override
    public LinkCounters counters() {
        return inner.counters();
    }

    @Override
    public int pollDescriptor() {
        return inner.pollDescriptor();
    }

    @Override
    public void onReadable(Runnable wakeUp) {
        inner.onReadable(wakeUp);
    }

    @Override
    public void close() {
        inner.close();
    }
}
