package io.steamgate.dns.serve;

import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.resolve.Resolver;

/** Whom to have an answer fetched by. */
public interface Lookup {
    void fetch(AnswerKey key, Resolver.Waiter waiter);
}
