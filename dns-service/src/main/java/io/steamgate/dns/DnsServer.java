package io.steamgate.dns;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.dns.cache.LocalCache;
import io.steamgate.dns.cache.SharedAnswers;
import io.steamgate.dns.cluster.ClusterStore;
import io.steamgate.dns.cluster.Clusters;
import io.steamgate.dns.maintain.Maintenance;
import io.steamgate.dns.maintain.SignedQuestions;
import io.steamgate.dns.net.Loops;
import io.steamgate.dns.resolve.ResolveCounters;
import io.steamgate.dns.resolve.Resolver;
import io.steamgate.dns.resolve.Resolvers;
import io.steamgate.dns.resolve.Server;
import io.steamgate.dns.resolve.Upstream;
import io.steamgate.dns.serve.Counters;
import io.steamgate.dns.serve.Datagrams;
import io.steamgate.dns.serve.Layers;
import io.steamgate.dns.serve.Lookup;
import io.steamgate.dns.serve.Policy;
import io.steamgate.dns.serve.Responder;
import io.steamgate.dns.serve.Specials;
import io.steamgate.dns.serve.StreamServer;
import io.steamgate.dns.serve.Transport;
import io.steamgate.dns.serve.Worker;
import io.steamgate.dns.shared.SharedCache;
import io.steamgate.dns.shared.SharedClusters;
import io.steamgate.dns.zone.Zones;
import io.steamgate.start.AddressBlocks;
import io.steamgate.state.ClusterState;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The service put together: zones, cache, resolver, and the sockets before them. */
final class DnsServer implements AutoCloseable {
    /**
     * What nodes share.
     *
     * @param clusters makes of this node's own store of clusters the one that is used
     */
    record Shared(SharedAnswers answers, UnaryOperator<ClusterStore> clusters) {
        static final Shared NOTHING = new Shared(SharedAnswers.NONE, UnaryOperator.identity());

        static Shared in(ClusterState state) {
            return new Shared(new SharedCache(state.dnsCache()), own -> new SharedClusters(state.clusters(), own));
        }
    }

    private final DnsConfig config;
    private final Loops loops;
    private final ZoneUpkeep zones;
    private final Optional<ClusterUpkeep> cluster;
    private final LocalCache cache;
    private final Counters counters = new Counters();
    private final ResolveCounters resolveCounters = new ResolveCounters();
    private final List<Upstream> upstreams;
    private final Optional<Resolver> resolver;
    private final List<Worker> workers = new ArrayList<>();
    private final StreamServer streams;
    private final List<Channel> channels = new ArrayList<>();
    private final AddressBlocks edges;
    private final Specials specials;
    private final Supplier<SSLContext> certificates;

    DnsServer(
            DnsConfig config,
            InstantSource clock,
            RandomGenerator random,
            Shared shared,
            Supplier<SSLContext> certificates) {
        this.certificates = certificates;
        this.config = config;
        check(config);
        this.edges = blocks("trusted-edges", config.trustedEdges().orElse(List.of()));
        this.zones = new ZoneUpkeep(config, clock, random);
        this.cluster = ClusterUpkeep.of(config.cluster(), zones, clock, shared.clusters());
        Policy policy = policy(config, cluster.map(ClusterUpkeep::echo), random);
        this.upstreams = Resolvers.upstreams(config.forward().upstreams().orElse(List.of()).stream()
                .map(text -> parse("forward.upstreams", text, Server::parse))
                .toList());
        this.cache = new LocalCache(config.cache().entries(), config.cache().bytes());
        int threads =
                config.threads() > 0 ? config.threads() : Runtime.getRuntime().availableProcessors();
        this.loops = new Loops(threads);
        this.resolver = resolver(config, shared.answers(), clock, random);
        for (EventLoop loop : loops.all()) {
            workers.add(new Worker(
                    loop,
                    new Responder(
                            policy,
                            zones.zones(),
                            cache,
                            resolver.isPresent(),
                            clock,
                            counters,
                            key -> resolver.ifPresent(r -> r.prefetch(key)),
                            random.nextLong())));
        }
        Lookup lookup = (key, waiter) -> resolver.orElseThrow().fetch(key, waiter);
        Responder slow = new Responder(
                policy, zones.zones(), cache, resolver.isPresent(), clock, counters, key -> {}, random.nextLong());
        this.specials = new Maintenance(
                zones.keyring(),
                zones.transfers(),
                zones.updates(),
                zones.secondaries(),
                new SignedQuestions(slow, lookup, config.udpSize()));
        this.streams = new StreamServer(
                loops,
                workers,
                specials,
                lookup,
                edges,
                new StreamServer.Limits(config.streams().max(), config.streams().idle()),
                counters);
    }

    private static void check(DnsConfig config) {
        require(config.threads() >= 0 && config.threads() <= 256, "threads must be between 0 and 256");
        require(config.udpSize() >= 512 && config.udpSize() <= 4096, "udp-size must be between 512 and 4096");
        require(config.queryLog() >= 0, "query-log must not be negative");
        require(config.rate().perSecond() >= 0, "rate.per-second must not be negative");
        require(config.rate().slip() >= 0, "rate.slip must not be negative");
        require(config.streams().max() > 0, "streams.max must be more than zero");
        require(config.streams().idle().toMillis() > 0, "streams.idle must be more than zero");
        require(config.zones().recheck().toMillis() > 0, "zones.recheck must be more than zero");
        DnsConfig.Cache cache = config.cache();
        require(cache.entries() > 0 && cache.entries() <= 100_000_000, "cache.entries must be between 1 and 100000000");
        require(cache.bytes() > 0, "cache.bytes must be more than zero");
        require(
                !cache.minTtl().isNegative() && cache.minTtl().toSeconds() <= 3600,
                "cache.min-ttl must be between 0s and 1h");
        require(cache.maxTtl().compareTo(cache.minTtl()) >= 0, "cache.max-ttl must not be less than cache.min-ttl");
        require(!cache.maxNegativeTtl().isNegative(), "cache.max-negative-ttl must not be negative");
        require(
                cache.failureTtl().toSeconds() >= 1 && cache.failureTtl().toSeconds() <= 300,
                "cache.failure-ttl must be between 1s and 5m (RFC 2308)");
        require(!cache.stale().isNegative(), "cache.stale must not be negative");
        require(cache.prefetch() >= 0, "cache.prefetch must not be negative");
        require(config.forward().deadline().toMillis() >= 100, "forward.deadline must be at least 100ms");
        require(config.forward().max() > 0, "forward.max must be more than zero");
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new ConfigurationException("steamgate.dns." + rule);
        }
    }

    private static AddressBlocks blocks(String key, List<String> texts) {
        return parse(key, texts, AddressBlocks::parse);
    }

    private static <T, R> R parse(String key, T value, Function<T, R> parser) {
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("steamgate.dns." + key + ": " + e.getMessage());
        }
    }

    private static Policy policy(DnsConfig config, Optional<byte[]> echo, RandomGenerator random) {
        byte[] secret = config.cookieSecret()
                .map(text -> parse("cookie-secret", text, HexFormat.of()::parseHex))
                .orElseGet(() -> {
                    byte[] bytes = new byte[16];
                    random.nextBytes(bytes);
                    return bytes;
                });
        require(secret.length == 16, "cookie-secret must have 32 hexadecimal digits");
        return new Policy(
                blocks("allow-query", config.allowQuery()),
                blocks("allow-recursion", config.allowRecursion()),
                config.udpSize(),
                secret,
                config.rate().perSecond(),
                config.rate().slip(),
                config.identity().map(text -> text.getBytes(StandardCharsets.UTF_8)),
                echo,
                (int) Math.min(65535, config.streams().idle().toMillis() / 100),
                config.queryLog(),
                config.cache().prefetch());
    }

    private Optional<Resolver> resolver(
            DnsConfig config, SharedAnswers shared, InstantSource clock, RandomGenerator random) {
        EventLoop loop = loops.all().getFirst();
        if (!upstreams.isEmpty()) {
            return Optional.of(Resolvers.forwarding(
                    loop,
                    loops,
                    settings(config),
                    upstreams,
                    upstreamTls(config.forward()),
                    cache,
                    shared,
                    clock,
                    random,
                    resolveCounters));
        }
        if (!config.iterate().enabled()) {
            return Optional.empty();
        }
        try {
            Resolvers.Iteration iteration = RootFiles.iteration(config.iterate());
            return Optional.of(Resolvers.iterating(
                    loop, loops, settings(config), iteration, cache, shared, clock, random, resolveCounters));
        } catch (IOException | RuntimeException e) {
            loops.close();
            throw e instanceof ConfigurationException wrong
                    ? wrong
                    : new ConfigurationException("steamgate.dns.iterate.trust-anchors: " + e.getMessage());
        }
    }

    /** What the certificates of upstreams are checked with; null: what the JDK trusts. */
    private static @Nullable SslContext upstreamTls(DnsConfig.Forward config) {
        return config.certificates()
                .map(file -> {
                    try {
                        return SslContextBuilder.forClient()
                                .sslProvider(SslProvider.JDK)
                                .trustManager(new File(file))
                                .build();
                    } catch (SSLException | RuntimeException e) {
                        throw new ConfigurationException("steamgate.dns.forward.certificates: " + file
                                + " is no file of certificates in PEM (" + e.getMessage() + ")");
                    }
                })
                .orElse(null);
    }

    private static Resolvers.Settings settings(DnsConfig config) {
        DnsConfig.Cache cache = config.cache();
        return new Resolvers.Settings(
                cache.minTtl(),
                cache.maxTtl(),
                cache.maxNegativeTtl(),
                cache.failureTtl(),
                cache.stale(),
                config.forward().deadline(),
                config.forward().max());
    }

    /** Opens the sockets. */
    void start() {
        open("listen", config.listen(), 53, this::bind);
        open(
                "tls.listen",
                config.tls().listen().orElse(List.of()),
                853,
                address -> channels.add(streams.bind(address, Transport.TLS, Layers.tls(certificates))));
        open(
                "https.listen",
                config.https().listen().orElse(List.of()),
                443,
                address -> channels.add(streams.bind(address, Transport.HTTPS, Layers.https(certificates))));
        zones.start();
        cluster.ifPresent(ClusterUpkeep::start);
    }

    private interface Binding {
        void bind(InetSocketAddress address) throws Exception;
    }

    private void open(String key, List<String> configured, int port, Binding binding) {
        String setting = "steamgate.dns." + key;
        for (InetSocketAddress address : Listening.addresses(setting, configured, port)) {
            try {
                binding.bind(address);
            } catch (ConfigurationException e) {
                close();
                throw e;
            } catch (Exception e) {
                close();
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                throw new ConfigurationException(setting + ": cannot listen at " + address.getHostString() + ":"
                        + address.getPort() + " (" + e.getMessage()
                        + "); another server may, or a port below 1024 needs a capability");
            }
        }
    }

    private void bind(InetSocketAddress address) throws InterruptedException {
        Channel stream = streams.bind(address, Transport.TCP, Layers::plain);
        channels.add(stream);
        // With port 0, for tests, both get the same one.
        InetSocketAddress bound = (InetSocketAddress) stream.localAddress();
        for (Worker worker : loops.isEpoll() ? workers : workers.subList(0, 1)) {
            Lookup lookup = (key, waiter) -> resolver.orElseThrow().fetch(key, waiter);
            channels.add(new Datagrams(worker.responder(), specials, lookup, edges, counters)
                    .bind(loops, worker.loop(), bound));
        }
    }

    /** Where it listens. */
    List<InetSocketAddress> listening() {
        return channels.stream()
                .map(channel -> (InetSocketAddress) channel.localAddress())
                .distinct()
                .toList();
    }

    Zones zones() {
        return zones.zones();
    }

    LocalCache cache() {
        return cache;
    }

    Counters counters() {
        return counters;
    }

    ResolveCounters resolveCounters() {
        return resolveCounters;
    }

    List<Upstream> upstreams() {
        return upstreams;
    }

    Optional<Resolver> resolver() {
        return resolver;
    }

    ZoneUpkeep upkeep() {
        return zones;
    }

    Optional<Clusters> clusters() {
        return cluster.map(ClusterUpkeep::clusters);
    }

    StreamServer streams() {
        return streams;
    }

    @Override
    public void close() {
        zones.close();
        cluster.ifPresent(ClusterUpkeep::close);
        channels.forEach(Channel::close);
        loops.close();
    }
}
