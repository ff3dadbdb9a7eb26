package io.steamgate.dns.cache;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The level of answers that all nodes share. Its loss costs time only: what fails counts as not found. */
public interface SharedAnswers {
    /** No node but this one. */
    SharedAnswers NONE = new SharedAnswers() {
        @Override
        public CompletionStage<Optional<CachedAnswer>> find(AnswerKey key) {
            return CompletableFuture.completedStage(Optional.empty());
        }

        @Override
        public void put(CachedAnswer answer) {}
    };

    CompletionStage<Optional<CachedAnswer>> find(AnswerKey key);

    /**
     * Tells the other nodes that this one is about to fetch an answer.
     *
     * @return false if another node said so a moment ago; what fails counts as true
     */
    default CompletionStage<Boolean> claim(AnswerKey key) {
        return CompletableFuture.completedStage(true);
    }

    /** Offers an answer to the other nodes; nobody waits for it. */
    void put(CachedAnswer answer);
}
