package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A device without hardware: either one end of a wire to another one ({@link #wire}), or a device whose wire is the test
 * itself, which {@linkplain #deliver delivers} frames to it and {@linkplain #nextSent takes} what it sent. Its two ends
 * may belong to different threads. It refuses what a real device of its kind would: frames over the MTU and offload
 * requests, unless made with offload.
 */
public final class MemoryDevice implements Device {
    private static final int BATCH = 64;
    private static final int QUEUE = 4096;

    private final String name;
    private final MacAddress mac;
    private final int mtu;
    private final boolean offload;
    private final LinkCounters counters = new LinkCounters();
    private final ArrayBlockingQueue<Frame> inbox = new ArrayBlockingQueue<>(QUEUE);
    private final ArrayBlockingQueue<Frame> outbox = new ArrayBlockingQueue<>(QUEUE);
    private final ArrayBlockingQueue<Frame> spare = new ArrayBlockingQueue<>(QUEUE);
    private final List<Frame> lent = new ArrayList<>(BATCH);
    private final List<Frame> queued = new ArrayList<>(BATCH);
    private final Set<MacAddress> groups = new HashSet<>();
    private volatile Runnable wakeUp = () -> {};
    private @Nullable MemoryDevice peer;

    /** A device without offload. */
    public MemoryDevice(String name, MacAddress mac, int mtu) {
        this(name, mac, mtu, false);
    }

    /** @param mtu bytes of the largest IP packet */
    public MemoryDevice(String name, MacAddress mac, int mtu, boolean offload) {
        this.name = name;
        this.mac = mac;
        this.mtu = mtu;
        this.offload = offload;
    }

    /** Joins two devices: what one sends, the other receives. Both must agree on offload. */
    public static void wire(MemoryDevice a, MemoryDevice b) {
        if (a.offload != b.offload) {
            throw new IllegalArgumentException("both ends of a wire must have offload, or none");
        }
        a.peer = b;
        b.peer = a;
    }

    /** A frame arrives from the wire. @return false when the device's queue is full: the frame is lost */
    public boolean deliver(Frame frame) {
        Frame copy = spare.poll();
        if (copy == null || copy.capacity() < frame.end()) {
            int capacity = Math.max(frame.end(), Frame.RECEIVE_START + mtu + 18);
            copy = new Frame(Arena.ofAuto().allocate(capacity, 64), null);
        }
        copy.copyFrom(frame);
        if (!inbox.offer(copy)) {
            return false;
        }
        wakeUp.run();
        return true;
    }

    /** A frame, from its Ethernet header on, arrives from the wire. */
    public boolean deliver(byte[] frame) {
        return deliver(Frame.copyOf(frame));
    }

    /** The oldest frame sent and not yet taken; always empty on a wired device. */
    public Optional<byte[]> nextSent() {
        return nextSentFrame().map(Frame::toBytes);
    }

    /** Like {@link #nextSent}, with its offload header. */
    public Optional<Frame> nextSentFrame() {
        return Optional.ofNullable(outbox.poll());
    }

    /** All frames sent and not yet taken. */
    public List<byte[]> drainSent() {
        List<byte[]> all = new ArrayList<>();
        for (Optional<byte[]> next = nextSent(); next.isPresent(); next = nextSent()) {
            all.add(next.get());
        }
        return all;
    }

    /** The group addresses joined at present. */
    public Set<MacAddress> groups() {
        return Set.copyOf(groups);
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
        return offload;
    }

    @Override
    public int receive(Receiver receiver) {
        for (int i = 0; i < lent.size(); i++) {
            spare.offer(lent.get(i));
        }
        lent.clear();
        int count = 0;
        while (count < BATCH) {
            Frame frame = inbox.poll();
            if (frame == null) {
                break;
            }
            lent.add(frame);
            count++;
            counters.receivedFrames().increment();
            counters.receivedBytes().add(frame.length());
            receiver.receive(frame);
        }
        return count;
    }

    @Override
    public void transmit(Frame frame) {
        if (queued.size() == BATCH) {
            flush();
        }
        queued.add(frame);
    }

    @Override
    public void flush() {
        for (int i = 0; i < queued.size(); i++) {
            Frame frame = queued.get(i);
            if (carries(frame) && put(frame)) {
                counters.sentFrames().increment();
                counters.sentBytes().add(frame.length());
            } else {
                counters.sendFailed().increment();
            }
            frame.release();
        }
        queued.clear();
    }

    private boolean carries(Frame frame) {
        return frame.length() >= EthernetFrame.HEADER
                && (offload
                        || !frame.checksumPartial()
                                && frame.segmentSize() == 0
                                && EthernetFrame.packetLength(frame) <= mtu);
    }

    private boolean put(Frame frame) {
        MemoryDevice other = peer;
        if (other != null) {
            return other.deliver(frame);
        }
        Frame copy = new Frame(Arena.ofAuto().allocate(frame.end(), 64), null);
        copy.copyFrom(frame);
        return outbox.offer(copy);
    }

    @Override
    public void multicast(MacAddress group, boolean joined) {
        if (joined) {
            groups.add(group);
        } else {
            groups.remove(group);
        }
    }

    @Override
    public LinkCounters counters() {
        return counters;
    }

    @Override
    public void onReadable(Runnable wakeUp) {
        this.wakeUp = wakeUp;
        if (!inbox.isEmpty()) {
            wakeUp.run();
        }
    }

    @Override
    public void close() {}
}
