package io.steamgate.mail.policy;

import io.steamgate.state.call.Reply;
import io.steamgate.state.store.Tallies;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The state of all relays, in Infinispan. While it cannot be asked a relay counts for itself, as it did all the time; but
 * nobody is taken for new, because then those who are known would have to wait again.
 */
public final class TalliedState implements SharedState {
    private static final String PREFIX = "mail ";

    private final Tallies tallies;
    private final SharedState alone;

    /** @param alone what this relay knows itself */
    public TalliedState(Tallies tallies, SharedState alone) {
        this.tallies = tallies;
        this.alone = alone;
    }

    @Override
    public CompletionStage<Long> add(String key, long amount, Duration window) {
        CompletionStage<Long> own = alone.add(key, amount, window);
        return tallies.add(PREFIX + key, amount, window)
                .thenCompose(reply ->
                        reply instanceof Reply.Found<Long>(Long sum) ? CompletableFuture.completedFuture(sum) : own);
    }

    @Override
    public CompletionStage<Long> firstSeen(String key, Duration lifespan) {
        return tallies.firstSeen(PREFIX + key, lifespan)
                .thenCompose(reply -> reply instanceof Reply.Found<Long>(Long seen)
                        ? CompletableFuture.completedFuture(seen)
                        : CompletableFuture.failedFuture(new IllegalStateException("shared state: " + reply)));
    }
}
