package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/** Answers of other name servers, kept near by who asked for them. */
public final class DnsCache {
    private final Cache<DnsQuestion, DnsAnswer> cache;
    private final InstantSource clock;

    public DnsCache(Cache<DnsQuestion, DnsAnswer> cache, InstantSource clock) {
        this.cache = cache;
        this.clock = clock;
    }

    /** An answer, which may have expired: the caller compares it with the time and decides whether it serves stale. */
    public CompletableFuture<Reply<DnsAnswer>> get(DnsQuestion question) {
        return cache.get(question);
    }

    /** Keeps an answer as long as it may be served, stale included; one that may not be served any more is not kept. */
    public CompletableFuture<Ack> put(DnsQuestion question, DnsAnswer answer) {
        Instant now = clock.instant();
        return answer.serveStaleUntil().isAfter(now)
                ? cache.put(question, answer, Lifespan.of(Duration.between(now, answer.serveStaleUntil())))
                : CompletableFuture.completedFuture(Ack.DONE);
    }

    /** Keeps an answer for a time if there is none: of several at once one is told {@link Ack#DONE}. */
    public CompletableFuture<Ack> putIfAbsent(DnsQuestion question, DnsAnswer answer, Duration lifespan) {
        return cache.putIfAbsent(question, answer, Lifespan.of(lifespan));
    }

    public CompletableFuture<Ack> remove(DnsQuestion question) {
        return cache.remove(question);
    }
}
