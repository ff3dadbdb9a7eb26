package io.steamgate.mail.smtp;

import java.util.List;

/**
 * An SMTP reply (RFC 5321 §4.2).
 *
 * @param code three digits
 * @param lines text of each line, at least one, without code and line end
 */
public record Reply(int code, List<String> lines) {
    public Reply {
        lines = List.copyOf(lines);
    }

    public static Reply of(int code, String text) {
        return new Reply(code, List.of(text));
    }

    public boolean isSuccess() {
        return code / 100 == 2;
    }

    public boolean isIntermediate() {
        return code / 100 == 3;
    }

    public boolean isTransient() {
        return code / 100 == 4;
    }

    public boolean isPermanent() {
        return code / 100 == 5;
    }

    /** The text of all lines, for logs. */
    public String text() {
        return String.join(" ", lines);
    }

    /** The reply as it is sent, each line with its CRLF. */
    public String wire() {
        StringBuilder wire = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            wire.append(code)
                    .append(i < lines.size() - 1 ? '-' : ' ')
                    .append(lines.get(i))
                    .append("\r\n");
        }
        return wire.toString();
    }

    /**
     * Whether a line begins with an enhanced status code of the reply's own class (RFC 2034 §3): {@code 5.1.1} and a
     * blank or the end.
     */
    static boolean hasEnhancedCode(int code, String line) {
        int dots = 0;
        int digits = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c >= '0' && c <= '9') {
                if (++digits > 3) {
                    return false;
                }
            } else if (c == '.' && digits > 0 && dots < 2) {
                dots++;
                digits = 0;
            } else if (c == ' ') {
                return dots == 2 && digits > 0 && line.charAt(0) - '0' == code / 100;
            } else {
                return false;
            }
        }
        return dots == 2 && digits > 0 && line.charAt(0) - '0' == code / 100;
    }

    /**
     * A destination's reply as the client of this relay gets it: every line has an enhanced status code, since this
     * relay offers ENHANCEDSTATUSCODES even where its destination does not, and only printable characters.
     */
    public Reply forClient() {
        return new Reply(
                code,
                lines.stream()
                        .map(Reply::printable)
                        .map(line -> hasEnhancedCode(code, line) ? line : code / 100 + ".0.0 " + line)
                        .toList());
    }

    private static String printable(String line) {
        StringBuilder safe = new StringBuilder(line.length());
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            safe.append(c >= 0x20 && c < 0x7F ? c : '?');
        }
        return safe.toString();
    }
}
