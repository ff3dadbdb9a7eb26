package io.steamgate.edge.handoff;

import static io.steamgate.edge.wire.NetworkOrder.i32;
import static io.steamgate.edge.wire.NetworkOrder.put16;
import static io.steamgate.edge.wire.NetworkOrder.put32;
import static io.steamgate.edge.wire.NetworkOrder.put8;
import static io.steamgate.edge.wire.NetworkOrder.u16;
import static io.steamgate.edge.wire.NetworkOrder.u8;

import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.wire.Checksum;
import io.steamgate.edge.wire.UdpView;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Turns an ICMP error about a packet that the edge forwarded into one about the packet its sender really sent, in place,
 * so that path MTU discovery (RFC 1191) works through a splice (RFC 5508 section 4.2 asks the same of a NAT).
 */
final class IcmpTranslation {
    private static final int ICMP_CHECKSUM = 2;
    /** Bytes of the transport header that every error quotes (RFC 792). */
    private static final int QUOTED = 8;

    private static final int IP_FRAGMENT = 6;
    private static final int FRAGMENT_OFFSET = 0x1FFF;
    private static final int IP_TTL = 8;
    private static final int IP_PROTOCOL = 9;
    private static final int IP_CHECKSUM = 10;
    private static final int IP_SOURCE = 12;
    private static final int IP_DESTINATION = 16;

    private IcmpTranslation() {}

    /**
     * The direction that the quoted packet had taken when the edge sent it.
     *
     * @param quotedIp offset of the quoted IP header
     * @param length bytes from there on
     * @param protocol of the flows in the table
     * @return null when it is no packet of a flow
     */
    static @Nullable Splice quoted(IpPacket packet, int quotedIp, int length, int protocol, FlowTable table) {
        MemorySegment m = packet.memory();
        int header = (u8(m, quotedIp) & 0xF) * 4;
        boolean first = (u16(m, quotedIp + IP_FRAGMENT) & FRAGMENT_OFFSET) == 0;
        if (u8(m, quotedIp + IP_PROTOCOL) != protocol || !first || length < header + QUOTED) {
            return null;
        }
        int ports = i32(m, quotedIp + header);
        // What left as a to b arrives, the other way, as b to a.
        Splice opposite =
                table.find(i32(m, quotedIp + IP_DESTINATION), i32(m, quotedIp + IP_SOURCE), ports << 16 | ports >>> 16);
        return opposite == null ? null : opposite.opposite();
    }

    /**
     * @param packet the error, addressed to the edge
     * @param splice the direction that the quoted packet had taken
     * @param quotedIp offset of the quoted IP header
     * @param from whom the error shall seem to come from: an address that its receiver talks to
     */
    static void apply(IpPacket packet, Splice splice, int quotedIp, int from) {
        MemorySegment m = packet.memory();
        int quotedTcp = quotedIp + (u8(m, quotedIp) & 0xF) * 4;

        // The quoted packet becomes what it was before it passed the splice.
        put32(m, quotedIp + IP_SOURCE, splice.source);
        put32(m, quotedIp + IP_DESTINATION, splice.destination);
        put16(m, quotedIp + IP_CHECKSUM, 0);
        put16(m, quotedIp + IP_CHECKSUM, Checksum.finish(Checksum.add(0, m, quotedIp, quotedTcp - quotedIp)));
        put32(m, quotedTcp, splice.ports);
        if (splice.flow instanceof DatagramFlow datagrams) {
            int less = splice.way == Splice.Way.TO_ENDPOINT ? datagrams.introduction.length : 0;
            put16(m, quotedTcp + UdpView.LENGTH, u16(m, quotedTcp + UdpView.LENGTH) - less);
        } else {
            put32(m, quotedTcp + Translation.TCP_SEQ, i32(m, quotedTcp + Translation.TCP_SEQ) - splice.seqDelta);
        }

        int icmp = packet.payloadOffset();
        put16(m, icmp + ICMP_CHECKSUM, 0);
        put16(m, icmp + ICMP_CHECKSUM, Checksum.finish(Checksum.add(0, m, icmp, packet.payloadLength())));

        int ip = packet.headerOffset();
        put32(m, ip + IP_SOURCE, from);
        put32(m, ip + IP_DESTINATION, splice.source);
        put8(m, ip + IP_TTL, u8(m, ip + IP_TTL) - 1);
        put16(m, ip + IP_CHECKSUM, 0);
        put16(m, ip + IP_CHECKSUM, Checksum.finish(Checksum.add(0, m, ip, icmp - ip)));
    }
}
