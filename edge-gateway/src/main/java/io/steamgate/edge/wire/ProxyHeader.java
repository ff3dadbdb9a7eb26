package io.steamgate.edge.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A PROXY protocol header, version 2 (HAProxy, "The PROXY protocol", section 2.2): tells an endpoint whose connection it
 * gets. It precedes the stream, or each datagram.
 *
 * @param command whether the connection is relayed or the sender's own
 * @param transport of the relayed connection; {@link Transport#UNSPECIFIED} has neither addresses nor ports
 * @param source the client's address
 * @param sourcePort the client's
 * @param destination the address that the client connected to
 * @param destinationPort that the client connected to
 * @param values type-length-values in order
 */
public record ProxyHeader(
        Command command,
        Transport transport,
        Ipv4Address source,
        int sourcePort,
        Ipv4Address destination,
        int destinationPort,
        List<Value> values) {
    /** Why the sender connects. */
    public enum Command {
        /** For itself, as a health check does: the receiver uses the real addresses of the connection. */
        LOCAL,
        /** For the client that is named. */
        PROXY
    }

    /** The address family and transport protocol, as far as this edge relays them. */
    public enum Transport {
        UNSPECIFIED(0x00),
        TCP4(0x11),
        UDP4(0x12);

        private final int code;

        Transport(int code) {
            this.code = code;
        }

        static Optional<Transport> of(int code) {
            return Arrays.stream(values()).filter(t -> t.code == code).findFirst();
        }
    }

    /**
     * Something more about the connection.
     *
     * @param type {@link #ALPN}, {@link #AUTHORITY} or another of the protocol's
     * @param bytes at most 65535; not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by content below
    public record Value(int type, byte[] bytes) {
        /** PP2_TYPE_ALPN: the application protocol. */
        public static final int ALPN = 0x01;
        /** PP2_TYPE_AUTHORITY: the host name that the client asked for, as in SNI. */
        public static final int AUTHORITY = 0x02;
        /** PP2_TYPE_NOOP: padding. */
        public static final int NOOP = 0x04;

        public static Value authority(String host) {
            return new Value(AUTHORITY, host.getBytes(StandardCharsets.UTF_8));
        }

        public static Value alpn(String protocol) {
            return new Value(ALPN, protocol.getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Value(int otherType, byte[] otherBytes)
                    && type == otherType
                    && Arrays.equals(bytes, otherBytes);
        }

        @Override
        public int hashCode() {
            return 31 * type + Arrays.hashCode(bytes);
        }
    }

    /** Bytes before the addresses. */
    public static final int PREFIX = 16;
    /** The whole header of a TCP or UDP connection over IPv4 without values. */
    public static final int LENGTH_V4 = 28;

    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int VERSION = 0x20;
    private static final int ADDRESSES_V4 = 12;
    private static final int VALUE_HEAD = 3;

    public ProxyHeader {
        values = List.copyOf(values);
        if ((sourcePort | destinationPort) >>> 16 != 0) {
            throw new IllegalArgumentException("ports " + sourcePort + ", " + destinationPort);
        }
    }

    /** The sender speaks for itself. */
    public static ProxyHeader local() {
        return new ProxyHeader(Command.LOCAL, Transport.UNSPECIFIED, Ipv4Address.ANY, 0, Ipv4Address.ANY, 0, List.of());
    }

    public static ProxyHeader tcp(Ipv4Address source, int sourcePort, Ipv4Address destination, int destinationPort) {
        return new ProxyHeader(
                Command.PROXY, Transport.TCP4, source, sourcePort, destination, destinationPort, List.of());
    }

    public static ProxyHeader udp(Ipv4Address source, int sourcePort, Ipv4Address destination, int destinationPort) {
        return new ProxyHeader(
                Command.PROXY, Transport.UDP4, source, sourcePort, destination, destinationPort, List.of());
    }

    public ProxyHeader with(Value... added) {
        List<Value> all = new ArrayList<>(values);
        all.addAll(List.of(added));
        return new ProxyHeader(command, transport, source, sourcePort, destination, destinationPort, all);
    }

    /** How many bytes {@link #emit} writes. */
    public int length() {
        int length = PREFIX + (transport == Transport.UNSPECIFIED ? 0 : ADDRESSES_V4);
        for (Value value : values) {
            length += VALUE_HEAD + value.bytes.length;
        }
        return length;
    }

    /**
     * Writes the header.
     *
     * @throws IndexOutOfBoundsException when {@code target} has not {@link #length} bytes from {@code offset} on
     * @throws IllegalStateException when the values are longer than the protocol's 16-bit lengths can say
     * @return the offset after it
     */
    public int emit(byte[] target, int offset) {
        int length = length();
        if (length - PREFIX > 0xFFFF) {
            throw new IllegalStateException("a PROXY header of " + length + " bytes");
        }
        ByteBuffer out = ByteBuffer.wrap(target).slice(offset, length);
        out.put(SIGNATURE);
        out.put((byte) (VERSION | command.ordinal()));
        out.put((byte) transport.code);
        out.putShort((short) (length - PREFIX));
        if (transport != Transport.UNSPECIFIED) {
            out.putInt(source.bits());
            out.putInt(destination.bits());
            out.putShort((short) sourcePort);
            out.putShort((short) destinationPort);
        }
        for (Value value : values) {
            out.put((byte) value.type);
            out.putShort((short) value.bytes.length);
            out.put(value.bytes);
        }
        return offset + length;
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[length()];
        emit(bytes, 0);
        return bytes;
    }

    /** What {@link #parse} makes of bytes. */
    public sealed interface Parsed {
        /**
         * A header.
         *
         * @param header what it says
         * @param length how many bytes it takes; what follows is the connection's
         */
        record Complete(ProxyHeader header, int length) implements Parsed {}

        /** The beginning of a header; at least {@code atLeast} bytes are needed to go on. */
        record Incomplete(int atLeast) implements Parsed {}

        /** No header of version 2, or a malformed one. */
        record Malformed(String reason) implements Parsed {}
    }

    /**
     * Reads a header. LOCAL is read as {@link #local} whatever else it carries, as section 2.2 asks; families other than
     * TCP and UDP over IPv4 are read as {@link Transport#UNSPECIFIED}, without addresses, which tells the receiver the same.
     *
     * @param bytes a stream's beginning, or a datagram
     */
    public static Parsed parse(byte[] bytes, int offset, int available) {
        ByteBuffer in = ByteBuffer.wrap(bytes).slice(offset, available);
        for (int i = 0; i < Math.min(SIGNATURE.length, available); i++) {
            if (in.get(i) != SIGNATURE[i]) {
                return new Parsed.Malformed("no signature");
            }
        }
        if (available < PREFIX) {
            return new Parsed.Incomplete(PREFIX);
        }
        int versionAndCommand = in.get(12) & 0xFF;
        if ((versionAndCommand & 0xF0) != VERSION || (versionAndCommand & 0x0F) > 1) {
            return new Parsed.Malformed("version or command 0x%02x".formatted(versionAndCommand));
        }
        int length = PREFIX + (in.getShort(14) & 0xFFFF);
        if (available < length) {
            return new Parsed.Incomplete(length);
        }
        if ((versionAndCommand & 0x0F) == 0) {
            return new Parsed.Complete(local(), length);
        }
        Optional<Transport> transport = Transport.of(in.get(13) & 0xFF);
        if (transport.isEmpty() || transport.get() == Transport.UNSPECIFIED) {
            ProxyHeader unspecified = new ProxyHeader(
                    Command.PROXY, Transport.UNSPECIFIED, Ipv4Address.ANY, 0, Ipv4Address.ANY, 0, List.of());
            return new Parsed.Complete(unspecified, length);
        }
        if (length < LENGTH_V4) {
            return new Parsed.Malformed("no room for addresses");
        }
        List<Value> values = new ArrayList<>();
        int at = LENGTH_V4;
        while (at < length) {
            int end = length - at < VALUE_HEAD ? Integer.MAX_VALUE : at + VALUE_HEAD + (in.getShort(at + 1) & 0xFFFF);
            if (end > length) {
                return new Parsed.Malformed("a value is cut off");
            }
            byte[] content = new byte[end - at - VALUE_HEAD];
            in.get(at + VALUE_HEAD, content);
            values.add(new Value(in.get(at) & 0xFF, content));
            at = end;
        }
        return new Parsed.Complete(
                new ProxyHeader(
                        Command.PROXY,
                        transport.get(),
                        new Ipv4Address(in.getInt(16)),
                        in.getShort(24) & 0xFFFF,
                        new Ipv4Address(in.getInt(20)),
                        in.getShort(26) & 0xFFFF,
                        values),
                length);
    }
}
