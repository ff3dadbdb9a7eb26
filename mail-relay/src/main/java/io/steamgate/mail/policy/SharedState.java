package io.steamgate.mail.policy;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** What several relays know together. Answers may come on any thread; one that fails is taken for "not known". */
public interface SharedState {
    /**
     * Adds to a counter that begins at zero with its first addition, and ends after its window.
     *
     * @return the sum
     */
    CompletionStage<Long> add(String key, long amount, Duration window);

    /**
     * When a key was first seen, in milliseconds since 1970; now, if it was not or is forgotten. Seen again, it is kept for
     * another lifespan.
     */
    CompletionStage<Long> firstSeen(String key, Duration lifespan);
}
