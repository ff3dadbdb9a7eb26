package io.steamgate.edge.stack;

import io.steamgate.edge.wire.Frame;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A received datagram. One instance a stack, filled anew for each: keep nothing of it beyond the call. */
public final class UdpDatagram {
    IpPacket packet;
    int sourcePort;
    int destinationPort;
    int offset;
    int length;

    UdpDatagram(IpPacket packet) {
        this.packet = packet;
    }

    public Nic nic() {
        return packet.nic;
    }

    public int source() {
        return packet.source;
    }

    public int sourcePort() {
        return sourcePort;
    }

    /** Where it was sent to: an address of this stack, a broadcast address or a joined group. */
    public int destination() {
        return packet.destination;
    }

    public int destinationPort() {
        return destinationPort;
    }

    public int ttl() {
        return packet.ttl;
    }

    /** Holds the payload at {@link #offset}. */
    public MemorySegment memory() {
        return packet.memory();
    }

    public Frame frame() {
        return packet.frame;
    }

    public int offset() {
        return offset;
    }

    /** Bytes of payload; may be 0. */
    public int length() {
        return length;
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[length];
        MemorySegment.copy(packet.memory(), ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
        return bytes;
    }
}
