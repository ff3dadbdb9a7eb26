package io.steamgate.mail.policy;

import io.steamgate.mail.session.ClientNetwork;
import io.steamgate.mail.smtp.Mailbox;
import io.steamgate.mail.smtp.Reply;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Defers a client's first attempt (RFC 6647): who comes back after a while has a queue. Clients are known by their network (/24,
 * /64), because large senders try again from another address.
 */
public final class Greylist implements Policy {
    private static final Reply DEFER = Reply.of(451, "4.7.1 Greylisted, please try again later");

    private final SharedState state;
    private final InstantSource clock;
    private final Duration delay;
    private final Duration lifespan;

    /**
     * @param delay until an attempt counts
     * @param lifespan how long it is known, from the last attempt on
     */
    public Greylist(SharedState state, InstantSource clock, Duration delay, Duration lifespan) {
        this.state = state;
        this.clock = clock;
        this.delay = delay;
        this.lifespan = lifespan;
    }

    @Override
    public String name() {
        return "greylist";
    }

    @Override
    public boolean isPerRecipient() {
        return true;
    }

    @Override
    public void judge(Question question, Consumer<Judgement> answer) {
        String key = "greylist "
                + ClientNetwork.of(question.client().address().getAddress(), 3).prefix() + " "
                + question.sender().mailbox().map(Mailbox::toString).orElse("").toLowerCase(Locale.ROOT) + " "
                + question.recipient().mailbox().toString().toLowerCase(Locale.ROOT);
        state.firstSeen(key, lifespan)
                .whenComplete((seen, failure) -> question.loop().execute(() -> {
                    if (failure != null || seen == null) {
                        answer.accept(Judgement.UNKNOWN);
                    } else {
                        boolean early = clock.millis() - seen < delay.toMillis();
                        answer.accept(early ? Judgement.refuse(DEFER) : Judgement.PASS);
                    }
                }));
    }
}
