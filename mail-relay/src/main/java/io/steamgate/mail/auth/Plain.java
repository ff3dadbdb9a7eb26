package io.steamgate.mail.auth;

import io.steamgate.mail.session.SaslAnswer;
import io.steamgate.mail.smtp.Replies;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** PLAIN (RFC 4616): {@code [authzid] NUL authcid NUL passwd}. To act for another user is not possible. */
final class Plain implements SaslExchange {
    private final Mechanisms mechanisms;

    Plain(Mechanisms mechanisms) {
        this.mechanisms = mechanisms;
    }

    @Override
    public SaslAnswer respond(Optional<byte[]> response) {
        if (response.isEmpty()) {
            return new SaslAnswer.Challenge(new byte[0]);
        }
        String[] parts = new String(response.get(), StandardCharsets.UTF_8).split("\0", -1);
        if (parts.length != 3 || !parts[0].isEmpty() && !parts[0].equals(parts[1])) {
            return new SaslAnswer.Failure(Replies.AUTH_FAILED);
        }
        return mechanisms.matches(parts[1], parts[2])
                ? new SaslAnswer.Success(parts[1])
                : new SaslAnswer.Failure(Replies.AUTH_FAILED);
    }
}
