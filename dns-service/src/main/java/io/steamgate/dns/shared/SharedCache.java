package io.steamgate.dns.shared;

import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.cache.SharedAnswers;
import io.steamgate.dns.wire.Names;
import io.steamgate.state.call.Ack;
import io.steamgate.state.store.Blob;
import io.steamgate.state.store.DnsAnswer;
import io.steamgate.state.store.DnsCache;
import io.steamgate.state.store.DnsQuestion;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The level of answers in Infinispan. */
public final class SharedCache implements SharedAnswers {
    /** No name begins with two dots, so that a claim is never taken for an answer. */
    private static final String CLAIM = "..";

    /** As long as somebody waits for whoever has it. */
    private static final Duration CLAIMED = Duration.ofMillis(100);

    private final DnsCache cache;

    public SharedCache(DnsCache cache) {
        this.cache = cache;
    }

    @Override
    public CompletionStage<Optional<CachedAnswer>> find(AnswerKey key) {
        return cache.get(question(key))
                .thenApply(reply -> reply.found()
                        .flatMap(answer -> CachedAnswer.of(
                                key,
                                answer.message().toByteArray(),
                                answer.storedAt().toEpochMilli(),
                                answer.expires().toEpochMilli(),
                                answer.serveStaleUntil().toEpochMilli())));
    }

    @Override
    public CompletionStage<Boolean> claim(AnswerKey key) {
        DnsQuestion claim = new DnsQuestion(
                CLAIM + Names.text(key.name()), key.type(), key.qclass(), key.dnssecOk(), key.checkingDisabled());
        DnsAnswer nothing = new DnsAnswer(Blob.of(new byte[0]), Instant.EPOCH, Instant.EPOCH, true, Instant.EPOCH);
        return cache.putIfAbsent(claim, nothing, CLAIMED).thenApply(ack -> ack != Ack.CONFLICT);
    }

    @Override
    public void put(CachedAnswer answer) {
        // What cannot be shared is fetched again by whoever wants it.
        var unused = cache.put(
                question(answer.key()),
                new DnsAnswer(
                        Blob.of(answer.message()),
                        Instant.ofEpochMilli(answer.storedAt()),
                        Instant.ofEpochMilli(answer.expiresAt()),
                        answer.isNegative(),
                        Instant.ofEpochMilli(answer.staleUntil())));
    }

    private static DnsQuestion question(AnswerKey key) {
        return new DnsQuestion(
                Names.text(key.name()), key.type(), key.qclass(), key.dnssecOk(), key.checkingDisabled());
    }
}
