package io.steamgate.mail.inspect;

import io.netty.channel.EventLoop;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReversePath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Looks at one message as it goes by. All calls come, and all answers go, on the event loop of the message. */
public interface Inspector {
    /** Makes an inspector for each message. */
    interface Factory {
        /** @param ready is told that content is welcome again */
        Inspector begin(Subject subject, Runnable ready);
    }

    /**
     * The message.
     *
     * @param id this relay's name for it
     * @param senderDomain the domain for which SPF has passed
     */
    record Subject(
            EventLoop loop,
            String id,
            Client client,
            ReversePath sender,
            List<Recipient> recipients,
            Optional<String> senderDomain) {}

    /**
     * What is to become of the message.
     *
     * @param refusal what the client is told instead of an acceptance
     * @param results by check, for the metrics
     * @param lines header fields for the head of the message, each with its line end
     */
    record Verdict(Optional<Reply> refusal, Map<String, String> results, String lines) {}

    /** The header section is whole. */
    void header(HeaderSection header);

    /** Octets of the body, from 0 to the length, as they are without doubled dots; they are the caller's again afterwards. */
    void body(byte[] octets, int length);

    /** Whether more content is welcome now. */
    boolean isReady();

    /** The message is whole; answered once. */
    void end(Consumer<Verdict> answer);

    /** Nothing will come of the message; nothing is answered any more. */
    void abandon();
}
