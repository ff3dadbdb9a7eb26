package io.steamgate.mail.session;

import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReversePath;
import java.util.Map;
import java.util.Optional;

/** What a {@link Conversation} wants done next. */
public sealed interface Action {
    /** All that came is dealt with: send the replies, read more. */
    record NeedMore() implements Action {}

    /** An answer is still to be given to an earlier action: send the replies, read nothing. */
    record Await() implements Action {}

    record Say(Reply reply) implements Action {}

    /** The last reply; close once it is sent. */
    record SayAndClose(Reply reply) implements Action {}

    /** Say it, drop what the client has sent already, and shake hands; answered by {@link Conversation#secured}. */
    record StartTls(Reply reply) implements Action {}

    /**
     * One step of a SASL exchange; answered by {@link Conversation#authenticationAnswered}.
     *
     * @param start the first step of this mechanism; empty for a further one
     * @param response the client's response, decoded; empty if the mechanism begins without one
     */
    record Authenticate(Optional<String> start, Optional<byte[]> response) implements Action {}

    /** Try a recipient, and with the first the sender; answered by {@link Conversation#recipientAnswered}. */
    record TryRecipient(ReversePath sender, Recipient recipient) implements Action {}

    /** The content is about to come; answered by {@link Conversation#contentOpened}. */
    record OpenContent() implements Action {}

    /**
     * The bytes {@code from} to {@code to} of the buffer are content.
     *
     * @param dotBefore a dot goes before them
     */
    record Content(int from, int to, boolean dotBefore) implements Action {}

    /**
     * The message is whole; answered by {@link Conversation#committed}.
     *
     * @param lineEnd it lacks its last line end
     */
    record Commit(boolean lineEnd) implements Action {}

    /** The transaction is over before its content began. */
    record Reset() implements Action {}

    /** The message must not be delivered. */
    record Abort(AbortCause cause) implements Action {}

    /** A trusted client speaks for another (XCLIENT); what was known of it is forgotten. */
    record SpeakFor(Map<String, String> attributes) implements Action {}
}
