package io.steamgate.edge.tcp;

import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.stack.IpOutput;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import io.steamgate.edge.wire.MacAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The IP floor of a test: hands what TCP sends to a function, and gives it packets. */
final class TestIp implements IpOutput {
    interface Wire {
        void carry(byte[] segment, int source, int destination, boolean dontFragment);
    }

    private final FramePool pool = new FramePool(65_535);
    private final Nic nic;
    private final Wire wire;
    int mtu = 1500;
    int reducedTo;
    boolean routable = true;

    TestIp(Wire wire) {
        this.wire = wire;
        nic = new Nic(0, new MemoryDevice("test", new MacAddress(0x0200_0000_0001L), 1500));
    }

    @Override
    public Frame allocate() {
        return pool.take();
    }

    @Override
    public boolean send(Frame frame, int source, int destination, int protocol, int length, boolean dontFragment) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(frame.memory(), ValueLayout.JAVA_BYTE, TRANSPORT, bytes, 0, length);
        frame.release();
        if (routable) {
            wire.carry(bytes, source, destination, dontFragment);
        }
        return routable;
    }

    @Override
    public int sourceFor(int destination) {
        return 0;
    }

    @Override
    public int pathMtu(int destination) {
        return mtu;
    }

    @Override
    public void pathMtuReduced(int destination, int mtu) {
        reducedTo = mtu;
    }

    /** Frames that TCP took and did not send. */
    int leaked() {
        return pool.outstanding();
    }

    IpPacket packet(byte[] segment, int source, int destination) {
        Frame frame = Frame.copyOf(segment);
        return new IpPacket(nic, frame)
                .set(nic, frame, source, destination, Tcp.PROTOCOL, 64, 0, 0, frame.start(), segment.length);
    }
}
