package io.steamgate.dns.resolve;

import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.steamgate.dns.cache.LocalCache;
import io.steamgate.dns.cache.SharedAnswers;
import io.steamgate.dns.net.Loops;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Rr;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Puts a resolver together. */
public final class Resolvers {
    /**
     * What a resolver is told.
     *
     * @param deadline after which a question has failed
     * @param maxUnderWay questions that are being fetched at once; more fail
     */
    public record Settings(
            Duration minTtl,
            Duration maxTtl,
            Duration maxNegativeTtl,
            Duration failureTtl,
            Duration stale,
            Duration deadline,
            int maxUnderWay) {}

    private Resolvers() {}

    /** One that asks the given servers; {@code tls} null: their certificates are checked with what the JDK trusts. */
    public static Resolver forwarding(
            EventLoop loop,
            Loops loops,
            Settings settings,
            List<Upstream> upstreams,
            @Nullable SslContext tls,
            LocalCache local,
            SharedAnswers shared,
            InstantSource clock,
            RandomGenerator random,
            ResolveCounters counters) {
        Streams streams = new Streams(loop, loops, random, Duration.ofSeconds(10), counters, tls);
        Asking asking = new Asking(loop, loops, random, streams, counters);
        Source source = new Forwarding(loop, asking, upstreams, settings.deadline(), random, counters);
        return new Resolver(loop, clock, local, shared, source, builder(settings), counters, settings.maxUnderWay());
    }

    /**
     * What iteration is told.
     *
     * @param hints NS, A and AAAA records of the root, as a master file
     * @param anchors DS records of the root, as a master file; empty: nothing is validated
     * @param port that name servers are asked at
     * @param ip by which version of IP
     */
    public record Iteration(List<Rr> hints, Optional<byte[]> anchors, int port, IpPreference ip) {}

    /** One that finds answers from the root on. */
    public static Resolver iterating(
            EventLoop loop,
            Loops loops,
            Settings settings,
            Iteration iteration,
            LocalCache local,
            SharedAnswers shared,
            InstantSource clock,
            RandomGenerator random,
            ResolveCounters counters)
            throws IOException {
        Streams streams = new Streams(loop, loops, random, Duration.ofSeconds(2), counters, null);
        Asking asking = new Asking(loop, loops, random, streams, counters);
        List<Rr> hints = iteration.hints();
        Delegation root = new Delegation(
                Names.ROOT,
                hints.stream().filter(rr -> rr.type() == Dns.NS).map(Rr::rdata).toList(),
                Iterating.addresses(hints),
                Long.MAX_VALUE);
        Source unchecked = new Iterating(
                loop,
                asking,
                new Delegations(root),
                new Families(iteration.ip()),
                iteration.port(),
                iteration.anchors().isPresent(),
                settings.deadline(),
                clock);
        // The validator asks the resolver that it is a part of.
        Resolver[] whole = new Resolver[1];
        Source source = iteration.anchors().isEmpty()
                ? unchecked
                : new Validating(
                        loop,
                        unchecked,
                        (key, waiter) -> whole[0].fetch(key, waiter),
                        iteration.anchors().get(),
                        clock);
        whole[0] =
                new Resolver(loop, clock, local, shared, source, builder(settings), counters, settings.maxUnderWay());
        return whole[0];
    }

    private static AnswerBuilder builder(Settings settings) {
        return new AnswerBuilder(new AnswerBuilder.Lifetimes(
                settings.minTtl(),
                settings.maxTtl(),
                settings.maxNegativeTtl(),
                settings.failureTtl(),
                settings.stale()));
    }

    /** Servers to forward to. */
    public static List<Upstream> upstreams(List<Server> servers) {
        return servers.stream().map(Upstream::new).toList();
    }
}
