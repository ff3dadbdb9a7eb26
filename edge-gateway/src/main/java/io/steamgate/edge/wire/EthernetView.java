package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.NetworkOrder.put16;
import static io.steamgate.edge.wire.NetworkOrder.put48;
import static io.steamgate.edge.wire.NetworkOrder.u16;
import static io.steamgate.edge.wire.NetworkOrder.u48;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The Ethernet II header (IEEE 802.3) with at most one tag (IEEE 802.1Q). */
public final class EthernetView {
    public static final int DESTINATION = 0;
    public static final int SOURCE = 6;
    public static final int TYPE = 12;
    public static final int HEADER = 14;
    /** Priority, drop eligibility and VLAN identifier of a tagged frame; the payload's type follows. */
    public static final int TAG = 14;

    public static final int TAGGED_TYPE = 16;
    public static final int TAGGED_HEADER = 18;

    public static final int IPV4 = 0x0800;
    public static final int ARP = 0x0806;
    public static final int VLAN = 0x8100;
    /** Smaller values of the type field are IEEE 802.3 lengths. */
    public static final int SMALLEST_TYPE = 0x0600;

    private MemorySegment memory = MemorySegment.NULL;
    private int offset;
    private int length;

    /** @return false, and the view is not to be used, when the header is cut short */
    public boolean wrap(MemorySegment memory, int offset, int length) {
        this.memory = memory;
        this.offset = offset;
        this.length = length;
        return length >= HEADER && (length >= TAGGED_HEADER || !tagged());
    }

    public MacAddress destination() {
        return new MacAddress(u48(memory, offset + DESTINATION));
    }

    public MacAddress source() {
        return new MacAddress(u48(memory, offset + SOURCE));
    }

    public boolean tagged() {
        return u16(memory, offset + TYPE) == VLAN;
    }

    /** The 802.1Q VLAN identifier, 0 for a frame without a tag or with a mere priority tag. */
    public int vlan() {
        return tagged() ? u16(memory, offset + TAG) & 0xFFF : 0;
    }

    /** The type of the payload, behind the tag if there is one. */
    public int type() {
        return u16(memory, offset + (tagged() ? TAGGED_TYPE : TYPE));
    }

    public int payloadOffset() {
        return offset + (tagged() ? TAGGED_HEADER : HEADER);
    }

    /** Bytes behind the header, padding included. */
    public int payloadLength() {
        return offset + length - payloadOffset();
    }

    public void destination(MacAddress mac) {
        put48(memory, offset + DESTINATION, mac.bits());
    }

    public void source(MacAddress mac) {
        put48(memory, offset + SOURCE, mac.bits());
    }

    @Override
    public String toString() {
        return new Header(destination(), source(), vlan(), type()).toString();
    }

    /**
     * A header as a value.
     *
     * @param vlan 0 for no tag, else 1 to 4094
     * @param type of the payload, never {@link #VLAN}
     */
    public record Header(MacAddress destination, MacAddress source, int vlan, int type) {
        /** Empty when the header is cut short. A priority tag is not kept. */
        public static Optional<Header> parse(MemorySegment memory, int offset, int length) {
            EthernetView view = new EthernetView();
            return view.wrap(memory, offset, length)
                    ? Optional.of(new Header(view.destination(), view.source(), view.vlan(), view.type()))
                    : Optional.empty();
        }

        public int length() {
            return headerLength(vlan);
        }

        /** @return bytes written */
        public int emit(MemorySegment memory, int offset) {
            return EthernetView.emit(memory, offset, destination.bits(), source.bits(), vlan, type);
        }

        @Override
        public String toString() {
            return "Ethernet " + source + " > " + destination + (vlan == 0 ? "" : " vlan " + vlan)
                    + String.format(" type 0x%04x", type);
        }
    }

    public static int headerLength(int vlan) {
        return vlan == 0 ? HEADER : TAGGED_HEADER;
    }

    /** Writes a header of {@link #headerLength} bytes; for the packet path. */
    public static int emit(MemorySegment memory, int offset, long destination, long source, int vlan, int type) {
        put48(memory, offset + DESTINATION, destination);
        put48(memory, offset + SOURCE, source);
        if (vlan == 0) {
            put16(memory, offset + TYPE, type);
            return HEADER;
        }
        put16(memory, offset + TYPE, VLAN);
        put16(memory, offset + TAG, vlan);
        put16(memory, offset + TAGGED_TYPE, type);
        return TAGGED_HEADER;
    }
}
