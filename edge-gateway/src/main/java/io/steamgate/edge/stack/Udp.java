package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.NetworkOrder;
import io.steamgate.edge.wire.UdpView;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** UDP (RFC 768, RFC 1122 section 4.1): ports, and datagrams in both directions. */
public final class Udp implements Transport {
    public static final int LARGEST_PAYLOAD = Ipv4View.LARGEST - Ipv4View.HEADER - UdpView.HEADER;

    /** RFC 6335 section 6. */
    private static final int FIRST_EPHEMERAL = 49_152;

    private static final int PORTS = 65_536;
    /** VIRTIO_NET_HDR_GSO_UDP_L4: a train of equal datagrams in one frame. */
    private static final int TRAIN = 5;

    /** A port taken. */
    public final class Binding implements AutoCloseable {
        private final int address;
        private final int port;
        private final UdpHandler handler;
        private @Nullable Binding next;

        private Binding(int address, int port, UdpHandler handler, @Nullable Binding next) {
            this.address = address;
            this.port = port;
            this.handler = handler;
            this.next = next;
        }

        public int port() {
            return port;
        }

        /** Gives the port back. */
        @Override
        public void close() {
            unbind(this);
        }
    }

    private final Ipv4 output;
    private final Icmp icmp;
    private final Randomness randomness;
    private final DropCounters drops;
    private final @Nullable Binding[] ports = new @Nullable Binding[PORTS];
    private final UdpView view = new UdpView();
    private @Nullable UdpDatagram datagram;

    Udp(Ipv4 output, Icmp icmp, Randomness randomness, DropCounters drops) {
        this.output = output;
        this.icmp = icmp;
        this.randomness = randomness;
        this.drops = drops;
    }

    @Override
    public int protocol() {
        return Ipv4View.UDP;
    }

    /**
     * Takes a port.
     *
     * @param address {@code int} bits; 0 for every address, broadcasts and groups included
     * @param port 0 for any free one of the ephemeral range
     * @throws IllegalStateException when the port is taken on that address
     */
    public Binding bind(int address, int port, UdpHandler handler) {
        int chosen = port == 0 ? ephemeral() : port;
        if (taken(address, chosen)) {
            throw new IllegalStateException("UDP port " + chosen + " is in use");
        }
        Binding binding = new Binding(address, chosen, handler, ports[chosen]);
        ports[chosen] = binding;
        return binding;
    }

    /**
     * Sends a datagram, in fragments where it must.
     *
     * @param source {@code int} bits; 0 for the address that the route suggests
     * @param payload holds the payload at {@code offset}
     * @return false when there is no route or it is longer than {@link #LARGEST_PAYLOAD}: nothing was sent
     */
    public boolean send(
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            MemorySegment payload,
            long offset,
            int length) {
        int from = source == 0 ? output.sourceFor(destination) : source;
        if (length > LARGEST_PAYLOAD || from == 0) {
            drops.count(from == 0 ? DropReason.NO_ROUTE : DropReason.TOO_BIG);
            return false;
        }
        boolean offload = output.offloadTo(destination, UdpView.HEADER + length);
        Frame frame = build(from, sourcePort, destination, destinationPort, payload, offset, length, offload);
        return output.send(frame, from, destination, Ipv4View.UDP, UdpView.HEADER + length, false);
    }

    /** Sends to a broadcast or group address by a NIC of the caller's choice; {@code source} may be 0, as DHCP needs. */
    public boolean sendOn(
            Nic nic,
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            MemorySegment payload,
            long offset,
            int length) {
        if (length > LARGEST_PAYLOAD) {
            drops.count(DropReason.TOO_BIG);
            return false;
        }
        Frame frame = build(source, sourcePort, destination, destinationPort, payload, offset, length, false);
        return output.sendOn(nic, frame, source, destination, Ipv4View.UDP, UdpView.HEADER + length);
    }

    @Override
    public void receive(IpPacket packet) {
        if (!view.wrap(packet.memory(), packet.payloadOffset, packet.payloadLength)) {
            drops.count(DropReason.MALFORMED_UDP);
            return;
        }
        if (!packet.frame.checksumTrusted() && !view.checksumValid(packet.source, packet.destination)) {
            drops.count(DropReason.BAD_UDP_CHECKSUM);
            return;
        }
        Binding binding = find(packet.destination, view.destinationPort());
        if (binding == null) {
            drops.count(DropReason.UDP_PORT_CLOSED);
            icmp.portUnreachable(packet);
            return;
        }
        UdpDatagram filled = datagram;
        if (filled == null) {
            filled = new UdpDatagram(packet);
            datagram = filled;
        }
        int end = view.payloadOffset() + view.payloadLength();
        int piece = packet.frame.segmentationType() == TRAIN && packet.frame.segmentSize() > 0
                ? packet.frame.segmentSize()
                : view.payloadLength();
        int at = view.payloadOffset();
        do {
            filled.packet = packet;
            filled.sourcePort = view.sourcePort();
            filled.destinationPort = view.destinationPort();
            filled.offset = at;
            filled.length = Math.min(piece, end - at);
            at += Math.max(1, piece);
            binding.handler.receive(filled);
        } while (at < end);
    }

    @Override
    public void error(
            IcmpError error, int source, int destination, IpPacket quote, int quotedOffset, int quotedLength) {
        int sourcePort = NetworkOrder.u16(quote.memory(), quotedOffset + UdpView.SOURCE_PORT);
        int destinationPort = NetworkOrder.u16(quote.memory(), quotedOffset + UdpView.DESTINATION_PORT);
        Binding binding = find(source, sourcePort);
        if (binding == null) {
            drops.count(DropReason.ICMP_QUOTE_NOT_OURS);
            return;
        }
        if (error.fragmentationNeeded()) {
            output.pathMtuReduced(destination, error.nextHopMtu());
        }
        binding.handler.error(error, destination, destinationPort);
    }

    private Frame build(
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            MemorySegment payload,
            long offset,
            int length,
            boolean offload) {
        int total = UdpView.HEADER + length;
        int at = IpOutput.TRANSPORT;
        Frame frame = output.allocate(total);
        MemorySegment memory = frame.memory();
        MemorySegment.copy(payload, offset, memory, at + (long) UdpView.HEADER, length);
        if (offload) {
            UdpView.emitPartial(memory, at, source, sourcePort, destination, destinationPort, total);
            frame.requestChecksum(at, UdpView.CHECKSUM);
        } else {
            UdpView.emit(memory, at, source, sourcePort, destination, destinationPort, total);
        }
        return frame;
    }

    private @Nullable Binding find(int address, int port) {
        Binding any = null;
        for (Binding binding = ports[port]; binding != null; binding = binding.next) {
            if (binding.address == address) {
                return binding;
            }
            if (binding.address == 0) {
                any = binding;
            }
        }
        return any;
    }

    private boolean taken(int address, int port) {
        for (Binding binding = ports[port]; binding != null; binding = binding.next) {
            if (binding.address == address) {
                return true;
            }
        }
        return false;
    }

    private int ephemeral() {
        int count = PORTS - FIRST_EPHEMERAL;
        int first = randomness.nextInt(count);
        for (int i = 0; i < count; i++) {
            int port = FIRST_EPHEMERAL + (first + i) % count;
            // A port that is free on every address: answers to it are nobody else's.
            if (ports[port] == null) {
                return port;
            }
        }
        throw new IllegalStateException("no UDP port of the ephemeral range is free");
    }

    private void unbind(Binding binding) {
        Binding first = ports[binding.port];
        if (first == binding) {
            ports[binding.port] = binding.next;
            return;
        }
        for (Binding before = first; before != null; before = before.next) {
            if (before.next == binding) {
                before.next = binding.next;
            }
        }
    }
}
