package io.steamgate.mail.session;

import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.Replies;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReversePath;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sender and recipients of the open transaction, and the order in which they may be named (RFC 5321 §4.1.4). */
final class Envelope {
    private final Terms terms;
    private final Limits limits;
    private @Nullable ReversePath sender;
    private int recipients;

    Envelope(Terms terms, Limits limits) {
        this.terms = terms;
        this.limits = limits;
    }

    /** Whether there is a transaction. */
    boolean isOpen() {
        return sender != null;
    }

    ReversePath sender() {
        if (sender == null) {
            throw new IllegalStateException("no transaction");
        }
        return sender;
    }

    /** What stands against a sender. */
    Optional<Reply> refusal(Command.Mail mail, Client client, boolean contentBegan) {
        if (client.helo().isEmpty()) {
            return Optional.of(Replies.HELO_FIRST);
        }
        if (terms.authRequired() && client.user().isEmpty()) {
            return Optional.of(Replies.AUTH_REQUIRED);
        }
        if (contentBegan) {
            return Optional.of(Replies.CHUNKS_BEGAN);
        }
        if (sender != null) {
            return Optional.of(Replies.NESTED_MAIL);
        }
        return mail.sender().size() > limits.messageSize() ? Optional.of(Replies.TOO_BIG) : Optional.empty();
    }

    /** What stands against a recipient. */
    Optional<Reply> refusal(Command.Rcpt rcpt, boolean contentBegan) {
        if (contentBegan) {
            return Optional.of(Replies.CHUNKS_BEGAN);
        }
        if (sender == null) {
            return Optional.of(Replies.MAIL_FIRST);
        }
        if (!sender.smtpUtf8() && !rcpt.recipient().mailbox().isAscii()) {
            return Optional.of(Replies.NON_ASCII_ADDRESS);
        }
        return recipients >= limits.recipients() ? Optional.of(Replies.TOO_MANY_RECIPIENTS) : Optional.empty();
    }

    /** What content lacks before it may come. */
    Optional<Reply> lack() {
        if (sender == null) {
            return Optional.of(Replies.MAIL_FIRST);
        }
        return recipients == 0 ? Optional.of(Replies.RCPT_FIRST) : Optional.empty();
    }

    void begin(ReversePath from) {
        sender = from;
        recipients = 0;
    }

    void accepted() {
        recipients++;
    }

    void end() {
        sender = null;
        recipients = 0;
    }
}
