package io.steamgate.mail.relay;

import io.steamgate.mail.session.AbortCause;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Command;
import io.steamgate.mail.smtp.Reply;
import java.util.List;

/** Sees what the relay does, for metrics and log. Called on event loops. */
public interface Observer {
    /** Why a connection was not served. */
    enum Refusal {
        TOO_MANY,
        TOO_MANY_OF_CLIENT,
        UNTRUSTED,
        BAD_PROXY_HEADER,
        NO_PROXY_HEADER,
        TLS_FAILED
    }

    /** What a policy said. */
    enum Verdict {
        PASSED,
        MARKED,
        REFUSED,
        /** It could not tell, and let pass. */
        UNKNOWN
    }

    /**
     * A message that came to an end, one way or another, after its content began.
     *
     * @param sender in angle brackets
     * @param recipients in angle brackets, those that were accepted
     * @param bytes of content, as they went on
     * @param target the server or directory
     * @param reply what the client was told, or would have been
     * @param nanos from MAIL to the end
     */
    record Message(
            String id,
            Client client,
            String sender,
            List<String> recipients,
            long bytes,
            String destination,
            String target,
            Reply reply,
            long nanos) {}

    void connected(String listener);

    void disconnected(String listener);

    void refused(Refusal reason);

    void heard(Command command);

    /** @param destination empty if there was none */
    void recipientAnswered(Client client, String sender, String recipient, String destination, Reply reply);

    void authenticated(Client client, String mechanism, boolean success);

    /** A policy said something of a recipient. */
    void judged(String policy, Verdict verdict);

    /**
     * A check of a message came to an end.
     *
     * @param result in the words of RFC 8601
     */
    void inspected(String check, String result);

    /** A message went on without its mark, because it was too large to wait for it. */
    void unmarked();

    /** TLS with a destination failed, and a message went to it in the clear. */
    void unprotected(String destination);

    /** A destination that is to know whose mail it gets does not offer to be told. */
    void unintroduced(String destination);

    /** @param nanos from the end of the content to the destination's answer */
    void answered(String destination, long nanos);

    void delivered(Message message);

    void aborted(Message message, AbortCause cause);
}
