package io.steamgate.dns.resolve;

import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.steamgate.dns.cache.LocalCache;
import io.steamgate.dns.cache.SharedAnswers;
import io.steamgate.dns.net.Loops;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
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
        Streams streams = new Streams(loop, loops, random, Duration.ofSeconds(10), tls);
        Asking asking = new Asking(loop, loops, random, streams, counters);
        Source source = new Forwarding(loop, asking, upstreams, settings.deadline(), random, counters);
        return new Resolver(loop, clock, local, shared, source, builder(settings), counters, settings.maxUnderWay());
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
