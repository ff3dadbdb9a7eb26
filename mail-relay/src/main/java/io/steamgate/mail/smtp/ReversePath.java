package io.steamgate.mail.smtp;

import java.util.Optional;

/**
 * What MAIL said.
 *
 * @param mailbox empty for {@code <>}
 * @param size SIZE in octets (RFC 1870), -1 if not said
 * @param eightBit BODY=8BITMIME (RFC 6152)
 * @param smtpUtf8 SMTPUTF8 (RFC 6531)
 * @param ret RET of RFC 3461: FULL or HDRS
 * @param envid ENVID of RFC 3461, as xtext
 */
public record ReversePath(
        Optional<Mailbox> mailbox,
        long size,
        boolean eightBit,
        boolean smtpUtf8,
        Optional<String> ret,
        Optional<String> envid) {
    /** The path in its angle brackets. */
    public String path() {
        return "<" + mailbox.map(Mailbox::toString).orElse("") + ">";
    }

    /** Whether a destination has to know DSN to do all that was asked. */
    public boolean wantsDsn() {
        return ret.isPresent() || envid.isPresent();
    }
}
