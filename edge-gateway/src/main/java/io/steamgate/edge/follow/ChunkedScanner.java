package io.steamgate.edge.follow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finds the end of one chunked body (RFC 9112 section 7.1) in consecutive pieces of a stream, keeping none of them. Every
 * line end is CRLF, in extensions and trailers too: a bare line feed there is read in two ways by two parsers.
 */
public final class ChunkedScanner {
    /** Of one chunk's size line behind its size, in octets: storage protocols sign each chunk there. */
    public static final int EXTENSION_LIMIT = 4096;
    /** Of all trailer fields, in octets. */
    public static final int TRAILER_LIMIT = 8192;

    /** More digits than a 63-bit size has are only there to overflow someone. */
    private static final int MOST_DIGITS = 16;

    private enum State {
        SIZE,
        BLANK,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        LINE_START,
        FIELD_NAME,
        FIELD_VALUE,
        FIELD_LF,
        LAST_LF,
        DONE,
        MALFORMED
    }

    private State state = State.SIZE;
    private long size;
    private int digits;
    /** Octets of the extension or trailers so far. */
    private int extra;

    /**
     * Takes the next octets of the body.
     *
     * @return how many of them belong to it: all, unless it ends in them or is malformed
     */
    public int feed(Bytes piece) {
        byte[] array = piece.array();
        int end = piece.offset() + piece.length();
        int at = piece.offset();
        while (at < end && state != State.DONE && state != State.MALFORMED) {
            if (state == State.DATA) {
                at += data(end - at);
            } else {
                step(array[at++]);
            }
        }
        return at - piece.offset();
    }

    /** As {@link #feed(Bytes)}, of {@code length} octets at {@code offset} of {@code segment}. */
    public int feed(MemorySegment segment, long offset, int length) {
        int at = 0;
        while (at < length && state != State.DONE && state != State.MALFORMED) {
            if (state == State.DATA) {
                at += data(length - at);
            } else {
                step(segment.get(ValueLayout.JAVA_BYTE, offset + at++));
            }
        }
        return at;
    }

    /** Whether the body has ended, trailers and last line included. */
    public boolean done() {
        return state == State.DONE;
    }

    public boolean malformed() {
        return state == State.MALFORMED;
    }

    /** How many of the following octets are chunk data and may pass unseen: {@link #skip} them instead. */
    public long skippable() {
        return state == State.DATA ? size : 0;
    }

    /** Counts {@code octets} of chunk data, at most {@link #skippable}, as fed. */
    public void skip(long octets) {
        if (octets < 0 || octets > skippable()) {
            throw new IllegalArgumentException(octets + " of " + skippable() + " octets of data");
        }
        if (octets > 0) {
            size -= octets;
            state = size == 0 ? State.DATA_CR : State.DATA;
        }
    }

    /** Makes it ready for the next body. */
    public void reset() {
        state = State.SIZE;
        size = 0;
        digits = 0;
        extra = 0;
    }

    private int data(int there) {
        int taken = (int) Math.min(size, there);
        skip(taken);
        return taken;
    }

    private void step(byte octet) {
        state = switch (state) {
            case SIZE -> size(octet);
            case BLANK -> octet == ';' || HttpOctets.isBlank(octet) ? extension(octet) : endOfSize(octet);
            case EXTENSION -> HttpOctets.isValue(octet) ? extension(octet) : endOfSize(octet);
            case SIZE_LF -> octet == HttpOctets.LF ? chunk() : State.MALFORMED;
            case DATA_CR -> octet == HttpOctets.CR ? State.DATA_LF : State.MALFORMED;
            case DATA_LF -> octet == HttpOctets.LF ? State.SIZE : State.MALFORMED;
            case LINE_START ->
                octet == HttpOctets.CR
                        ? State.LAST_LF
                        : HttpOctets.isToken(octet) ? trailer(State.FIELD_NAME) : State.MALFORMED;
            case FIELD_NAME ->
                octet == ':'
                        ? trailer(State.FIELD_VALUE)
                        : HttpOctets.isToken(octet) ? trailer(State.FIELD_NAME) : State.MALFORMED;
            case FIELD_VALUE ->
                octet == HttpOctets.CR
                        ? State.FIELD_LF
                        : HttpOctets.isValue(octet) ? trailer(State.FIELD_VALUE) : State.MALFORMED;
            case FIELD_LF -> octet == HttpOctets.LF ? State.LINE_START : State.MALFORMED;
            case LAST_LF -> octet == HttpOctets.LF ? State.DONE : State.MALFORMED;
            case DATA, DONE, MALFORMED -> state;
        };
    }

    private State size(byte octet) {
        int digit = HttpOctets.hex(octet);
        if (digit >= 0) {
            if (++digits > MOST_DIGITS || size > Long.MAX_VALUE >> 4) {
                return State.MALFORMED;
            }
            size = size << 4 | digit;
            return State.SIZE;
        }
        if (digits == 0) {
            return State.MALFORMED;
        }
        // A blank before the end of the line is what old servers pad the size with
        return octet == ';' || HttpOctets.isBlank(octet) ? extension(octet) : endOfSize(octet);
    }

    private State extension(byte octet) {
        if (++extra > EXTENSION_LIMIT) {
            return State.MALFORMED;
        }
        return state != State.EXTENSION && octet != ';' ? State.BLANK : State.EXTENSION;
    }

    private static State endOfSize(byte octet) {
        return octet == HttpOctets.CR ? State.SIZE_LF : State.MALFORMED;
    }

    private State chunk() {
        digits = 0;
        extra = 0;
        return size == 0 ? State.LINE_START : State.DATA;
    }

    private State trailer(State next) {
        return ++extra > TRAILER_LIMIT ? State.MALFORMED : next;
    }
}
