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
            for (int i = colon + 1; i < end; i++) {
                if (authority.charAt(i) < '0' || authority.charAt(i) > '9') {
                    return Optional.empty();
                }
            }
            end = colon;
        }
        if (end > 0 && authority.charAt(end - 1) == '.') {
            end--;
        }
        if (end == 0 || end > MAX_LENGTH) {
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
}
