package io.steamgate.mail.session;

import io.steamgate.mail.smtp.Reply;

/** What one step of a SASL exchange came to. */
public sealed interface SaslAnswer {
    /** The server's challenge, not yet in base64. */
    record Challenge(byte[] bytes) implements SaslAnswer {}

    record Success(String user) implements SaslAnswer {}

    record Failure(Reply reply) implements SaslAnswer {}
}
