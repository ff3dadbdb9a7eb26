package io.steamgate.session.site;

import java.util.Locale;
import java.util.Optional;

/** Host names as the Host field carries them and as directories are named. */
public final class SiteName {
    private static final int MAX_LENGTH = 253;

    private SiteName() {}

    /**
     * The site a Host field or authority names: lower case, without port and trailing dot (RFC 9110 §7.2, §4.2.3).
     * Empty for what is no host name or IPv4 address, and so can be no directory either.
     */
    public static Optional<String> of(String authority) {
        int end = authority.length();
        int colon = authority.indexOf(':');
        if (colon >= 0) {
            if (!isPort(authority, colon + 1)) {
                return Optional.empty();
            }
            end = colon;
        }
        if (end > 0 && authority.charAt(end - 1) == '.') {
            end--;
        }
        if (end == 0 || end > MAX_LENGTH || authority.charAt(end - 1) == '.') {
            return Optional.empty();
        }
        char before = '.';
        for (int i = 0; i < end; i++) {
            char c = authority.charAt(i);
            boolean letterOrDigit = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!letterOrDigit && (before == '.' || c != '.' && c != '-' && c != '_')) {
                return Optional.empty();
            }
            before = c;
        }
        return Optional.of(authority.substring(0, end).toLowerCase(Locale.ROOT));
    }

    /** Up to five digits, or none, that make no more than 65535: as an edge reads it. */
    private static boolean isPort(String authority, int from) {
        int port = 0;
        for (int i = from; i < authority.length(); i++) {
            int digit = authority.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            port = port * 10 + digit;
        }
        return authority.length() - from <= 5 && port <= 0xFFFF;
    }
}
