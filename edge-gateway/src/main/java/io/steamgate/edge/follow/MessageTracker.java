package io.steamgate.edge.follow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a kept connection: fed consecutive pieces of the stream, it knows where its messages begin and end.
 * Of the stream it keeps only a head that is not complete.
 */
abstract sealed class MessageTracker permits RequestTracker, ResponseTracker {
    /** What made {@link #feed} stop. */
    enum Event {
        /** Nothing: all octets were taken. */
        MORE,
        /** A head is complete; {@link #begin} says what its body is. */
        HEAD,
        /** The message ended behind the last octet taken. */
        END,
        /** What follows is no message; nothing more is taken. */
        MALFORMED
    }

    /** Answers of {@link #parse} that are no length. */
    static final int INCOMPLETE = -1;

    static final int MALFORMED = -2;

    private enum State {
        BOUNDARY,
        IN_HEAD,
        AFTER_HEAD,
        LENGTH,
        CHUNKED,
        UNFRAMED,
        MALFORMED
    }

    /** How much of a piece is copied to look for the end of a head in it, before all of it is. */
    private static final int FIRST_LOOK = 2048;

    private static final byte[] NOTHING = {};

    private final int headLimit;
    private final byte[] scratch;
    private State state = State.BOUNDARY;
    private long offset;
    private long headOffset;
    private byte[] held = NOTHING;
    private int heldLength;
    private long remaining;
    private @Nullable ChunkedScanner chunks;
    private int taken;

    /** @param scratch shared with the other connections of the thread; at least {@code headLimit} octets */
    MessageTracker(int headLimit, byte[] scratch) {
        this.headLimit = headLimit;
        this.scratch = scratch;
    }

    /** Reads a head from the start of {@code bytes}: its length, {@link #INCOMPLETE} or {@link #MALFORMED}. */
    abstract int parse(Bytes bytes, int limit);

    /** Takes octets of the stream up to the next event. */
    final Event feed(Bytes piece) {
        return switch (state) {
            case BOUNDARY, IN_HEAD -> head(piece);
            case LENGTH -> length(piece.length());
            case CHUNKED -> chunked(chunks().feed(piece));
            case AFTER_HEAD, UNFRAMED, MALFORMED -> pass(piece.length());
        };
    }

    /** As {@link #feed(Bytes)}, of {@code length} octets at {@code from} of {@code segment}. */
    final Event feed(MemorySegment segment, long from, int length) {
        return switch (state) {
            case BOUNDARY, IN_HEAD -> head(segment, from, Math.min(length, headLimit));
            case LENGTH -> length(length);
            case CHUNKED -> chunked(chunks().feed(segment, from, length));
            case AFTER_HEAD, UNFRAMED, MALFORMED -> pass(length);
        };
    }

    /** How many octets the last {@link #feed} took. */
    final int taken() {
        return taken;
    }

    /** Of the next octet, counted from the start of the stream. */
    final long offset() {
        return offset;
    }

    /** Where the last head began, or where the next one does; of a malformed stream where the fault is. */
    final long headOffset() {
        return state == State.BOUNDARY ? offset : headOffset;
    }

    final boolean atBoundary() {
        return state == State.BOUNDARY;
    }

    /** Whether octets of a head have been taken of which it is not yet known what they are. */
    final boolean undecided() {
        return state == State.IN_HEAD || state == State.AFTER_HEAD;
    }

    final boolean unframed() {
        return state == State.UNFRAMED;
    }

    final boolean malformed() {
        return state == State.MALFORMED;
    }

    /** After {@link Event#HEAD}: what the body is; whether the message is complete with that. */
    final boolean begin(BodyFraming body) {
        return switch (body) {
            case BodyFraming.None() -> {
                state = State.BOUNDARY;
                yield true;
            }
            case BodyFraming.Length(long octets) -> {
                remaining = octets;
                state = octets == 0 ? State.BOUNDARY : State.LENGTH;
                yield octets == 0;
            }
            case BodyFraming.Chunked() -> {
                chunks().reset();
                state = State.CHUNKED;
                yield false;
            }
            case BodyFraming.UntilClose(), BodyFraming.Tunnel() -> {
                unframe();
                yield false;
            }
        };
    }

    /** From here on there are no messages any more. */
    final void unframe() {
        state = State.UNFRAMED;
        held = NOTHING;
        heldLength = 0;
    }

    /** How many of the following octets change nothing but the offset and may pass unseen: {@link #skip} them. */
    final long skippable() {
        return switch (state) {
            case LENGTH -> remaining;
            case CHUNKED -> chunks().skippable();
            case UNFRAMED -> Long.MAX_VALUE - offset;
            case BOUNDARY, IN_HEAD, AFTER_HEAD, MALFORMED -> 0;
        };
    }

    final Event skip(long octets) {
        if (octets < 0 || octets > skippable()) {
            throw new IllegalArgumentException(octets + " of " + skippable() + " octets");
        }
        offset += octets;
        if (state == State.CHUNKED) {
            chunks().skip(octets);
        } else if (state == State.LENGTH) {
            remaining -= octets;
            if (remaining == 0) {
                state = State.BOUNDARY;
                return Event.END;
            }
        }
        return Event.MORE;
    }

    private Event head(MemorySegment segment, long from, int length) {
        int look = Math.min(length, FIRST_LOOK);
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, from, scratch, 0, look);
        if (heldLength == 0 && look < length) {
            Bytes piece = new Bytes(scratch, 0, look);
            headOffset = offset;
            int head = parse(piece, headLimit);
            if (head != INCOMPLETE) {
                return decided(head, piece, 0);
            }
        }
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, from + look, scratch, look, length - look);
        return head(new Bytes(scratch, 0, length));
    }

    private Event head(Bytes piece) {
        if (heldLength == 0) {
            headOffset = offset;
            return decided(parse(piece, headLimit), piece, 0);
        }
        int before = heldLength;
        hold(piece);
        return decided(parse(new Bytes(held, 0, heldLength), headLimit), piece, before);
    }

    /** @param before how many octets of the head were there before this piece */
    private Event decided(int length, Bytes piece, int before) {
        if (length == INCOMPLETE) {
            if (before == 0) {
                hold(piece);
            }
            if (piece.length() > 0) {
                state = State.IN_HEAD;
            }
            return take(piece.length(), Event.MORE);
        }
        held = NOTHING;
        heldLength = 0;
        if (length == MALFORMED) {
            state = State.MALFORMED;
            return take(0, Event.MALFORMED);
        }
        state = State.AFTER_HEAD;
        // An answer without a status line has no head, yet may have been held until that was known
        return take(Math.max(0, length - before), Event.HEAD);
    }

    private void hold(Bytes piece) {
        int more = Math.min(piece.length(), headLimit - heldLength);
        if (heldLength + more > held.length) {
            int room = Math.max(heldLength + more, Math.min(headLimit, held.length * 2));
            held = Arrays.copyOf(held, room);
        }
        System.arraycopy(piece.array(), piece.offset(), held, heldLength, more);
        heldLength += more;
    }

    private Event length(int there) {
        int most = (int) Math.min(there, remaining);
        taken = most;
        return skip(most);
    }

    private Event chunked(int consumed) {
        if (chunks().malformed()) {
            state = State.MALFORMED;
            take(consumed - 1, Event.MALFORMED);
            headOffset = offset;
            return Event.MALFORMED;
        }
        if (chunks().done()) {
            state = State.BOUNDARY;
            return take(consumed, Event.END);
        }
        return take(consumed, Event.MORE);
    }

    private Event pass(int length) {
        return switch (state) {
            case UNFRAMED -> take(length, Event.MORE);
            case MALFORMED -> take(0, Event.MALFORMED);
            case AFTER_HEAD -> take(0, Event.HEAD);
            case BOUNDARY, IN_HEAD, LENGTH, CHUNKED -> throw new IllegalStateException(state.name());
        };
    }

    private Event take(int octets, Event event) {
        taken = octets;
        offset += octets;
        return event;
    }

    private ChunkedScanner chunks() {
        if (chunks == null) {
            chunks = new ChunkedScanner();
        }
        return chunks;
    }
}
