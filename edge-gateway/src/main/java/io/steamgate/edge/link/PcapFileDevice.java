package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;
import java.io.EOFException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeoutException;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;

/**
 * Replays a capture file: its frames arrive in order, as fast as they are taken. What is sent is counted and gone; a
 * {@link PcapRecorder} around it keeps that.
 */
public final class PcapFileDevice implements Device {
    private final String name;
    private final MacAddress mac;
    private final int mtu;
    private final PcapHandle handle;
    private final LinkCounters counters = new LinkCounters();
    private final Frame frame =
            new Frame(Arena.ofAuto().allocate(Frame.RECEIVE_START + (long) Pcap.SNAPSHOT, 64), null);
    private boolean finished;

    private PcapFileDevice(String name, MacAddress mac, int mtu, PcapHandle handle) {
        this.name = name;
        this.mac = mac;
        this.mtu = mtu;
        this.handle = handle;
    }

    /**
     * @param mac whose the replaying stack is: frames to it are for the stack
     * @param mtu bytes of the largest IP packet
     * @throws LinkException when the file cannot be read as a capture of Ethernet frames
     */
    public static PcapFileDevice open(Path file, MacAddress mac, int mtu) {
        if (!Files.isReadable(file)) {
            throw new LinkException("there is no readable capture file " + file);
        }
        PcapHandle handle = Pcap.open(file.toString(), () -> Pcaps.openOffline(file.toString()));
        Pcap.requireEthernet("capture file " + file, handle);
        return new PcapFileDevice(file.toString(), mac, mtu, handle);
    }

    /** The file has been handed over to its end. */
    public boolean finished() {
        return finished;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MacAddress mac() {
        return mac;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public boolean offload() {
        return false;
    }

    /** One frame a call: there is one buffer. */
    @Override
    public int receive(Receiver receiver) {
        if (finished) {
            return 0;
        }
        try {
            byte[] bytes = handle.getNextRawPacketEx();
            if (bytes.length < EthernetFrame.HEADER || bytes.length > Pcap.SNAPSHOT) {
                counters.receiveDropped().increment();
                return 1;
            }
            frame.region(Frame.RECEIVE_START, bytes.length);
            frame.clearOffload();
            MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, Frame.RECEIVE_START, bytes.length);
            counters.receivedFrames().increment();
            counters.receivedBytes().add(bytes.length);
            receiver.receive(frame);
            return 1;
        } catch (EOFException e) {
            finished = true;
        } catch (TimeoutException | PcapNativeException | NotOpenException truncated) {
            counters.receiveDropped().increment();
            finished = true;
        }
        return 0;
    }

    @Override
    public void transmit(Frame frame) {
        counters.sentFrames().increment();
        counters.sentBytes().add(frame.length());
        frame.release();
    }

    @Override
    public void flush() {}

    @Override
    public void multicast(MacAddress group, boolean joined) {}

    @Override
    public LinkCounters counters() {
        return counters;
    }

    @Override
    public void onReadable(Runnable wakeUp) {
        wakeUp.run();
    }

    @Override
    public void close() {
        finished = true;
        handle.close();
    }
}
