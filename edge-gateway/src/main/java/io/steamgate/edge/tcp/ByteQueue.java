package io.steamgate.edge.tcp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Consecutive bytes of a stream in one growing array: taken from the front, added behind, or placed ahead of the end
 * where a gap is still open. No memory until the first byte.
 */
final class ByteQueue {
    private static final byte[] EMPTY = {};
    private static final int LEAST = 512;

    private byte[] array = EMPTY;
    private int start;
    private int length;
    /** Bytes from {@code start} on that may be in use: those in order and those placed ahead. */
    private int extent;

    byte[] array() {
        return array;
    }

    int start() {
        return start;
    }

    /** Bytes in order. */
    int length() {
        return length;
    }

    void append(byte[] from, int offset, int count) {
        reserve(length + count);
        System.arraycopy(from, offset, array, start + length, count);
        advance(count);
    }

    /** Copies bytes to {@code ahead} bytes after the end of those in order; {@link #advance} makes them part of it. */
    void place(int ahead, MemorySegment from, long offset, int count) {
        reserve(length + ahead + count);
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, array, start + length + ahead, count);
        extent = Math.max(extent, length + ahead + count);
    }

    /** {@code count} bytes after the end are there and in order now. */
    void advance(int count) {
        length += count;
        extent = Math.max(extent, length);
    }

    void drop(int count) {
        start += count;
        length -= count;
        extent -= count;
        if (extent == 0) {
            start = 0;
        }
    }

    /** Copies {@code count} bytes from {@code index} on into packet memory. */
    void copyTo(int index, MemorySegment to, long offset, int count) {
        MemorySegment.copy(array, start + index, to, ValueLayout.JAVA_BYTE, offset, count);
    }

    /** Forgets all bytes and gives the memory back. */
    void clear() {
        array = EMPTY;
        start = 0;
        length = 0;
        extent = 0;
    }

    private void reserve(int needed) {
        if (start + needed <= array.length) {
            return;
        }
        if (needed <= array.length && start >= array.length / 2) {
            // At least as much was taken from the front as is moved now: amortised, each byte moves once.
            System.arraycopy(array, start, array, 0, extent);
        } else {
            int capacity = Math.max(LEAST, Integer.highestOneBit(Math.max(needed, extent) - 1) << 1);
            capacity = Math.max(capacity, Math.min(array.length * 2, 1 << 30));
            byte[] larger = new byte[capacity];
            System.arraycopy(array, start, larger, 0, extent);
            array = larger;
        }
        start = 0;
    }
}
