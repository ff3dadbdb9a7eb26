package io.steamgate.dns.resolve;

import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.wire.Rr;
import java.util.List;
import java.util.function.Consumer;

/** Where answers come from that no cache has. Used on one event loop. */
interface Source {
    /** What was found. */
    sealed interface Result {}

    /**
     * The records of an answer, of which only those are kept that the question leads to.
     *
     * @param rcode NOERROR or NXDOMAIN
     * @param authenticated whether they were validated
     */
    record Found(int rcode, List<Rr> answers, List<Rr> authorities, boolean authenticated) implements Result {}

    /** Nobody gave a usable answer. */
    record Failed() implements Result {}

    /** Calls back once, on this loop, within bounded time. */
    void resolve(AnswerKey key, Consumer<Result> done);

    /** Whether somebody to ask seems to be there. */
    boolean isHealthy();
}
