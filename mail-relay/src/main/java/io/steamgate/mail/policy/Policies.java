package io.steamgate.mail.policy;

import io.steamgate.mail.smtp.Reply;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The policies in their order; those of one transaction, so that what is known of its client is asked once. */
public final class Policies {
    private final List<Policy> policies;
    private final BiConsumer<Policy, Policy.Judgement> observer;
    private final StringBuilder trace = new StringBuilder();
    private Optional<String> senderDomain = Optional.empty();
    private boolean first = true;
    private Optional<Reply> standing = Optional.empty();

    /** @param observer is told each judgement */
    public Policies(List<Policy> policies, BiConsumer<Policy, Policy.Judgement> observer) {
        this.policies = policies;
        this.observer = observer;
    }

    /** Header lines that the judgements so far have left. */
    public String trace() {
        return trace.toString();
    }

    /** The domain for which the client was found to be allowed to send. */
    public Optional<String> senderDomain() {
        return senderDomain;
    }

    /** Asks all policies until one refuses; answers on the question's event loop, maybe at once. */
    public void judge(Policy.Question question, Consumer<Optional<Reply>> answer) {
        if (standing.isPresent()) {
            answer.accept(standing);
            return;
        }
        boolean wasFirst = first;
        first = false;
        judge(question, wasFirst, 0, answer);
    }

    private void judge(Policy.Question question, boolean all, int index, Consumer<Optional<Reply>> answer) {
        if (index == policies.size()) {
            answer.accept(Optional.empty());
            return;
        }
        Policy policy = policies.get(index);
        if (!all && !policy.isPerRecipient()) {
            judge(question, all, index + 1, answer);
            return;
        }
        policy.judge(question, judgement -> {
            observer.accept(policy, judgement);
            trace.append(judgement.trace());
            senderDomain = judgement.domain().or(() -> senderDomain);
            if (judgement.refusal().isPresent()) {
                if (!policy.isPerRecipient()) {
                    standing = judgement.refusal();
                }
                answer.accept(judgement.refusal());
            } else {
                judge(question, all, index + 1, answer);
            }
        });
    }
}
