package io.steamgate.edge.follow;

import java.nio.charset.StandardCharsets;

/**
 * A read-only look at consecutive bytes of a stream. The array is the connection's own buffer: nobody keeps it or writes
 * to it.
 *
 * @param array holds the bytes
 * @param offset of the first byte
 * @param length how many
 */
public record Bytes(byte[] array, int offset, int length) {
    public Bytes {
        if (offset < 0 || length < 0 || offset > array.length - length) {
            throw new IndexOutOfBoundsException("[" + offset + ", +" + length + ") in " + array.length);
        }
    }

    public static Bytes of(byte... array) {
        return new Bytes(array, 0, array.length);
    }

    /** Latin-1, as HTTP and SMTP heads are: one character a byte. */
    public static Bytes of(String text) {
        return of(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public int u8(int index) {
        return array[offset + index] & 0xFF;
    }

    public int u16(int index) {
        return u8(index) << 8 | u8(index + 1);
    }

    public int u24(int index) {
        return u16(index) << 8 | u8(index + 2);
    }

    /** The bytes from {@code from} on, {@code count} of them. */
    public Bytes slice(int from, int count) {
        return new Bytes(array, offset + from, count);
    }

    public String text(int from, int to) {
        return new String(array, offset + from, to - from, StandardCharsets.ISO_8859_1);
    }

    public byte[] toArray() {
        byte[] copy = new byte[length];
        System.arraycopy(array, offset, copy, 0, length);
        return copy;
    }
}
