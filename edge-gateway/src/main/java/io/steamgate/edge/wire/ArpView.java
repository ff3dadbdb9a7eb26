package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.NetworkOrder.i32;
import static io.steamgate.edge.wire.NetworkOrder.put16;
import static io.steamgate.edge.wire.NetworkOrder.put32;
import static io.steamgate.edge.wire.NetworkOrder.put48;
import static io.steamgate.edge.wire.NetworkOrder.put8;
import static io.steamgate.edge.wire.NetworkOrder.u16;
import static io.steamgate.edge.wire.NetworkOrder.u48;
import static io.steamgate.edge.wire.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** ARP for IPv4 over Ethernet (RFC 826). Other hardware or protocol address spaces do not wrap. */
public final class ArpView {
    private static final int HARDWARE_SPACE = 0;
    private static final int PROTOCOL_SPACE = 2;
    private static final int HARDWARE_LENGTH = 4;
    private static final int PROTOCOL_LENGTH = 5;
    private static final int OPERATION = 6;
    private static final int SENDER_MAC = 8;
    private static final int SENDER_ADDRESS = 14;
    private static final int TARGET_MAC = 18;
    private static final int TARGET_ADDRESS = 24;
    public static final int LENGTH = 28;

    public static final int REQUEST = 1;
    public static final int REPLY = 2;

    private static final int ETHERNET = 1;

    private MemorySegment memory = MemorySegment.NULL;
    private int offset;

    /** @return false when cut short, or not IPv4 over Ethernet, or neither request nor reply */
    public boolean wrap(MemorySegment memory, int offset, int length) {
        this.memory = memory;
        this.offset = offset;
        return length >= LENGTH
                && u16(memory, offset + HARDWARE_SPACE) == ETHERNET
                && u16(memory, offset + PROTOCOL_SPACE) == EthernetView.IPV4
                && u8(memory, offset + HARDWARE_LENGTH) == 6
                && u8(memory, offset + PROTOCOL_LENGTH) == 4
                && (operation() == REQUEST || operation() == REPLY);
    }

    public int operation() {
        return u16(memory, offset + OPERATION);
    }

    public long senderMac() {
        return u48(memory, offset + SENDER_MAC);
    }

    public int senderAddress() {
        return i32(memory, offset + SENDER_ADDRESS);
    }

    public long targetMac() {
        return u48(memory, offset + TARGET_MAC);
    }

    public int targetAddress() {
        return i32(memory, offset + TARGET_ADDRESS);
    }

    @Override
    public String toString() {
        return Packet.of(this).toString();
    }

    /**
     * A packet as a value.
     *
     * @param operation {@link #REQUEST} or {@link #REPLY}
     */
    public record Packet(
            int operation,
            MacAddress senderMac,
            Ipv4Address senderAddress,
            MacAddress targetMac,
            Ipv4Address targetAddress) {

        /** Empty when it would not {@link ArpView#wrap wrap}. */
        public static Optional<Packet> parse(MemorySegment memory, int offset, int length) {
            ArpView view = new ArpView();
            return view.wrap(memory, offset, length) ? Optional.of(of(view)) : Optional.empty();
        }

        private static Packet of(ArpView view) {
            return new Packet(
                    view.operation(),
                    new MacAddress(view.senderMac()),
                    new Ipv4Address(view.senderAddress()),
                    new MacAddress(view.targetMac()),
                    new Ipv4Address(view.targetAddress()));
        }

        /** @return bytes written: {@link #LENGTH} */
        public int emit(MemorySegment memory, int offset) {
            put16(memory, offset + HARDWARE_SPACE, ETHERNET);
            put16(memory, offset + PROTOCOL_SPACE, EthernetView.IPV4);
            put8(memory, offset + HARDWARE_LENGTH, 6);
            put8(memory, offset + PROTOCOL_LENGTH, 4);
            put16(memory, offset + OPERATION, operation);
            put48(memory, offset + SENDER_MAC, senderMac.bits());
            put32(memory, offset + SENDER_ADDRESS, senderAddress.bits());
            put48(memory, offset + TARGET_MAC, targetMac.bits());
            put32(memory, offset + TARGET_ADDRESS, targetAddress.bits());
            return LENGTH;
        }

        @Override
        public String toString() {
            return operation == REQUEST
                    ? "ARP who has " + targetAddress + "? tell " + senderAddress + " at " + senderMac
                    : "ARP " + senderAddress + " is at " + senderMac;
        }
    }
}
