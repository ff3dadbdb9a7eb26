package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.PcapDirection;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;

/**
 * An interface through libpcap (pcap4j): slower than {@link AfPacketDevice} and without offload, for where packet sockets
 * cannot be used directly. A thread of its own captures into a bounded queue; the poll loop takes from there.
 */
public final class PcapDevice implements Device {
    private static final System.Logger LOG = System.getLogger(PcapDevice.class.getName());
    private static final int BATCH = 64;
    private static final int QUEUE = 2048;
    private static final int KERNEL_BUFFER = 16 << 20;
    /** Only bounds how long closing may take: in immediate mode frames do not wait for it. */
    private static final int TIMEOUT_MILLIS = 100;

    private final LinuxInterface netInterface;
    private final PcapHandle handle;
    private final LinkCounters counters = new LinkCounters();
    private final ArrayBlockingQueue<Frame> captured = new ArrayBlockingQueue<>(QUEUE);
    private final ArrayBlockingQueue<Frame> spare = new ArrayBlockingQueue<>(QUEUE);
    private final List<Frame> lent = new ArrayList<>(BATCH);
    private final byte[] scratch = new byte[Frame.MAX_LENGTH];
    private final Thread capture;
    private volatile Runnable wakeUp = () -> {};

    private PcapDevice(LinuxInterface netInterface, PcapHandle handle) {
        this.netInterface = netInterface;
        this.handle = handle;
        capture =
                Thread.ofPlatform().daemon().name("pcap-" + netInterface.name()).unstarted(this::capture);
    }

    /**
     * Opens the interface, promiscuous because libpcap cannot join groups.
     *
     * @throws LinkException when it is not there, is down, or a library or capability is missing
     */
    public static PcapDevice open(String name) {
        LinuxInterface netInterface = LinuxInterface.of(name);
        if (!netInterface.up()) {
            throw new LinkException("interface " + name + " is down: ip link set " + name + " up");
        }
        List<String> offloads = netInterface.offloads();
        if (!offloads.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "{0} hands over frames that never were on the wire, which pcap cannot forward: ethtool -K {0} {1} off",
                    name,
                    String.join(" off ", offloads));
        }
        PcapHandle handle = Pcap.open(
                name,
                () -> new PcapHandle.Builder(name)
                        .snaplen(Pcap.SNAPSHOT)
                        .promiscuousMode(PromiscuousMode.PROMISCUOUS)
                        .timeoutMillis(TIMEOUT_MILLIS)
                        .bufferSize(KERNEL_BUFFER)
                        .immediateMode(true)
                        .build());
        Pcap.requireEthernet("interface " + name, handle);
        PcapDevice device = Pcap.open(name, () -> {
            handle.setDirection(PcapDirection.IN);
            return new PcapDevice(netInterface, handle);
        });
        device.capture.start();
        return device;
    }

    private void capture() {
        try {
            handle.loop(-1, this::enqueue);
        } catch (InterruptedException | NotOpenException e) {
            // Closed: nothing more comes.
        } catch (PcapNativeException e) {
            counters.outages().increment();
            LOG.log(Level.ERROR, "capturing on {0} has ended: {1}", name(), e.getMessage());
        }
    }

    private void enqueue(byte[] bytes) {
        Frame frame = spare.poll();
        int end = Frame.RECEIVE_START + bytes.length;
        if (frame == null || frame.capacity() < end) {
            frame = new Frame(Arena.ofAuto().allocate(Math.max(end, Frame.RECEIVE_START + mtu() + 18), 64), null);
        }
        frame.region(Frame.RECEIVE_START, bytes.length);
        frame.clearOffload();
        MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, Frame.RECEIVE_START, bytes.length);
        if (bytes.length >= EthernetFrame.HEADER && captured.offer(frame)) {
            wakeUp.run();
        } else {
            counters.receiveDropped().increment();
        }
    }

    @Override
    public String name() {
        return netInterface.name();
    }

    @Override
    public MacAddress mac() {
        return netInterface.mac();
    }

    @Override
    public int mtu() {
        return netInterface.mtu();
    }

    @Override
    public boolean offload() {
        return false;
    }

    @Override
    public int receive(Receiver receiver) {
        for (int i = 0; i < lent.size(); i++) {
            spare.offer(lent.get(i));
        }
        lent.clear();
        int count = 0;
        for (Frame frame = captured.poll(); frame != null; frame = count < BATCH ? captured.poll() : null) {
            lent.add(frame);
            count++;
            counters.receivedFrames().increment();
            counters.receivedBytes().add(frame.length());
            receiver.receive(frame);
        }
        return count;
    }

    /** Sends at once; libpcap has no batches. */
    @Override
    public void transmit(Frame frame) {
        int length = frame.length();
        if (length > scratch.length) {
            counters.sendFailed().increment();
        } else {
            MemorySegment.copy(frame.memory(), ValueLayout.JAVA_BYTE, frame.start(), scratch, 0, length);
            try {
                handle.sendPacket(scratch, length);
                counters.sentFrames().increment();
                counters.sentBytes().add(length);
            } catch (PcapNativeException | NotOpenException e) {
                counters.sendFailed().increment();
            }
        }
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
        this.wakeUp = wakeUp;
        if (!captured.isEmpty()) {
            wakeUp.run();
        }
    }

    @Override
    public void close() {
        try {
            handle.breakLoop();
            capture.join();
        } catch (NotOpenException alreadyClosed) {
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        handle.close();
    }
}
