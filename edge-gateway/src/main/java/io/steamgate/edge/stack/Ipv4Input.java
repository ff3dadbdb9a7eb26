package io.steamgate.edge.stack;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * IPv4 input (RFC 791, RFC 1122 section 3.2.1). Options are skipped, whatever they ask for. The order is: structure, the
 * {@link Interceptor}, the source, fragments, the interceptor again for what they made, the destination, the protocol.
 */
final class Ipv4Input {
    private final Ipv4 output;
    private final Icmp icmp;
    private final Igmp igmp;
    private final Fragments fragments;
    private final DropCounters drops;
    private final @Nullable Transport[] transports;
    private final Ipv4View view = new Ipv4View();
    private @Nullable IpPacket packet;
    private Interceptor interceptor = Interceptor.NONE;

    Ipv4Input(
            Ipv4 output,
            Icmp icmp,
            Igmp igmp,
            Fragments fragments,
            DropCounters drops,
            @Nullable Transport[] transports) {
        this.output = output;
        this.icmp = icmp;
        this.igmp = igmp;
        this.fragments = fragments;
        this.drops = drops;
        this.transports = transports;
    }

    void interceptor(Interceptor interceptor) {
        this.interceptor = interceptor;
    }

    /** @param linkUnicast whether the frame came to this NIC's own MAC address */
    void receive(Nic nic, Frame frame, int offset, int length, boolean linkUnicast) {
        if (!view.wrap(frame.memory(), offset, length)) {
            drops.count(DropReason.MALFORMED_IP);
            return;
        }
        if (!view.checksumValid()) {
            drops.count(DropReason.BAD_IP_CHECKSUM);
            return;
        }
        boolean fragment = view.fragment();
        IpPacket whole = fill(nic, frame, offset);
        if (!fragment && linkUnicast && interceptor.intercept(whole)) {
            return;
        }
        deliver(whole, fragment, linkUnicast);
    }

    private void deliver(IpPacket arrived, boolean fragment, boolean linkUnicast) {
        Nic nic = arrived.nic;
        int destination = arrived.destination;
        if (martian(nic, arrived.source)) {
            drops.count(DropReason.MARTIAN_SOURCE);
            return;
        }
        boolean ours = nic.owns(destination);
        boolean group = !ours && groupOf(nic, destination);
        if (!linkUnicast && !group) {
            // RFC 1122 section 3.3.6: a link broadcast must carry an IP broadcast or group address.
            drops.count(ours ? DropReason.NOT_UNICAST : DropReason.NOT_OUR_ADDRESS);
            return;
        }
        IpPacket whole = arrived;
        if (fragment) {
            // Whatever its destination: an interceptor may want what these fragments make up.
            Frame frame = fragments.add(nic, arrived.memory(), arrived.headerOffset, view);
            if (frame == null || !view.wrap(frame.memory(), Frame.BUILD_NETWORK, frame.end() - Frame.BUILD_NETWORK)) {
                return;
            }
            whole = fill(nic, frame, Frame.BUILD_NETWORK);
            if (linkUnicast && interceptor.intercept(whole)) {
                return;
            }
        }
        whole.unicast(ours);
        if (whole.protocol == Ipv4View.ICMP && !group && icmp.offerError(whole, interceptor)) {
            return;
        }
        if (!ours && !group) {
            drops.count(DropReason.NOT_OUR_ADDRESS);
            return;
        }
        dispatch(whole);
    }

    private void dispatch(IpPacket whole) {
        switch (whole.protocol) {
            case Ipv4View.ICMP -> icmp.receive(whole);
            case Ipv4View.IGMP -> igmp.receive(whole);
            default -> {
                Transport transport = transports[whole.protocol];
                if (transport == null) {
                    drops.count(DropReason.UNKNOWN_PROTOCOL);
                    icmp.protocolUnreachable(whole);
                } else if (whole.protocol == Ipv4View.TCP && !whole.unicast) {
                    // RFC 9293 section 3.9.2.3.
                    drops.count(DropReason.NOT_UNICAST);
                } else {
                    transport.receive(whole);
                }
            }
        }
    }

    private IpPacket fill(Nic nic, Frame frame, int offset) {
        IpPacket filled = packet;
        if (filled == null) {
            filled = new IpPacket(nic, frame);
            packet = filled;
        }
        return filled.set(
                nic,
                frame,
                view.source(),
                view.destination(),
                view.protocol(),
                view.ttl(),
                view.trafficClass(),
                offset,
                view.payloadOffset(),
                view.payloadLength());
    }

    /** RFC 1122 section 3.2.1.3: what may never be a source, and our own addresses sent back to us. */
    private boolean martian(Nic nic, int source) {
        int first = source >>> 24;
        return first == 0 || first == 127 || first >= 224 || nic.isBroadcast(source) || output.ownsAnywhere(source);
    }

    private static boolean groupOf(Nic nic, int destination) {
        if (destination >>> 28 != 0xE) {
            return nic.isBroadcast(destination);
        }
        Set<Ipv4Address> groups = nic.groups();
        return groups.contains(new Ipv4Address(destination));
    }
}
