package io.steamgate.edge.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Big-endian, unaligned access to packet memory. Callers have checked the bounds; the segment checks them again, so a
 * mistake here is an exception and never a stray read.
 */
public final class NetworkOrder {
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private NetworkOrder() {}

    public static int u8(MemorySegment memory, long offset) {
        return memory.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
    }

    public static int u16(MemorySegment memory, long offset) {
        return memory.get(U16, offset) & 0xFFFF;
    }

    public static int i32(MemorySegment memory, long offset) {
        return memory.get(I32, offset);
    }

    /** Six octets, as a MAC address has. */
    public static long u48(MemorySegment memory, long offset) {
        return (long) u16(memory, offset) << 32 | i32(memory, offset + 2) & 0xFFFF_FFFFL;
    }

    public static void put8(MemorySegment memory, long offset, int value) {
        memory.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    public static void put16(MemorySegment memory, long offset, int value) {
        memory.set(U16, offset, (short) value);
    }

    public static void put32(MemorySegment memory, long offset, int value) {
        memory.set(I32, offset, value);
    }

    public static void put48(MemorySegment memory, long offset, long value) {
        put16(memory, offset, (int) (value >>> 32));
        put32(memory, offset + 2, (int) value);
    }
}
