package io.steamgate.mail.smtp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the replies of a server (RFC 5321 §4.2.1), across segment borders.
 *
 * <p>What a server says is bounded: a line by 1,024 octets, a reply by 64 lines and 8,192 octets. A bare line feed ends a line here,
 * which is harmless: nothing that a server says is passed on as bytes.
 */
public final class ReplyReader {
    private static final int MAX_LINE = 1024;
    private static final int MAX_LINES = 64;
    private static final int MAX_REPLY = 8192;

    /** What {@link #next} found. */
    public sealed interface Result {
        /** The bytes end within a reply. */
        record Incomplete() implements Result {}

        /** One reply, whole. */
        record Complete(Reply reply) implements Result {}

        /** This is no SMTP reply; the connection is of no more use. */
        record Malformed(String reason) implements Result {}
    }

    private static final Result INCOMPLETE = new Result.Incomplete();

    private final byte[] line = new byte[MAX_LINE];
    private final List<String> lines = new ArrayList<>(1);
    private int length;
    private int total;
    private int code;

    /** Consumes bytes up to the end of one reply. */
    public Result next(ByteBuffer in) {
        while (in.hasRemaining()) {
            byte b = in.get();
            if (b != '\n') {
                if (length == MAX_LINE) {
                    return new Result.Malformed("a line of more than " + MAX_LINE + " octets");
                }
                line[length++] = b;
                continue;
            }
            int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
            length = 0;
            if (end < 3 || !isDigit(0, '2', '5') || !isDigit(1, '0', '9') || !isDigit(2, '0', '9')) {
                return new Result.Malformed("no reply code");
            }
            int lineCode = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
            char separator = end > 3 ? (char) line[3] : ' ';
            if (separator != ' ' && separator != '-' || !lines.isEmpty() && lineCode != code) {
                return new Result.Malformed("no reply line");
            }
            code = lineCode;
            total += end;
            if (total > MAX_REPLY) {
                return new Result.Malformed("a reply of more than " + MAX_REPLY + " octets");
            }
            lines.add(end > 4 ? new String(line, 4, end - 4, StandardCharsets.UTF_8) : "");
            if (separator == ' ') {
                Reply reply = new Reply(code, lines);
                lines.clear();
                total = 0;
                return new Result.Complete(reply);
            }
            if (lines.size() == MAX_LINES) {
                return new Result.Malformed("more than " + MAX_LINES + " lines");
            }
        }
        return INCOMPLETE;
    }

    private boolean isDigit(int at, char low, char high) {
        return line[at] >= low && line[at] <= high;
    }
}
