package io.steamgate.mail.session;

import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.LineReader;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;

/** The lines of AUTH (RFC 4954 §4): whether an exchange may begin, and what the client's responses are. */
final class SaslIntake {
    /** What a line came to. */
    sealed interface Taken {
        record NeedMore() implements Taken {}

        /** A mechanism is to take a step. */
        record Step(Action.Authenticate step) implements Taken {}

        /** There is no exchange, or no longer one. */
        record Refused(Reply reply) implements Taken {}

        /** The client breaks the protocol; the connection ends. */
        record Broken(Reply reply) implements Taken {}
    }

    private static final Taken NEED_MORE = new Taken.NeedMore();

    private final Terms terms;
    private final Limits limits;
    private int failures;

    SaslIntake(Terms terms, Limits limits) {
        this.terms = terms;
        this.limits = limits;
    }

    /** The command itself. */
    Taken begin(Command.Auth auth, Client client, boolean inTransaction) {
        Optional<Reply> refusal = refusal(auth, client, inTransaction);
        if (refusal.isPresent()) {
            return new Taken.Refused(refusal.get());
        }
        Optional<byte[]> response = Optional.empty();
        if (auth.initialResponse().isPresent()) {
            String text = auth.initialResponse().get();
            response = text.equals("=") ? Optional.of(new byte[0]) : decode(text);
            if (response.isEmpty()) {
                return new Taken.Refused(Replies.AUTH_BASE64);
            }
        }
        return new Taken.Step(new Action.Authenticate(Optional.of(auth.mechanism()), response));
    }

    private Optional<Reply> refusal(Command.Auth auth, Client client, boolean inTransaction) {
        if (terms.mechanisms().isEmpty()) {
            return Optional.of(Replies.NOT_OFFERED);
        }
        if (client.helo().isEmpty() || !client.extended()) {
            return Optional.of(Replies.HELO_FIRST);
        }
        if (!terms.isAuthPossible(client)) {
            return Optional.of(Replies.AUTH_NEEDS_TLS);
        }
        if (client.user().isPresent()) {
            return Optional.of(Replies.AUTH_DONE);
        }
        if (inTransaction) {
            return Optional.of(Replies.AUTH_IN_TRANSACTION);
        }
        return terms.mechanisms().contains(auth.mechanism()) ? Optional.empty() : Optional.of(Replies.AUTH_MECHANISM);
    }

    /** A response to a challenge. */
    Taken take(LineReader lines, ByteBuffer in) {
        return switch (lines.next(in, Limits.AUTH_LINE)) {
            case INCOMPLETE -> NEED_MORE;
            case LINE -> response(lines.line());
            case TOO_LONG -> new Taken.Refused(Replies.LINE_TOO_LONG);
            case NOT_TEXT -> new Taken.Refused(Replies.NOT_UTF8);
            case BARE_CR -> new Taken.Broken(Replies.BARE_CR);
            case BARE_LF -> new Taken.Broken(Replies.BARE_LF);
            case NUL -> new Taken.Broken(Replies.NUL);
        };
    }

    private static Taken response(String line) {
        if (line.equals("*")) {
            return new Taken.Refused(Replies.AUTH_CANCELLED);
        }
        Optional<byte[]> response = decode(line);
        return response.isEmpty()
                ? new Taken.Refused(Replies.AUTH_BASE64)
                : new Taken.Step(new Action.Authenticate(Optional.empty(), response));
    }

    private static Optional<byte[]> decode(String base64) {
        try {
            return Optional.of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    static Reply challenge(SaslAnswer.Challenge challenge) {
        return Reply.of(334, Base64.getEncoder().encodeToString(challenge.bytes()));
    }

    /** An exchange failed; returns whether it was the last that this connection may have. */
    boolean failed() {
        return ++failures >= limits.authentications();
    }
}
