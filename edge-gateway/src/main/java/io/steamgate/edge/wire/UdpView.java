package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.NetworkOrder.put16;
import static io.steamgate.edge.wire.NetworkOrder.u16;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The UDP header (RFC 768). */
public final class UdpView {
    public static final int SOURCE_PORT = 0;
    public static final int DESTINATION_PORT = 2;
    public static final int LENGTH = 4;
    public static final int CHECKSUM = 6;
    public static final int HEADER = 8;

    private MemorySegment memory = MemorySegment.NULL;
    private int offset;

    /** @param length bytes there are, at least the datagram's own length; what is more is ignored */
    public boolean wrap(MemorySegment memory, int offset, int length) {
        this.memory = memory;
        this.offset = offset;
        return length >= HEADER && length() >= HEADER && length() <= length;
    }

    public int sourcePort() {
        return u16(memory, offset + SOURCE_PORT);
    }

    public int destinationPort() {
        return u16(memory, offset + DESTINATION_PORT);
    }

    /** Bytes, header included. */
    public int length() {
        return u16(memory, offset + LENGTH);
    }

    /** 0 when the sender computed none. */
    public int checksum() {
        return u16(memory, offset + CHECKSUM);
    }

    public int payloadOffset() {
        return offset + HEADER;
    }

    public int payloadLength() {
        return length() - HEADER;
    }

    /** Whether the checksum is right, or absent. */
    public boolean checksumValid(int source, int destination) {
        if (checksum() == 0) {
            return true;
        }
        long sum = Checksum.pseudoHeader(source, destination, Ipv4View.UDP, length());
        return Checksum.finish(Checksum.add(sum, memory, offset, length())) == 0;
    }

    /** Writes a header; the payload is already behind it. A checksum that comes out as 0 is sent as its other zero. */
    public static void emit(
            MemorySegment memory,
            int offset,
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            int length) {
        emitPartial(memory, offset, source, sourcePort, destination, destinationPort, length);
        put16(memory, offset + CHECKSUM, 0);
        long sum = Checksum.pseudoHeader(source, destination, Ipv4View.UDP, length);
        int checksum = Checksum.finish(Checksum.add(sum, memory, offset, length));
        put16(memory, offset + CHECKSUM, checksum == 0 ? 0xFFFF : checksum);
    }

    /** Writes a header whose checksum field holds the pseudo-header sum, for {@link Frame#requestChecksum}. */
    public static void emitPartial(
            MemorySegment memory,
            int offset,
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            int length) {
        put16(memory, offset + SOURCE_PORT, sourcePort);
        put16(memory, offset + DESTINATION_PORT, destinationPort);
        put16(memory, offset + LENGTH, length);
        put16(
                memory,
                offset + CHECKSUM,
                Checksum.fold(Checksum.pseudoHeader(source, destination, Ipv4View.UDP, length)));
    }

    @Override
    public String toString() {
        return new Header(sourcePort(), destinationPort(), payloadLength()).toString();
    }

    /**
     * A header as a value.
     *
     * @param payloadLength bytes behind the header
     */
    public record Header(int sourcePort, int destinationPort, int payloadLength) {
        /** Empty when it does not {@link UdpView#wrap wrap} or its checksum is wrong. */
        public static Optional<Header> parse(
                MemorySegment memory, int offset, int length, Ipv4Address source, Ipv4Address destination) {
            UdpView view = new UdpView();
            return view.wrap(memory, offset, length) && view.checksumValid(source.bits(), destination.bits())
                    ? Optional.of(new Header(view.sourcePort(), view.destinationPort(), view.payloadLength()))
                    : Optional.empty();
        }

        /** The payload is already in place, {@link #HEADER} bytes on. @return bytes of the datagram */
        public int emit(MemorySegment memory, int offset, Ipv4Address source, Ipv4Address destination) {
            int length = HEADER + payloadLength;
            UdpView.emit(memory, offset, source.bits(), sourcePort, destination.bits(), destinationPort, length);
            return length;
        }

        @Override
        public String toString() {
            return "UDP " + sourcePort + " > " + destinationPort + " length " + payloadLength;
        }
    }
}
