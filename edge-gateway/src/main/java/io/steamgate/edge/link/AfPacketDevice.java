package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A Linux interface through a packet socket (packet(7)). Frames come and go in batches, one system call each, with their
 * {@code virtio_net_hdr}: a super-frame of 64 KiB costs one copy in and one out, and a received frame is sent from where
 * it was received. Nothing is allocated once open.
 */
public final class AfPacketDevice implements Device {
    private static final int AF_PACKET = 17;
    private static final int ETH_P_ALL = 3;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final int PACKET_DROP_MEMBERSHIP = 2;
    private static final int PACKET_STATISTICS = 6;
    private static final int PACKET_AUXDATA = 8;
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final int MEMBER_MULTICAST = 0;
    private static final int MEMBER_PROMISCUOUS = 1;
    private static final int MEMBER_ALL_MULTICAST = 2;
    private static final int MEMBER_UNICAST = 3;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SO_ATTACH_BPF = 50;

    private static final int BATCH = 64;
    /**
     * Frames of more bytes on average are taken in smaller batches, so that the few buffers that they are copied in and out
     * of stay in the processor's cache (docs/dataplane-measurements.md).
     */
    private static final int LARGE = 4096;

    /** A frame with all that may precede it, in whole pages. */
    private static final int SLOT = 17 * 4096;
    /** Puts the payload of a TCP segment with timestamps, where bulk is, on a cache line: 66 bytes behind the start. */
    private static final int SLOT_SHIFT = 64 - (Frame.RECEIVE_START + 66) % 64;
    /** Receive calls between two looks at the kernel's own drop counter. */
    private static final int STATISTICS_EVERY = 64;

    private final LinuxInterface netInterface;
    private final MacAddress mac;
    private final boolean offload;
    private final boolean vlan;
    private final int largeBatch;
    private final LinkCounters counters = new LinkCounters();
    private final Arena arena = Arena.ofAuto();
    private final Frame[] frames = new Frame[BATCH];
    private final MessageVector received;
    private final MessageVector sent;
    private final Frame[] queue = new Frame[BATCH];
    private final MemorySegment statistics = arena.allocate(8, 8);
    private final MemorySegment statisticsLength = arena.allocate(4, 4);
    private int queued;
    private int receives;
    private int batch = BATCH;
    private int fd;

    private AfPacketDevice(LinuxInterface netInterface, AfPacketSettings settings, int fd, boolean offload) {
        this.netInterface = netInterface;
        this.mac = settings.mac().orElse(netInterface.mac());
        this.offload = offload;
        this.vlan = settings.vlan();
        this.largeBatch = settings.largeBatch();
        this.fd = fd;
        received = new MessageVector(arena, BATCH, vlan);
        sent = new MessageVector(arena, BATCH, false);
        MemorySegment memory = arena.allocate((long) BATCH * SLOT, 4096);
        int from = Frame.RECEIVE_START - (offload ? Frame.OFFLOAD_HEADER : 0);
        for (int i = 0; i < BATCH; i++) {
            MemorySegment slot = memory.asSlice((long) i * SLOT + SLOT_SHIFT, SLOT - SLOT_SHIFT);
            frames[i] = new Frame(slot, null);
            received.point(i, slot.address() + from, (int) slot.byteSize() - from);
        }
    }

    /**
     * Opens the interface in the network namespace of the calling thread.
     *
     *
     * @throws LinkException when it is not there, is down, or a capability is missing
     */
    public static AfPacketDevice open(String name, AfPacketSettings settings) {
        LinuxInterface netInterface = LinuxInterface.of(name);
        if (!netInterface.up()) {
            throw new LinkException("interface " + name + " is down: ip link set " + name + " up");
        }
        // Protocol 0 receives nothing before all options are set.
        int fd = LinuxCalls.socket(AF_PACKET, LinuxCalls.SOCK_RAW | LinuxCalls.SOCK_CLOEXEC, 0);
        if (fd == -LinuxCalls.EPERM || fd == -LinuxCalls.EACCES) {
            throw new LinkException("a packet socket on " + name
                    + " needs CAP_NET_RAW: run as root, or give the process or container NET_RAW");
        }
        if (fd < 0) {
            throw new LinkException("no packet socket on " + name + ": " + LinuxCalls.errorName(fd)
                    + " (is AF_PACKET built into this kernel?)");
        }
        try {
            boolean offload = settings.offload() && LinuxCalls.setOption(fd, SOL_PACKET, PACKET_VNET_HDR, 1) >= 0;
            AfPacketDevice device = new AfPacketDevice(netInterface, settings, fd, offload);
            device.configure(settings);
            return device;
        } catch (RuntimeException e) {
            LinuxCalls.close(fd);
            throw e;
        }
    }

    private void configure(AfPacketSettings settings) {
        require(LinuxCalls.setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1), "PACKET_IGNORE_OUTGOING (Linux 4.20)");
        if (vlan) {
            require(LinuxCalls.setOption(fd, SOL_PACKET, PACKET_AUXDATA, 1), "PACKET_AUXDATA");
        }
        buffer(SO_RCVBUFFORCE, SO_RCVBUF, settings.receiveBuffer());
        buffer(SO_SNDBUFFORCE, SO_SNDBUF, settings.sendBuffer());
        filter(PacketFilter.everything());
        if (settings.promiscuous()) {
            require(membership(true, MEMBER_PROMISCUOUS, MacAddress.ZERO), "promiscuous mode");
        }
        settings.mac().ifPresent(own -> require(membership(true, MEMBER_UNICAST, own), "MAC address " + own));
        MemorySegment address = LinuxCalls.struct(arena, 20);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
        NetworkOrder.put16(address, 2, ETH_P_ALL);
        address.set(ValueLayout.JAVA_INT, 4, netInterface.index());
        require(LinuxCalls.bind(fd, address), "to be bound");
    }

    private void require(int result, String what) {
        if (result < 0) {
            throw new LinkException("interface " + name() + " refuses " + what + ": " + LinuxCalls.errorName(result));
        }
    }

    /** Without CAP_NET_ADMIN the kernel caps the size at net.core.rmem_max or wmem_max: slower, not wrong. */
    private void buffer(int force, int plain, int bytes) {
        if (LinuxCalls.setOption(fd, LinuxCalls.SOL_SOCKET, force, bytes) < 0) {
            LinuxCalls.setOption(fd, LinuxCalls.SOL_SOCKET, plain, bytes);
        }
    }

    /** Replaces, at once, what the kernel hands over; tagged frames only ever on a device with VLANs. */
    public void filter(PacketFilter filter) {
        try (Arena scratch = Arena.ofConfined()) {
            require(
                    LinuxCalls.setOption(
                            fd,
                            LinuxCalls.SOL_SOCKET,
                            SO_ATTACH_FILTER,
                            (vlan ? filter : filter.untagged()).program(scratch)),
                    "a filter");
        }
    }

    /**
     * As {@link #filter(PacketFilter)}, by a loaded eBPF program.
     *
     * @param program its descriptor
     */
    void filter(int program) {
        require(LinuxCalls.setOption(fd, LinuxCalls.SOL_SOCKET, SO_ATTACH_BPF, program), "a filter");
    }

    /** The kernel's number of the interface. */
    int interfaceIndex() {
        return netInterface.index();
    }

    @Override
    public String name() {
        return netInterface.name();
    }

    @Override
    public MacAddress mac() {
        return mac;
    }

    @Override
    public int mtu() {
        return netInterface.mtu();
    }

    @Override
    public boolean offload() {
        return offload;
    }

    @Override
    public int receive(Receiver receiver) {
        if (++receives % STATISTICS_EVERY == 0) {
            countKernelDrops();
        }
        received.resetControls(batch);
        int count = LinuxCalls.recvmmsg(fd, received.address(0), batch);
        if (count < 0) {
            if (count == -LinuxCalls.ENETDOWN) {
                counters.outages().increment();
            } else if (count != -LinuxCalls.EAGAIN && count != -LinuxCalls.EINTR) {
                // A frame whose segmentation has no offload header in this kernel: it is gone, the next is not.
                counters.receiveDropped().increment();
            }
            return 0;
        }
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            Frame frame = frames[i];
            if (accept(frame, i)) {
                bytes += frame.length();
                counters.receivedFrames().increment();
                counters.receivedBytes().add(frame.length());
                receiver.receive(frame);
            } else {
                counters.receiveDropped().increment();
            }
        }
        batch = bytes > (long) count * LARGE ? largeBatch : BATCH;
        return count;
    }

    private boolean accept(Frame frame, int i) {
        int length = received.length(i) - (offload ? Frame.OFFLOAD_HEADER : 0);
        if (length < EthernetFrame.HEADER || received.truncated(i)) {
            return false;
        }
        frame.region(Frame.RECEIVE_START, length);
        if (!offload) {
            frame.clearOffload();
        }
        int tag = received.strippedTag(i);
        if (tag != 0) {
            insertTag(frame, tag);
        }
        return true;
    }

    /** Moves both MAC addresses forward and puts the tag where it was on the wire. */
    private static void insertTag(Frame frame, int tag) {
        MemorySegment memory = frame.memory();
        int from = frame.start();
        int to = from - EthernetFrame.TAG;
        frame.moveStart(to);
        MemorySegment.copy(memory, from, memory, to, EthernetFrame.ETHER_TYPE);
        NetworkOrder.put32(memory, to + EthernetFrame.ETHER_TYPE, tag);
    }

    @Override
    public void transmit(Frame frame) {
        if (queued == BATCH) {
            flush();
        }
        queue[queued] = frame;
        if (offload) {
            sent.point(queued, frame.memory().address() + frame.offloadStart(), frame.length() + Frame.OFFLOAD_HEADER);
        } else {
            sent.point(queued, frame.memory().address() + frame.start(), frame.length());
        }
        queued++;
    }

    @Override
    public void flush() {
        int done = 0;
        while (done < queued) {
            int result = LinuxCalls.sendmmsg(fd, sent.address(done), queued - done);
            if (result > 0) {
                countSent(done, result);
                done += result;
            } else if (result != -LinuxCalls.EINTR) {
                // The first one is refused: a full queue (ENOBUFS, EAGAIN), a wire that is down, a bad frame. It is
                // lost,
                // as on any wire; the others have their own try.
                counters.sendFailed().increment();
                done++;
            }
        }
        for (int i = 0; i < queued; i++) {
            queue[i].release();
        }
        queued = 0;
    }

    private void countSent(int from, int count) {
        long bytes = 0;
        for (int i = from; i < from + count; i++) {
            bytes += queue[i].length();
        }
        counters.sentFrames().add(count);
        counters.sentBytes().add(bytes);
    }

    /** Frames the kernel had no room to queue for us; reading resets its count. */
    private void countKernelDrops() {
        statisticsLength.set(ValueLayout.JAVA_INT, 0, 8);
        if (LinuxCalls.getOption(fd, SOL_PACKET, PACKET_STATISTICS, statistics, statisticsLength) >= 0) {
            counters.receiveDropped().add(statistics.get(ValueLayout.JAVA_INT, 4) & 0xFFFF_FFFFL);
        }
    }

    @Override
    public void multicast(MacAddress group, boolean joined) {
        // A NIC whose filter is full can still hand over all groups; a vanished one says so when it is used.
        if (membership(joined, MEMBER_MULTICAST, group) < 0 && joined) {
            membership(true, MEMBER_ALL_MULTICAST, MacAddress.ZERO);
        }
    }

    private int membership(boolean add, int type, MacAddress address) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment request = LinuxCalls.struct(scratch, 16);
            request.set(ValueLayout.JAVA_INT, 0, netInterface.index());
            request.set(ValueLayout.JAVA_SHORT, 4, (short) type);
            request.set(ValueLayout.JAVA_SHORT, 6, (short) 6);
            NetworkOrder.put48(request, 8, address.bits());
            return LinuxCalls.setOption(fd, SOL_PACKET, add ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP, request);
        }
    }

    @Override
    public LinkCounters counters() {
        return counters;
    }

    @Override
    public int pollDescriptor() {
        return fd;
    }

    @Override
    public void close() {
        if (fd >= 0) {
            LinuxCalls.close(fd);
            fd = -1;
        }
    }
}
