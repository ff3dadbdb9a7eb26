package io.steamgate.mail.smtp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Walks through a message's content as it comes, finds its end, and says which ranges of the bytes go on.
 *
 * <p>Only CRLF ends a line and only CRLF.CRLF ends dotted content (RFC 5321 §2.3.8, §4.1.1.4). What looks like an end
 * to a laxer reader ({@code LF.LF}, {@code LF.CRLF}, {@code CR.CR}, {@code CRLF.LF}, {@code CRLF.CR}, {@code NUL}
 * between) is a violation, and nothing behind it is content: that is what SMTP smuggling lives on.
 *
 * <p>Content comes dotted (DATA) or counted (BDAT), and goes on dotted (to SMTP and LMTP) or plain (to a file). From
 * dotted to dotted and from counted to plain the bytes stay as they are; otherwise dots are taken off or put on
 * (§4.5.2). A dot at the start of a line is held back until the next byte tells what it is, so nothing that could be
 * taken for an end has gone on before {@link Outcome#END}.
 *
 * <p>All state is in a few fields, so that a line may be cut anywhere by the borders of segments; nothing is allocated.
 */
public final class ContentScanner {
    /** What {@link #scan} ended on. */
    public enum Outcome {
        /** {@link #from()} to {@link #to()} goes on; the bytes may hold more. */
        CONTENT,
        /** The end of dotted content was consumed; a range may still go on before it. */
        END,
        BARE_CR,
        BARE_LF,
        NUL,
        LONG_LINE,
        /** More Received lines than a message that is not in a loop has. */
        LOOP;

        public boolean isViolation() {
            return this != CONTENT && this != END;
        }
    }

    private enum State {
        LINE_START,
        TEXT,
        CR,
        DOT,
        DOT_CR
    }

    private static final byte[] RECEIVED = {'r', 'e', 'c', 'e', 'i', 'v', 'e', 'd', ':'};
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;

    private final boolean dottedIn;
    private final boolean dottedOut;
    private final int maxLine;
    private final int maxHops;

    private State state = State.LINE_START;
    private int lineLength;
    private boolean header = true;
    private int hops;
    /** How much of {@code Received:} this header line has shown; -1 once it is another. */
    private int matched;

    private int from;
    private int to;
    private boolean dotBefore;

    /**
     * @param dottedIn content as DATA carries it, not as BDAT does
     * @param dottedOut content as DATA is to carry it
     * @param maxLine octets of a line without CRLF
     * @param maxHops Received lines of the header
     */
    public ContentScanner(boolean dottedIn, boolean dottedOut, int maxLine, int maxHops) {
        this.dottedIn = dottedIn;
        this.dottedOut = dottedOut;
        this.maxLine = maxLine;
        this.maxHops = maxHops;
    }

    /** Start of the range that goes on, as an index of the scanned buffer. */
    public int from() {
        return from;
    }

    /** End of the range that goes on. */
    public int to() {
        return to;
    }

    /** Whether a dot goes on before the range. */
    public boolean dotBefore() {
        return dotBefore;
    }

    /** Whether the content so far is empty or ends with a line end. */
    public boolean atLineStart() {
        return state == State.LINE_START;
    }

    /** Whether the content so far ends with the first half of a line end. */
    public boolean withinLineEnd() {
        return state == State.CR;
    }

    /** How many octets of CRLF.CRLF the content so far ends with. */
    int endMatched() {
        return switch (state) {
            case TEXT -> 0;
            case CR -> 1;
            case LINE_START -> 2;
            case DOT -> 3;
            case DOT_CR -> 4;
        };
    }

    /** Consumes bytes from the buffer's position on; {@code CONTENT} with the buffer empty asks for more. */
    public Outcome scan(ByteBuffer in) {
        in.order(ByteOrder.LITTLE_ENDIAN);
        int limit = in.limit();
        int i = in.position();
        from = i;
        to = i;
        dotBefore = false;
        while (i < limit) {
            switch (state) {
                case LINE_START -> {
                    byte b = in.get(i);
                    if (b == '.' && (dottedIn || dottedOut)) {
                        if (i > from) {
                            // The dot is decided upon with the next call.
                            return goOn(in, i, Outcome.CONTENT);
                        }
                        if (dottedIn) {
                            i++;
                            from = i;
                            state = State.DOT;
                        } else {
                            dotBefore = true;
                            i++;
                            from = i - 1;
                            lineLength = 1;
                            matched = -1;
                            state = State.TEXT;
                        }
                    } else {
                        if (header && b == '\r') {
                            header = false;
                        }
                        matched = 0;
                        state = State.TEXT;
                    }
                }
                case TEXT -> {
                    if (header && matched >= 0) {
                        i = matchField(in, i, limit);
                        if (hops > maxHops) {
                            return goOn(in, i, Outcome.LOOP);
                        }
                    }
                    int end = skipText(in, i, limit);
                    lineLength += end - i;
                    i = end;
                    if (lineLength > maxLine) {
                        return goOn(in, i, Outcome.LONG_LINE);
                    }
                    if (i < limit) {
                        byte b = in.get(i);
                        if (b == '\r') {
                            i++;
                            state = State.CR;
                        } else {
                            return goOn(in, i, b == '\n' ? Outcome.BARE_LF : Outcome.NUL);
                        }
                    }
                }
                case CR -> {
                    if (in.get(i) != '\n') {
                        return goOn(in, i, Outcome.BARE_CR);
                    }
                    i++;
                    lineLength = 0;
                    state = State.LINE_START;
                }
                case DOT -> {
                    if (in.get(i) == '\r') {
                        i++;
                        from = i;
                        state = State.DOT_CR;
                    } else {
                        dotBefore = dottedOut;
                        from = i;
                        lineLength = 0;
                        matched = -1;
                        state = State.TEXT;
                    }
                }
                case DOT_CR -> {
                    from = i;
                    if (in.get(i) != '\n') {
                        return goOn(in, i, Outcome.BARE_CR);
                    }
                    i++;
                    from = i;
                    return goOn(in, i, Outcome.END);
                }
            }
        }
        return goOn(in, i, Outcome.CONTENT);
    }

    private Outcome goOn(ByteBuffer in, int end, Outcome outcome) {
        in.position(end);
        to = end;
        return outcome;
    }

    /** Compares the start of a header line with {@code Received:}; consumes what agrees. */
    private int matchField(ByteBuffer in, int start, int limit) {
        int i = start;
        while (i < limit && matched < RECEIVED.length) {
            if ((in.get(i) | 0x20) != (RECEIVED[matched] | 0x20)) {
                matched = -1;
                return i;
            }
            i++;
            lineLength++;
            matched++;
        }
        if (matched == RECEIVED.length) {
            hops++;
            matched = -1;
        }
        return i;
    }

    /** Index of the first CR, LF or NUL, up to 32 bytes at a time; the limit if there is none. */
    private static int skipText(ByteBuffer in, int start, int limit) {
        int i = start;
        while (i + 32 <= limit
                && ((controls(in.getLong(i))
                                        | controls(in.getLong(i + 8))
                                        | controls(in.getLong(i + 16))
                                        | controls(in.getLong(i + 24)))
                                & HIGHS)
                        == 0) {
            i += 32;
        }
        while (i + 8 <= limit) {
            long word = in.getLong(i);
            // One test for what text seldom has, and three only where it says so.
            if ((controls(word) & HIGHS) != 0) {
                long cr = word ^ 0x0D * ONES;
                long lf = word ^ 0x0A * ONES;
                // The high bit of each byte that is zero, and maybe of ones above it: the lowest is exact.
                long hit = ((word - ONES) & ~word | (cr - ONES) & ~cr | (lf - ONES) & ~lf) & HIGHS;
                if (hit != 0) {
                    return i + (Long.numberOfTrailingZeros(hit) >>> 3);
                }
            }
            i += 8;
        }
        while (i < limit) {
            byte b = in.get(i);
            if (b == '\r' || b == '\n' || b == 0) {
                return i;
            }
            i++;
        }
        return limit;
    }

    /** A high bit is set if, and only if, a byte is less than 14: CR, LF, NUL, or another control character. */
    private static long controls(long word) {
        return word - 0x0E * ONES & ~word;
    }
}
