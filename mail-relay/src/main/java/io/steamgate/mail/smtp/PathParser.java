package io.steamgate.mail.smtp;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Paths of MAIL and RCPT (RFC 5321 §4.1.2): {@code <>}, {@code <a@b.test>}, {@code <"quoted part"@b.test>},
 * {@code <a@[192.0.2.1]>}, {@code <Postmaster>}; a source route is read and ignored (§4.1.1.3).
 */
final class PathParser {
    /** RFC 5321 §4.5.3.1.1 to §4.5.3.1.3, in octets. */
    private static final int MAX_LOCAL_PART = 64;

    private static final int MAX_DOMAIN = 255;
    private static final int MAX_PATH = 256;

    private final String text;
    private int at;

    PathParser(String text, int at) {
        this.text = text;
        this.at = at;
    }

    /** Where the path ended. */
    int end() {
        return at;
    }

    /** The path that begins here; empty if there is none. A null reverse-path is a mailbox with nothing in it. */
    Optional<Mailbox> parse() {
        int start = at;
        if (!accept('<')) {
            return Optional.empty();
        }
        if (accept('>')) {
            return Optional.of(new Mailbox("", ""));
        }
        if (peek() == '@' && !sourceRoute()) {
            return Optional.empty();
        }
        int local = at;
        if (!(peek() == '"' ? quotedString() : dotString())) {
            return Optional.empty();
        }
        String localPart = text.substring(local, at);
        String domain = "";
        if (accept('@')) {
            int from = at;
            if (!(peek() == '[' ? addressLiteral() : domain())) {
                return Optional.empty();
            }
            domain = text.substring(from, at);
        } else if (!localPart.equalsIgnoreCase("postmaster")) {
            return Optional.empty();
        }
        if (!accept('>')
                || octets(localPart) > MAX_LOCAL_PART
                || octets(domain) > MAX_DOMAIN
                || octets(text.substring(start, at)) > MAX_PATH) {
            return Optional.empty();
        }
        return Optional.of(new Mailbox(localPart, domain));
    }

    private boolean sourceRoute() {
        do {
            if (!accept('@') || !domain()) {
                return false;
            }
        } while (accept(','));
        return accept(':');
    }

    private boolean dotString() {
        do {
            int from = at;
            while (isAtext(peek())) {
                at++;
            }
            if (at == from) {
                return false;
            }
        } while (accept('.'));
        return true;
    }

    private boolean quotedString() {
        accept('"');
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return true;
            }
            if (c == '\\') {
                if (at == text.length()) {
                    return false;
                }
                c = text.charAt(at++);
                if (c >= 0x7F) {
                    return false;
                }
            }
            if (c < ' ' || c == 0x7F) {
                return false;
            }
        }
        return false;
    }

    private boolean domain() {
        do {
            int from = at;
            while (isLetterOrDigit(peek()) || peek() == '-') {
                at++;
            }
            if (at == from || at - from > 63 || text.charAt(from) == '-' || text.charAt(at - 1) == '-') {
                return false;
            }
        } while (accept('.'));
        return true;
    }

    private boolean addressLiteral() {
        accept('[');
        int from = at;
        while (peek() > ' ' && peek() < 0x7F && peek() != ']' && peek() != '[' && peek() != '\\') {
            at++;
        }
        return at > from && accept(']');
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private boolean accept(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    private static boolean isLetterOrDigit(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80;
    }

    private static boolean isAtext(char c) {
        return isLetterOrDigit(c) || c != 0 && "!#$%&'*+-/=?^_`{|}~".indexOf(c) >= 0;
    }

    private static int octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Whether a HELO or EHLO argument is a domain or an address literal (RFC 5321 §4.1.1.1), generously. */
    static boolean isHelo(String name) {
        if (name.isEmpty() || name.length() > MAX_DOMAIN) {
            return false;
        }
        if (name.startsWith("[")) {
            PathParser literal = new PathParser(name, 0);
            return literal.addressLiteral() && literal.at == name.length();
        }
        return name.chars()
                .allMatch(c -> c >= 'a' && c <= 'z'
                        || c >= 'A' && c <= 'Z'
                        || c >= '0' && c <= '9'
                        || c == '-'
                        || c == '.'
                        || c == '_'
                        || c >= 0x80);
    }
}
