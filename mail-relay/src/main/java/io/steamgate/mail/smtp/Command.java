package io.steamgate.mail.smtp;

import java.util.Map;
import java.util.Optional;

/** A command line, parsed (RFC 5321 §4.1.1 and the extensions this relay knows). */
public sealed interface Command {
    record Helo(String name, boolean extended) implements Command {}

    record Mail(ReversePath sender) implements Command {}

    record Rcpt(Recipient recipient) implements Command {}

    record Data() implements Command {}

    /** RFC 3030 §2; {@code size} octets follow the line at once. */
    record Bdat(long size, boolean last) implements Command {}

    record Rset() implements Command {}

    record Noop() implements Command {}

    record Quit() implements Command {}

    record Vrfy() implements Command {}

    record Help() implements Command {}

    record StartTls() implements Command {}

    /** RFC 4954 §4; the initial response is still in base64, {@code =} for an empty one. */
    record Auth(String mechanism, Optional<String> initialResponse) implements Command {}

    /** Postfix's XCLIENT: attribute names in upper case, values decoded; {@code [UNAVAILABLE]} ones are left out. */
    record Xclient(Map<String, String> attributes) implements Command {}

    /** A known command that is said wrongly. */
    record Invalid(Reply reply) implements Command {}

    record Unknown() implements Command {}
}
