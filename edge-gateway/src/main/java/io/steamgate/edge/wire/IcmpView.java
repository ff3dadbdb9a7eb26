package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.NetworkOrder.i32;
import static io.steamgate.edge.wire.NetworkOrder.put16;
import static io.steamgate.edge.wire.NetworkOrder.put32;
import static io.steamgate.edge.wire.NetworkOrder.put8;
import static io.steamgate.edge.wire.NetworkOrder.u16;
import static io.steamgate.edge.wire.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** An ICMP message (RFC 792): eight bytes of header, then echoed data or the packet an error is about. */
public final class IcmpView {
    public static final int TYPE = 0;
    public static final int CODE = 1;
    public static final int CHECKSUM = 2;
    /** Four bytes whose meaning is the type's: identifier and sequence of an echo, next-hop MTU of an error. */
    public static final int REST = 4;

    public static final int NEXT_HOP_MTU = 6;
    public static final int HEADER = 8;

    public static final int ECHO_REPLY = 0;
    public static final int UNREACHABLE = 3;
    public static final int ECHO_REQUEST = 8;
    public static final int TIME_EXCEEDED = 11;
    public static final int PARAMETER_PROBLEM = 12;

    public static final int CODE_HOST = 1;
    public static final int CODE_PROTOCOL = 2;
    public static final int CODE_PORT = 3;
    public static final int CODE_FRAGMENTATION_NEEDED = 4;
    public static final int CODE_TTL = 0;
    public static final int CODE_REASSEMBLY = 1;

    private MemorySegment memory = MemorySegment.NULL;
    private int offset;
    private int length;

    public boolean wrap(MemorySegment memory, int offset, int length) {
        this.memory = memory;
        this.offset = offset;
        this.length = length;
        return length >= HEADER;
    }

    public int type() {
        return u8(memory, offset + TYPE);
    }

    public int code() {
        return u8(memory, offset + CODE);
    }

    public int rest() {
        return i32(memory, offset + REST);
    }

    /** Of "fragmentation needed" (RFC 1191 section 4); 0 from routers that do not say. */
    public int nextHopMtu() {
        return u16(memory, offset + NEXT_HOP_MTU);
    }

    /** Whether this message is about a packet, which it quotes from {@link #bodyOffset} on (RFC 792). */
    public boolean error() {
        return isError(type());
    }

    public boolean checksumValid() {
        return Checksum.finish(Checksum.add(0, memory, offset, length)) == 0;
    }

    public int bodyOffset() {
        return offset + HEADER;
    }

    public int bodyLength() {
        return length - HEADER;
    }

    /** Errors are types 3, 4, 5, 11 and 12: no error is sent about one of them (RFC 1122 section 3.2.2). */
    public static boolean isError(int type) {
        return type >= 3 && type <= 5 || type == TIME_EXCEEDED || type == PARAMETER_PROBLEM;
    }

    /** Writes a header; the body is already behind it. {@code length} counts both. */
    public static void emit(MemorySegment memory, int offset, int type, int code, int rest, int length) {
        put8(memory, offset + TYPE, type);
        put8(memory, offset + CODE, code);
        put16(memory, offset + CHECKSUM, 0);
        put32(memory, offset + REST, rest);
        put16(memory, offset + CHECKSUM, Checksum.finish(Checksum.add(0, memory, offset, length)));
    }

    @Override
    public String toString() {
        return new Header(type(), code(), rest(), bodyLength()).toString();
    }

    /**
     * A header as a value.
     *
     * @param rest bytes 4 to 7, big-endian
     * @param bodyLength bytes behind the header
     */
    public record Header(int type, int code, int rest, int bodyLength) {
        /** Empty when cut short or with a wrong checksum. */
        public static Optional<Header> parse(MemorySegment memory, int offset, int length) {
            IcmpView view = new IcmpView();
            return view.wrap(memory, offset, length) && view.checksumValid()
                    ? Optional.of(new Header(view.type(), view.code(), view.rest(), view.bodyLength()))
                    : Optional.empty();
        }

        /** The body is already in place. @return bytes of the message */
        public int emit(MemorySegment memory, int offset) {
            IcmpView.emit(memory, offset, type, code, rest, HEADER + bodyLength);
            return HEADER + bodyLength;
        }

        @Override
        public String toString() {
            String name = switch (type) {
                case ECHO_REPLY -> "echo reply";
                case UNREACHABLE -> "unreachable";
                case ECHO_REQUEST -> "echo request";
                case TIME_EXCEEDED -> "time exceeded";
                case PARAMETER_PROBLEM -> "parameter problem";
                default -> "type " + type;
            };
            return "ICMP " + name + " code " + code + " length " + bodyLength;
        }
    }
}
