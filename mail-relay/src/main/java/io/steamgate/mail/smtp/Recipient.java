package io.steamgate.mail.smtp;

import java.util.Optional;

/**
 * What RCPT said.
 *
 * @param notification NOTIFY of RFC 3461, as said
 * @param orcpt ORCPT of RFC 3461, as said
 */
public record Recipient(Mailbox mailbox, Optional<String> notification, Optional<String> orcpt) {
    /** The path in its angle brackets. */
    public String path() {
        return "<" + mailbox + ">";
    }

    public boolean wantsDsn() {
        return notification.isPresent() || orcpt.isPresent();
    }
}
