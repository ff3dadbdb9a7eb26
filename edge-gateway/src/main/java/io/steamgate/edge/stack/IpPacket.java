package io.steamgate.edge.stack;

import io.steamgate.edge.wire.Frame;
import java.lang.foreign.MemorySegment;

/**
 * A received IP packet that passed every check of its own layer, as transports see it. One instance a stack, filled anew
 * for each packet: keep nothing of it beyond the call. Addresses are {@code int} bits (see {@code Ipv4Address}) because
 * this is the packet path.
 */
public final class IpPacket {
    Frame frame;
    Nic nic;
    int source;
    int destination;
    int protocol;
    int ttl;
    int trafficClass;
    int headerOffset;
    int payloadOffset;
    int payloadLength;
    boolean unicast = true;

    /** For the stack and for tests of a transport; {@link #set} fills it. */
    public IpPacket(Nic nic, Frame frame) {
        this.nic = nic;
        this.frame = frame;
    }

    public IpPacket set(
            Nic nic,
            Frame frame,
            int source,
            int destination,
            int protocol,
            int ttl,
            int trafficClass,
            int headerOffset,
            int payloadOffset,
            int payloadLength) {
        this.nic = nic;
        this.frame = frame;
        this.source = source;
        this.destination = destination;
        this.protocol = protocol;
        this.ttl = ttl;
        this.trafficClass = trafficClass;
        this.headerOffset = headerOffset;
        this.payloadOffset = payloadOffset;
        this.payloadLength = payloadLength;
        this.unicast = true;
        return this;
    }

    IpPacket unicast(boolean unicast) {
        this.unicast = unicast;
        return this;
    }

    /** Whether it came to one host only: neither its MAC nor its IP destination is a broadcast or group address. */
    public boolean unicast() {
        return unicast;
    }

    /** Bytes of the whole packet, IP header included and link padding excluded. */
    public int totalLength() {
        return payloadOffset - headerOffset + payloadLength;
    }

    public Nic nic() {
        return nic;
    }

    public Frame frame() {
        return frame;
    }

    public MemorySegment memory() {
        return frame.memory();
    }

    public int source() {
        return source;
    }

    public int destination() {
        return destination;
    }

    public int protocol() {
        return protocol;
    }

    public int ttl() {
        return ttl;
    }

    /** The former TOS octet: DSCP and ECN. */
    public int trafficClass() {
        return trafficClass;
    }

    /** Offset of the IP header in {@link #memory}. */
    public int headerOffset() {
        return headerOffset;
    }

    /** Offset of the transport header in {@link #memory}. */
    public int payloadOffset() {
        return payloadOffset;
    }

    /** Bytes from the transport header on, link padding excluded. */
    public int payloadLength() {
        return payloadLength;
    }
}
