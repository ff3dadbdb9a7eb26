package io.steamgate.mail.smtp;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads command lines (RFC 5321 §2.3.8): only CRLF ends a line; a CR or LF alone, or a NUL, is a violation and no
 * more can be trusted to be where it seems to be. A line that is too long is skipped to its end.
 */
public final class LineReader {
    /** What {@link #next} found. */
    public enum Outcome {
        /** The bytes end within a line. */
        INCOMPLETE,
        /** {@link #line()} has one. */
        LINE,
        /** A line is over that was longer than allowed; it is not kept. */
        TOO_LONG,
        /** A line is over that is no UTF-8. */
        NOT_TEXT,
        BARE_CR,
        BARE_LF,
        NUL
    }

    /** Octets for a line of the usual length. */
    private static final int USUAL = 128;

    private byte[] bytes = new byte[USUAL];
    private int length;
    private boolean carriageReturn;
    private boolean tooLong;
    private String line = "";

    /** Consumes bytes up to the end of one line of at most {@code limit} octets, CRLF included. */
    public Outcome next(ByteBuffer in, int limit) {
        while (in.hasRemaining()) {
            byte b = in.get();
            if (carriageReturn) {
                carriageReturn = false;
                return b == '\n' ? end() : Outcome.BARE_CR;
            }
            switch (b) {
                case '\r' -> carriageReturn = true;
                case '\n' -> {
                    return Outcome.BARE_LF;
                }
                case 0 -> {
                    return Outcome.NUL;
                }
                default -> {
                    if (length + 2 >= limit) {
                        tooLong = true;
                    } else {
                        if (length == bytes.length) {
                            bytes = Arrays.copyOf(bytes, 2 * length);
                        }
                        bytes[length++] = b;
                    }
                }
            }
        }
        return Outcome.INCOMPLETE;
    }

    private Outcome end() {
        int size = length;
        byte[] kept = bytes;
        bytes = kept.length > 8 * USUAL ? new byte[USUAL] : kept;
        boolean skipped = tooLong;
        length = 0;
        tooLong = false;
        if (skipped) {
            return Outcome.TOO_LONG;
        }
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(kept, 0, size));
            line = text.toString();
            return Outcome.LINE;
        } catch (CharacterCodingException e) {
            return Outcome.NOT_TEXT;
        }
    }

    /** The line without its CRLF. */
    public String line() {
        return line;
    }
}
