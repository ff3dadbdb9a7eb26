package io.steamgate.edge.handoff;

import static io.steamgate.edge.wire.NetworkOrder.i32;
import static io.steamgate.edge.wire.NetworkOrder.put16;
import static io.steamgate.edge.wire.NetworkOrder.put32;
import static io.steamgate.edge.wire.NetworkOrder.put8;
import static io.steamgate.edge.wire.NetworkOrder.u16;
import static io.steamgate.edge.wire.NetworkOrder.u8;

import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.UdpView;
import java.lang.foreign.MemorySegment;

/**
 * Makes a packet of one side of a splice a packet of the other, in place: addresses, ports, sequence and acknowledgment
 * numbers, SACK edges (RFC 2018), timestamps (RFC 7323), window, TTL and both checksums. Checksums are updated and never
 * recomputed (RFC 1624), so a packet that was damaged before stays damaged and its receiver sees it.
 */
final class Translation {
    private static final int IP_LENGTH = 2;
    private static final int IP_TTL = 8;
    private static final int IP_CHECKSUM = 10;
    private static final int IP_SOURCE = 12;
    private static final int IP_DESTINATION = 16;
    static final int TCP_PORTS = 0;
    static final int TCP_SEQ = 4;
    static final int TCP_ACK = 8;
    static final int TCP_DATA_OFFSET = 12;
    static final int TCP_FLAGS = 13;
    static final int TCP_WINDOW = 14;
    static final int TCP_CHECKSUM = 16;
    static final int TCP_HEADER = 20;
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int ACK = 16;
    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;
    private static final int OPTION_SACK = 5;
    private static final int OPTION_TIMESTAMPS = 8;

    private Translation() {}

    /** Whether the TCP header is all there: what {@link #apply} relies on. */
    static boolean wellFormed(IpPacket packet) {
        int length = packet.payloadLength();
        if (length < TCP_HEADER) {
            return false;
        }
        int header = headerLength(packet);
        return header >= TCP_HEADER && header <= length;
    }

    static int headerLength(IpPacket packet) {
        return u8(packet.memory(), packet.payloadOffset() + TCP_DATA_OFFSET) >>> 4 << 2;
    }

    static int flags(IpPacket packet) {
        return u8(packet.memory(), packet.payloadOffset() + TCP_FLAGS);
    }

    /** Translates a {@linkplain #wellFormed well-formed} packet by the splice that matches it. */
    static void apply(IpPacket packet, Splice splice) {
        MemorySegment m = packet.memory();
        long tcp = packet.payloadOffset();
        long addresses = readdress(packet, splice);
        long sum = Checksum.delta32(splice.ports, splice.newPorts);
        put32(m, tcp + TCP_PORTS, splice.newPorts);
        if (splice.seqDelta != 0) {
            sum += shift(m, tcp + TCP_SEQ, splice.seqDelta, false);
        }
        int flags = u8(m, tcp + TCP_FLAGS);
        if (splice.ackDelta != 0 && (flags & ACK) != 0) {
            sum += shift(m, tcp + TCP_ACK, splice.ackDelta, false);
        }
        if (splice.windowShift != 0 && (flags & SYN) == 0) {
            int window = u16(m, tcp + TCP_WINDOW);
            int scaled = splice.windowShift > 0
                    ? Math.min(0xFFFF, window << Math.min(splice.windowShift, 15))
                    : window >>> -splice.windowShift;
            put16(m, tcp + TCP_WINDOW, scaled);
            sum += Checksum.delta16(window, scaled);
        }
        int header = u8(m, tcp + TCP_DATA_OFFSET) >>> 4 << 2;
        if (header > TCP_HEADER) {
            sum += options(m, tcp, header, splice, (flags & ACK) != 0);
        }
        int checksum = u16(m, tcp + TCP_CHECKSUM);
        // Where hardware completes the sum over the segment, the field holds the pseudo-header alone.
        put16(
                m,
                tcp + TCP_CHECKSUM,
                packet.frame().checksumPartial()
                        ? Checksum.updatePartial(checksum, addresses)
                        : Checksum.update(checksum, addresses + sum));
    }

    /** Translates a datagram whose UDP header is all there. A checksum of 0 says that there is none (RFC 768), and stays. */
    static void datagram(IpPacket packet, Splice splice) {
        MemorySegment m = packet.memory();
        long udp = packet.payloadOffset();
        long addresses = readdress(packet, splice);
        put32(m, udp + UdpView.SOURCE_PORT, splice.newPorts);
        int checksum = u16(m, udp + UdpView.CHECKSUM);
        if (packet.frame().checksumPartial()) {
            put16(m, udp + UdpView.CHECKSUM, Checksum.updatePartial(checksum, addresses));
        } else if (checksum != 0) {
            int updated = Checksum.update(checksum, addresses + Checksum.delta32(splice.ports, splice.newPorts));
            put16(m, udp + UdpView.CHECKSUM, updated == 0 ? 0xFFFF : updated);
        }
    }

    /** The IPv4 header's part. @return what it does to the sum of the pseudo-header */
    private static long readdress(IpPacket packet, Splice splice) {
        MemorySegment m = packet.memory();
        long ip = packet.headerOffset();
        long addresses = Checksum.delta32(packet.source(), splice.newSource)
                + Checksum.delta32(packet.destination(), splice.newDestination);
        int lifetime = u16(m, ip + IP_TTL);
        put16(
                m,
                ip + IP_CHECKSUM,
                Checksum.update(u16(m, ip + IP_CHECKSUM), addresses + Checksum.delta16(lifetime, lifetime - 0x100)));
        put8(m, ip + IP_TTL, (lifetime >>> 8) - 1);
        put32(m, ip + IP_SOURCE, splice.newSource);
        put32(m, ip + IP_DESTINATION, splice.newDestination);
        return addresses;
    }

    /** Offset in memory of the timestamp option of a well-formed packet; -1 without. */
    static int timestamps(IpPacket packet) {
        MemorySegment m = packet.memory();
        int tcp = packet.payloadOffset();
        int header = headerLength(packet);
        for (int at = TCP_HEADER; at + 1 < header; ) {
            int kind = u8(m, tcp + at);
            int length = kind == OPTION_NOP ? 1 : u8(m, tcp + at + 1);
            if (kind == OPTION_END || kind != OPTION_NOP && length < 2 || at + length > header) {
                return -1;
            }
            if (kind == OPTION_TIMESTAMPS && length == 10) {
                return tcp + at;
            }
            at += length;
        }
        return -1;
    }

    /** Cuts a packet's payload to its first {@code payload} bytes, in place; a FIN behind them goes too. */
    static IpPacket cut(IpPacket packet, int payload) {
        MemorySegment m = packet.memory();
        int ip = packet.headerOffset();
        int tcp = packet.payloadOffset();
        int length = headerLength(packet) + payload;
        int total = tcp - ip + length;
        put16(m, ip + IP_LENGTH, total);
        put16(m, ip + IP_CHECKSUM, 0);
        put16(m, ip + IP_CHECKSUM, Checksum.finish(Checksum.add(0, m, ip, tcp - ip)));
        put8(m, tcp + TCP_FLAGS, flags(packet) & ~FIN);
        long pseudo = Checksum.pseudoHeader(packet.source(), packet.destination(), Tcp.PROTOCOL, length);
        put16(m, tcp + TCP_CHECKSUM, 0);
        put16(
                m,
                tcp + TCP_CHECKSUM,
                packet.frame().checksumPartial()
                        ? Checksum.fold(pseudo)
                        : Checksum.finish(Checksum.add(pseudo, m, tcp, length)));
        Frame frame = packet.frame();
        frame.region(frame.start(), ip + total - frame.start());
        return packet.set(
                packet.nic(),
                frame,
                packet.source(),
                packet.destination(),
                packet.protocol(),
                packet.ttl(),
                packet.trafficClass(),
                ip,
                tcp,
                length);
    }

    private static long options(MemorySegment m, long tcp, int header, Splice splice, boolean ack) {
        long sum = 0;
        int at = TCP_HEADER;
        while (at + 1 < header) {
            int kind = u8(m, tcp + at);
            if (kind == OPTION_END) {
                break;
            }
            if (kind == OPTION_NOP) {
                at++;
                continue;
            }
            int length = u8(m, tcp + at + 1);
            if (length < 2 || at + length > header) {
                break;
            }
            if (kind == OPTION_TIMESTAMPS && length == 10) {
                boolean odd = (at & 1) != 0;
                sum += shift(m, tcp + at + 2, splice.tsValDelta, odd);
                splice.lastTsVal = i32(m, tcp + at + 2);
                if (ack) {
                    sum += shift(m, tcp + at + 6, splice.tsEcrDelta, odd);
                }
            } else if (kind == OPTION_SACK && splice.ackDelta != 0) {
                for (int edge = at + 2; edge + 4 <= at + length; edge += 4) {
                    sum += shift(m, tcp + edge, splice.ackDelta, (at & 1) != 0);
                }
            }
            at += length;
        }
        return sum;
    }

    /** Adds {@code delta} to a 32-bit field; returns what that does to the sum, bytes swapped at an odd offset. */
    private static long shift(MemorySegment m, long offset, int delta, boolean odd) {
        int from = i32(m, offset);
        int to = from + delta;
        put32(m, offset, to);
        if (!odd) {
            return Checksum.delta32(from, to);
        }
        // RFC 1071 section 2(B): the sum of byte-swapped words is the byte-swapped sum.
        int folded = Checksum.fold(Checksum.delta32(from, to));
        return (folded & 0xFF) << 8 | folded >>> 8;
    }
}
