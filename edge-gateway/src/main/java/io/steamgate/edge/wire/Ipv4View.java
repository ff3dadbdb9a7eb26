package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.NetworkOrder.i32;
import static io.steamgate.edge.wire.NetworkOrder.put16;
import static io.steamgate.edge.wire.NetworkOrder.put32;
import static io.steamgate.edge.wire.NetworkOrder.put8;
import static io.steamgate.edge.wire.NetworkOrder.u16;
import static io.steamgate.edge.wire.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The IPv4 header (RFC 791). Options are skipped. */
public final class Ipv4View {
    public static final int VERSION_LENGTH = 0;
    public static final int TRAFFIC_CLASS = 1;
    public static final int TOTAL_LENGTH = 2;
    public static final int IDENTIFICATION = 4;
    public static final int FLAGS_OFFSET = 6;
    public static final int TTL = 8;
    public static final int PROTOCOL = 9;
    public static final int CHECKSUM = 10;
    public static final int SOURCE = 12;
    public static final int DESTINATION = 16;
    /** A header without options. */
    public static final int HEADER = 20;

    public static final int DONT_FRAGMENT = 0x4000;
    public static final int MORE_FRAGMENTS = 0x2000;
    /** Of {@link #FLAGS_OFFSET}: the offset, in units of 8 bytes. */
    public static final int OFFSET_MASK = 0x1FFF;

    public static final int LARGEST = 65_535;

    public static final int ICMP = 1;
    public static final int IGMP = 2;
    public static final int TCP = 6;
    public static final int UDP = 17;

    private MemorySegment memory = MemorySegment.NULL;
    private int offset;

    /**
     * Checks version and lengths, not the checksum.
     *
     * @param length bytes there are, at least the packet's total length; more is link padding
     */
    public boolean wrap(MemorySegment memory, int offset, int length) {
        this.memory = memory;
        this.offset = offset;
        return length >= HEADER
                && u8(memory, offset) >>> 4 == 4
                && headerLength() >= HEADER
                && totalLength() >= headerLength()
                && totalLength() <= length;
    }

    /**
     * For a packet quoted by an ICMP error, which is cut: checks only that the header is whole.
     *
     * @param length bytes there are
     */
    public boolean wrapQuoted(MemorySegment memory, int offset, int length) {
        this.memory = memory;
        this.offset = offset;
        return length >= HEADER
                && u8(memory, offset) >>> 4 == 4
                && headerLength() >= HEADER
                && headerLength() <= length
                && totalLength() >= headerLength();
    }

    /** Bytes, options included. */
    public int headerLength() {
        return (u8(memory, offset) & 0xF) * 4;
    }

    public int trafficClass() {
        return u8(memory, offset + TRAFFIC_CLASS);
    }

    public int totalLength() {
        return u16(memory, offset + TOTAL_LENGTH);
    }

    public int identification() {
        return u16(memory, offset + IDENTIFICATION);
    }

    public boolean dontFragment() {
        return (u16(memory, offset + FLAGS_OFFSET) & DONT_FRAGMENT) != 0;
    }

    public boolean moreFragments() {
        return (u16(memory, offset + FLAGS_OFFSET) & MORE_FRAGMENTS) != 0;
    }

    /** In bytes. */
    public int fragmentOffset() {
        return (u16(memory, offset + FLAGS_OFFSET) & OFFSET_MASK) * 8;
    }

    public boolean fragment() {
        return (u16(memory, offset + FLAGS_OFFSET) & (MORE_FRAGMENTS | OFFSET_MASK)) != 0;
    }

    public int ttl() {
        return u8(memory, offset + TTL);
    }

    public int protocol() {
        return u8(memory, offset + PROTOCOL);
    }

    public int source() {
        return i32(memory, offset + SOURCE);
    }

    public int destination() {
        return i32(memory, offset + DESTINATION);
    }

    public boolean checksumValid() {
        return Checksum.finish(Checksum.add(0, memory, offset, headerLength())) == 0;
    }

    public int payloadOffset() {
        return offset + headerLength();
    }

    public int payloadLength() {
        return totalLength() - headerLength();
    }

    @Override
    public String toString() {
        return Header.of(this).toString();
    }

    /** Writes a header without options, its checksum included; for the packet path. */
    public static void emit(
            MemorySegment memory,
            int offset,
            int trafficClass,
            int totalLength,
            int identification,
            int flagsOffset,
            int ttl,
            int protocol,
            int source,
            int destination) {
        put8(memory, offset, 0x45);
        put8(memory, offset + TRAFFIC_CLASS, trafficClass);
        put16(memory, offset + TOTAL_LENGTH, totalLength);
        put16(memory, offset + IDENTIFICATION, identification);
        put16(memory, offset + FLAGS_OFFSET, flagsOffset);
        put8(memory, offset + TTL, ttl);
        put8(memory, offset + PROTOCOL, protocol);
        put32(memory, offset + SOURCE, source);
        put32(memory, offset + DESTINATION, destination);
        putChecksum(memory, offset, HEADER);
    }

    /** Makes the header that of an unfragmented packet of {@code totalLength} bytes; the view that wraps it sees that. */
    public static void becomeWhole(MemorySegment memory, int offset, int totalLength) {
        put16(memory, offset + TOTAL_LENGTH, totalLength);
        put16(memory, offset + FLAGS_OFFSET, 0);
        putChecksum(memory, offset, (u8(memory, offset) & 0xF) * 4);
    }

    /** Computes the header checksum anew. */
    public static void putChecksum(MemorySegment memory, int offset, int headerLength) {
        put16(memory, offset + CHECKSUM, 0);
        put16(memory, offset + CHECKSUM, Checksum.finish(Checksum.add(0, memory, offset, headerLength)));
    }

    /**
     * A header as a value, without options.
     *
     * @param fragmentOffset in bytes, a multiple of 8
     * @param payloadLength bytes behind the header
     */
    public record Header(
            Ipv4Address source,
            Ipv4Address destination,
            int protocol,
            int ttl,
            int trafficClass,
            int identification,
            boolean dontFragment,
            boolean moreFragments,
            int fragmentOffset,
            int payloadLength) {

        /** An unfragmented packet with a TTL of 64. */
        public Header(Ipv4Address source, Ipv4Address destination, int protocol, int payloadLength) {
            this(source, destination, protocol, 64, 0, 0, true, false, 0, payloadLength);
        }

        /** Empty when it does not {@link Ipv4View#wrap wrap} or its checksum is wrong. */
        public static Optional<Header> parse(MemorySegment memory, int offset, int length) {
            Ipv4View view = new Ipv4View();
            return view.wrap(memory, offset, length) && view.checksumValid() ? Optional.of(of(view)) : Optional.empty();
        }

        private static Header of(Ipv4View view) {
            return new Header(
                    new Ipv4Address(view.source()),
                    new Ipv4Address(view.destination()),
                    view.protocol(),
                    view.ttl(),
                    view.trafficClass(),
                    view.identification(),
                    view.dontFragment(),
                    view.moreFragments(),
                    view.fragmentOffset(),
                    view.payloadLength());
        }

        /** @return bytes written: {@link #HEADER} */
        public int emit(MemorySegment memory, int offset) {
            int flags = (dontFragment ? DONT_FRAGMENT : 0) | (moreFragments ? MORE_FRAGMENTS : 0);
            Ipv4View.emit(
                    memory,
                    offset,
                    trafficClass,
                    HEADER + payloadLength,
                    identification,
                    flags | fragmentOffset / 8,
                    ttl,
                    protocol,
                    source.bits(),
                    destination.bits());
            return HEADER;
        }

        @Override
        public String toString() {
            return "IPv4 " + source + " > " + destination + " protocol " + protocol + " ttl " + ttl + " length "
                    + payloadLength
                    + (moreFragments || fragmentOffset > 0 ? " fragment " + identification + "@" + fragmentOffset : "");
        }
    }
}
