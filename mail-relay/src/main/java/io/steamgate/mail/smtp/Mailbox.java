package io.steamgate.mail.smtp;

import java.util.Locale;

/**
 * A mailbox (RFC 5321 §4.1.2, with RFC 6531 §3.3 characters beyond ASCII).
 *
 * @param localPart as written, quoted where it was quoted
 * @param domain a domain, or an address literal in its brackets; empty only for {@code <Postmaster>}
 */
public record Mailbox(String localPart, String domain) {
    /** The domain in lower case. */
    public String domainKey() {
        return domain.toLowerCase(Locale.ROOT);
    }

    /** The local part without quotes and quoted pairs: two ways to write one mailbox (RFC 5321 §4.1.2). */
    public String plainLocalPart() {
        if (!localPart.startsWith("\"")) {
            return localPart;
        }
        StringBuilder plain = new StringBuilder(localPart.length());
        for (int i = 1; i < localPart.length() - 1; i++) {
            if (localPart.charAt(i) == '\\' && i + 1 < localPart.length() - 1) {
                i++;
            }
            plain.append(localPart.charAt(i));
        }
        return plain.toString();
    }

    public boolean isAscii() {
        return isAscii(localPart) && isAscii(domain);
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    @Override
    public String toString() {
        return domain.isEmpty() ? localPart : localPart + "@" + domain;
    }
}
