package io.steamgate.mail.policy;

import io.netty.channel.EventLoop;
import io.steamgate.mail.session.Client;
import io.steamgate.mail.smtp.Recipient;
import io.steamgate.mail.smtp.Reply;
import io.steamgate.mail.smtp.ReversePath;
import java.util.Optional;
import java.util.function.Consumer;

/** Judges strangers before a destination is asked: clients that may relay are not judged. */
public interface Policy {
    /** @param loop where the answer goes */
    record Question(EventLoop loop, Client client, ReversePath sender, Recipient recipient) {}

    /**
     * What a policy says.
     *
     * @param refusal what the client is told; empty if nothing stands against it
     * @param trace a whole header line for the message, with its line end; empty for none
     * @param failed it could not be judged, and passes
     * @param domain a domain for which the client may send
     */
    record Judgement(Optional<Reply> refusal, String trace, boolean failed, Optional<String> domain) {
        public static final Judgement PASS = new Judgement(Optional.empty(), "", false, Optional.empty());
        public static final Judgement UNKNOWN = new Judgement(Optional.empty(), "", true, Optional.empty());

        public static Judgement refuse(Reply reply) {
            return new Judgement(Optional.of(reply), "", false, Optional.empty());
        }

        public static Judgement mark(String trace) {
            return new Judgement(Optional.empty(), trace, false, Optional.empty());
        }

        /** The same, of a client that may send for a domain. */
        public Judgement sendingFor(String name) {
            return new Judgement(refusal, trace, failed, Optional.of(name));
        }
    }

    /** Name in metrics. */
    String name();

    /** Whether each recipient is judged, or the first alone. */
    boolean isPerRecipient();

    void judge(Question question, Consumer<Judgement> answer);
}
