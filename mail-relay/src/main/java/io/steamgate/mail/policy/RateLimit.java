package io.steamgate.mail.policy;

import io.steamgate.mail.smtp.Reply;
import java.time.Duration;
import java.util.function.Consumer;

/** Defers recipients of a client that has named more of them in a window than it may. */
public final class RateLimit implements Policy {
    private static final Reply DEFER = Reply.of(450, "4.7.1 Too much mail from you, please try again later");

    private final SharedState state;
    private final long recipients;
    private final Duration window;

    public RateLimit(SharedState state, long recipients, Duration window) {
        this.state = state;
        this.recipients = recipients;
        this.window = window;
    }

    @Override
    public String name() {
        return "rate";
    }

    @Override
    public boolean isPerRecipient() {
        return true;
    }

    @Override
    public void judge(Question question, Consumer<Judgement> answer) {
        state.add("rate " + question.client().network().prefix(), 1, window)
                .whenComplete((sum, failure) -> question.loop().execute(() -> {
                    if (failure != null || sum == null) {
                        answer.accept(Judgement.UNKNOWN);
                    } else {
                        answer.accept(sum > recipients ? Judgement.refuse(DEFER) : Judgement.PASS);
                    }
                }));
    }
}
