package io.steamgate.edge.stack;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** ICMP (RFC 792, RFC 1122 section 3.2.2): answers echo requests, reports errors, delivers those of others. */
public final class Icmp {
    /** RFC 1812 section 4.3.2.3: an error is no larger than every host must take. */
    private static final int LARGEST_ERROR = 576;

    /** RFC 1191 section 7.1. */
    private static final int[] PLATEAUS = {32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296, 68};

    private static final int LEAST_QUOTE = 8;

    private final Ipv4 output;
    private final DropCounters drops;
    private final @Nullable Transport[] transports;
    private final TokenBucket echoes;
    private final TokenBucket errors;
    private final IcmpView view = new IcmpView();
    private final Ipv4View quoted = new Ipv4View();

    Icmp(Ipv4 output, DropCounters drops, @Nullable Transport[] transports, TokenBucket echoes, TokenBucket errors) {
        this.output = output;
        this.drops = drops;
        this.transports = transports;
        this.echoes = echoes;
        this.errors = errors;
    }

    /** Offers an error to the interceptor, whoever it is addressed to. */
    boolean offerError(IpPacket packet, Interceptor interceptor) {
        return view.wrap(packet.memory(), packet.payloadOffset, packet.payloadLength)
                && view.error()
                && view.checksumValid()
                && wellQuoted(packet)
                && interceptor.interceptError(errorOf(), packet, view.bodyOffset(), view.bodyLength());
    }

    void receive(IpPacket packet) {
        if (!view.wrap(packet.memory(), packet.payloadOffset, packet.payloadLength)) {
            drops.count(DropReason.MALFORMED_ICMP);
        } else if (!view.checksumValid()) {
            drops.count(DropReason.BAD_ICMP_CHECKSUM);
        } else if (view.type() == IcmpView.ECHO_REQUEST) {
            echo(packet);
        } else if (view.error()) {
            deliver(packet);
        } else {
            drops.count(DropReason.ICMP_UNKNOWN_TYPE);
        }
    }

    /** The packet is for a port that nobody listens on. */
    public void portUnreachable(IpPacket packet) {
        report(packet, IcmpView.UNREACHABLE, IcmpView.CODE_PORT, 0);
    }

    void protocolUnreachable(IpPacket packet) {
        report(packet, IcmpView.UNREACHABLE, IcmpView.CODE_PROTOCOL, 0);
    }

    /** @param mtu of the link that the packet does not fit, in bytes */
    void fragmentationNeeded(IpPacket packet, int mtu) {
        report(packet, IcmpView.UNREACHABLE, IcmpView.CODE_FRAGMENTATION_NEEDED, mtu);
    }

    /** For an interceptor that forwards: the packet has been through too many hops. */
    public void timeExceeded(IpPacket packet) {
        report(packet, IcmpView.TIME_EXCEEDED, IcmpView.CODE_TTL, 0);
    }

    /** The first fragment of what never became whole. */
    void reassemblyTimedOut(Nic nic, byte[] packet, int headerLength) {
        MemorySegment memory = Arena.ofAuto().allocate(packet.length, 8);
        MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 0, packet.length);
        if (!quoted.wrapQuoted(memory, 0, packet.length) || !nic.owns(quoted.destination())) {
            return;
        }
        IpPacket first = new IpPacket(nic, new Frame(memory, null))
                .set(
                        nic,
                        new Frame(memory, null),
                        quoted.source(),
                        quoted.destination(),
                        quoted.protocol(),
                        quoted.ttl(),
                        quoted.trafficClass(),
                        0,
                        headerLength,
                        packet.length - headerLength);
        report(first, IcmpView.TIME_EXCEEDED, IcmpView.CODE_REASSEMBLY, 0);
    }

    private void echo(IpPacket request) {
        // RFC 1122 section 3.2.2.6 leaves answers to broadcasts to us: they only help an attack.
        if (!request.unicast || !echoes.take()) {
            drops.count(request.unicast ? DropReason.ICMP_RATE_LIMIT : DropReason.NOT_UNICAST);
            return;
        }
        Frame reply = output.allocate(request.payloadLength);
        copy(request, request.payloadOffset + IcmpView.HEADER, view.bodyLength(), reply);
        int length = request.payloadLength;
        IcmpView.emit(reply.memory(), IpOutput.TRANSPORT, IcmpView.ECHO_REPLY, 0, view.rest(), length);
        output.send(reply, request.destination, request.source, Ipv4View.ICMP, length, false);
    }

    private void deliver(IpPacket packet) {
        if (!wellQuoted(packet)) {
            drops.count(DropReason.MALFORMED_ICMP);
            return;
        }
        Transport transport = transports[quoted.protocol()];
        if (!output.ownsAnywhere(quoted.source()) || transport == null || quoted.fragmentOffset() != 0) {
            drops.count(DropReason.ICMP_QUOTE_NOT_OURS);
            return;
        }
        int header = quoted.headerLength();
        transport.error(
                errorOf(),
                quoted.source(),
                quoted.destination(),
                packet,
                view.bodyOffset() + header,
                view.bodyLength() - header);
    }

    private boolean wellQuoted(IpPacket packet) {
        return quoted.wrapQuoted(packet.memory(), view.bodyOffset(), view.bodyLength())
                && (quoted.fragmentOffset() != 0 || view.bodyLength() >= quoted.headerLength() + LEAST_QUOTE);
    }

    private IcmpError errorOf() {
        boolean tooBig = view.type() == IcmpView.UNREACHABLE && view.code() == IcmpView.CODE_FRAGMENTATION_NEEDED;
        int mtu = !tooBig ? 0 : view.nextHopMtu() != 0 ? view.nextHopMtu() : plateauBelow(quoted.totalLength());
        return new IcmpError(view.type(), view.code(), mtu);
    }

    private static int plateauBelow(int length) {
        for (int plateau : PLATEAUS) {
            if (plateau < length) {
                return plateau;
            }
        }
        return PathMtuCache.LEAST;
    }

    /** Sends an error about a packet, unless RFC 1122 section 3.2.2 forbids or too many were sent. */
    private void report(IpPacket about, int type, int code, int rest) {
        if (!about.unicast || aboutError(about) || !new Ipv4Address(about.source).isUnicastHost()) {
            return;
        }
        if (!errors.take()) {
            drops.count(DropReason.ICMP_RATE_LIMIT);
            return;
        }
        int quote = Math.min(about.totalLength(), LARGEST_ERROR - Ipv4View.HEADER - IcmpView.HEADER);
        Frame frame = output.allocate(IcmpView.HEADER + quote);
        copy(about, about.headerOffset, quote, frame);
        int length = IcmpView.HEADER + quote;
        IcmpView.emit(frame.memory(), IpOutput.TRANSPORT, type, code, rest, length);
        int source = about.nic.owns(about.destination) ? about.destination : output.sourceFor(about.source);
        output.send(frame, source, about.source, Ipv4View.ICMP, length, false);
    }

    private static boolean aboutError(IpPacket packet) {
        return packet.protocol == Ipv4View.ICMP
                && (packet.payloadLength == 0
                        || IcmpView.isError(packet.memory().get(ValueLayout.JAVA_BYTE, packet.payloadOffset) & 0xFF));
    }

    private static void copy(IpPacket from, int offset, int length, Frame to) {
        MemorySegment.copy(from.memory(), offset, to.memory(), IpOutput.TRANSPORT + (long) IcmpView.HEADER, length);
    }
}
