package io.steamgate.edge.wire;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * One Ethernet frame in reusable memory: {@code memory[start, start + length)}, preceded by the ten bytes of a {@code
 * virtio_net_hdr} (linux/virtio_net.h) that say what the checksum and segmentation hardware has still to do. The header
 * travels with the frame unread when a packet is forwarded, so a 64 KiB super-frame passes as one.
 *
 * <p>A received frame belongs to its device and is valid until that device receives again. A frame taken from a {@link
 * FramePool} belongs to its taker until it is transmitted or {@linkplain #release released}.
 */
public final class Frame {
    /** Bytes of the offload header in front of every frame. */
    public static final int OFFLOAD_HEADER = 10;
    /**
     * Where a received frame starts, and {@link #OFFLOAD_HEADER} bytes before it its offload header. The network header of
     * an untagged frame is then where this stack would build one, and there is room to add a tag when it is forwarded.
     */
    public static final int RECEIVE_START = 18;
    /** Where the IP header of a frame that this stack builds starts: room for offload, Ethernet and one 802.1Q header. */
    public static final int BUILD_NETWORK = 32;
    /** A tagged Ethernet header and the largest IPv4 packet. */
    public static final int MAX_LENGTH = 18 + 65_535;

    private static final int FLAG_NEEDS_CHECKSUM = 1;
    private static final int FLAG_DATA_VALID = 2;
    private static final ValueLayout.OfShort HOST16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    private final MemorySegment memory;
    private final @Nullable FramePool home;
    private int start = RECEIVE_START;
    private int length;

    /** A frame over {@code memory}; {@code home} takes it back on release, a device's own frames have none. */
    public Frame(MemorySegment memory, @Nullable FramePool home) {
        this.memory = memory;
        this.home = home;
    }

    /** A frame of its own memory that holds a copy of {@code bytes} and no offload; for tests and small tools. */
    public static Frame copyOf(byte[] bytes) {
        Frame frame = new Frame(Arena.ofAuto().allocate(RECEIVE_START + (long) bytes.length, 8), null);
        MemorySegment.copy(bytes, 0, frame.memory, ValueLayout.JAVA_BYTE, RECEIVE_START, bytes.length);
        frame.length = bytes.length;
        return frame;
    }

    public MemorySegment memory() {
        return memory;
    }

    /** Offset of the Ethernet header in {@link #memory}. */
    public int start() {
        return start;
    }

    /** Bytes from the Ethernet header on. */
    public int length() {
        return length;
    }

    /** Offset after the last byte. */
    public int end() {
        return start + length;
    }

    public int capacity() {
        return (int) memory.byteSize();
    }

    /** Sets the region; {@code start} leaves room for the offload header. The offload header is not touched. */
    public void region(int start, int length) {
        if (start < OFFLOAD_HEADER || length < 0 || start + length > capacity()) {
            throw new IndexOutOfBoundsException("frame [" + start + ", +" + length + ") in " + capacity());
        }
        this.start = start;
        this.length = length;
    }

    /**
     * Moves the first byte, not the last: a link header grows or shrinks. The offload header goes along and its offsets
     * still point at what they pointed at.
     */
    public void moveStart(int newStart) {
        int grown = start - newStart;
        if (grown == 0) {
            return;
        }
        int from = offloadStart();
        region(newStart, length + grown);
        MemorySegment.copy(memory, from, memory, offloadStart(), OFFLOAD_HEADER);
        if (checksumPartial()) {
            shift(6, grown);
        }
        if (segmentationType() != 0) {
            shift(2, grown);
        }
    }

    private void shift(int field, int by) {
        memory.set(HOST16, offloadStart() + field, (short) (memory.get(HOST16, offloadStart() + field) + by));
    }

    /** Where the offload header starts; it and the frame behind it are one contiguous write. */
    public int offloadStart() {
        return start - OFFLOAD_HEADER;
    }

    public void clearOffload() {
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, offloadStart(), 0);
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, offloadStart() + 8, (short) 0);
    }

    /** The transport checksum field holds only the pseudo-header sum; hardware, or the next kernel, completes it. */
    public boolean checksumPartial() {
        return (memory.get(ValueLayout.JAVA_BYTE, offloadStart()) & FLAG_NEEDS_CHECKSUM) != 0;
    }

    /** The transport checksum need not be verified: partial, or verified by the receiving hardware. */
    public boolean checksumTrusted() {
        return (memory.get(ValueLayout.JAVA_BYTE, offloadStart()) & (FLAG_NEEDS_CHECKSUM | FLAG_DATA_VALID)) != 0;
    }

    /** Asks that the sum from {@code from} (an offset in memory) on be stored, complemented, {@code field} bytes later. */
    public void requestChecksum(int from, int field) {
        memory.set(ValueLayout.JAVA_BYTE, offloadStart(), (byte) FLAG_NEEDS_CHECKSUM);
        memory.set(HOST16, offloadStart() + 6, (short) (from - start));
        memory.set(HOST16, offloadStart() + 8, (short) field);
    }

    /** Where a partial checksum's sum begins, as an offset in memory; it runs to the frame's end. Unchecked: see below. */
    public int checksumFrom() {
        return start + (memory.get(HOST16, offloadStart() + 6) & 0xFFFF);
    }

    /** Where a partial checksum is stored, as an offset in memory. A header from a device may point past the frame. */
    public int checksumField() {
        return checksumFrom() + (memory.get(HOST16, offloadStart() + 8) & 0xFFFF);
    }

    /**
     * Does in software what {@link #requestChecksum} asked of hardware, for a device without.
     *
     * @return false when the request points outside the frame
     */
    public boolean completeChecksum() {
        int from = checksumFrom();
        int field = checksumField();
        if (field + 2 > end()) {
            return false;
        }
        int checksum = Checksum.finish(Checksum.add(0, memory, from, end() - from));
        // Zero means "none" in UDP (RFC 768), and its other form is as good in TCP.
        NetworkOrder.put16(memory, field, checksum == 0 ? 0xFFFF : checksum);
        memory.set(ValueLayout.JAVA_BYTE, offloadStart(), (byte) 0);
        return true;
    }

    /** VIRTIO_NET_HDR_GSO_*: 0 none, 1 TCPv4, 3 UDP, 4 TCPv6; the ECN bit (0x80) is masked off. */
    public int segmentationType() {
        return memory.get(ValueLayout.JAVA_BYTE, offloadStart() + 1) & 0x7F;
    }

    /** Payload bytes of each segment that a super-frame will be cut into; 0 where there is nothing to cut. */
    public int segmentSize() {
        return segmentationType() == 0 ? 0 : memory.get(HOST16, offloadStart() + 4) & 0xFFFF;
    }

    /** Changes into what pieces a super-frame will be cut. */
    public void segmentSize(int bytes) {
        memory.set(HOST16, offloadStart() + 4, (short) bytes);
    }

    /** Writes the segmentation fields; {@code headers} is the length of all headers in bytes. */
    public void requestSegmentation(int type, int segmentSize, int headers) {
        memory.set(ValueLayout.JAVA_BYTE, offloadStart() + 1, (byte) type);
        memory.set(HOST16, offloadStart() + 2, (short) headers);
        memory.set(HOST16, offloadStart() + 4, (short) segmentSize);
    }

    /** Makes this frame a copy of {@code other}, offload header included. */
    public void copyFrom(Frame other) {
        region(other.start, other.length);
        MemorySegment.copy(
                other.memory, other.offloadStart(), memory, offloadStart(), OFFLOAD_HEADER + (long) other.length);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[length];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, start, bytes, 0, length);
        return bytes;
    }

    /** Gives the frame back to its pool; a frame without a pool stays with its device. */
    public void release() {
        if (home != null) {
            home.give(this);
        }
    }
}
