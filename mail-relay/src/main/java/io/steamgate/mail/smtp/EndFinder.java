package io.steamgate.mail.smtp;

import java.nio.ByteBuffer;

/** Finds CRLF.CRLF in content that is thrown away: a refused message is read to its end before its reply. */
public final class EndFinder {
    private static final byte[] END = {'\r', '\n', '.', '\r', '\n'};

    private int matched;

    /** Goes on where a scanner stopped. */
    public EndFinder(ContentScanner scanner) {
        matched = scanner.endMatched();
    }

    /** Consumes bytes up to the end, if it is there; all of them otherwise. */
    public boolean find(ByteBuffer in) {
        while (in.hasRemaining()) {
            byte b = in.get();
            if (b == END[matched]) {
                if (++matched == END.length) {
                    return true;
                }
            } else if (b == '\r') {
                matched = 1;
            } else {
                matched = 0;
            }
        }
        return false;
    }
}
