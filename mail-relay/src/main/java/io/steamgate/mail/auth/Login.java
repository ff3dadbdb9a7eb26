package io.steamgate.mail.auth;

import io.steamgate.mail.session.SaslAnswer;
import io.steamgate.mail.smtp.Replies;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** LOGIN (draft-murchison-sasl-login): old, and still what some clients speak. */
final class Login implements SaslExchange {
    private final Mechanisms mechanisms;
    private @Nullable String user;

    Login(Mechanisms mechanisms) {
        this.mechanisms = mechanisms;
    }

    @Override
    public SaslAnswer respond(Optional<byte[]> response) {
        if (response.isEmpty()) {
            return challenge("Username:");
        }
        String text = new String(response.get(), StandardCharsets.UTF_8);
        String named = user;
        if (named == null) {
            user = text;
            return challenge("Password:");
        }
        return mechanisms.matches(named, text)
                ? new SaslAnswer.Success(named)
                : new SaslAnswer.Failure(Replies.AUTH_FAILED);
    }

    private static SaslAnswer challenge(String text) {
        return new SaslAnswer.Challenge(text.getBytes(StandardCharsets.US_ASCII));
    }
}
