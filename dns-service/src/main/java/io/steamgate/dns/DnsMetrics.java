package io.steamgate.dns;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.steamgate.dns.maintain.Secondaries;
import io.steamgate.dns.maintain.SecondaryZone;
import io.steamgate.dns.resolve.ResolveCounters;
import io.steamgate.dns.resolve.Upstream;
import io.steamgate.dns.serve.Counters;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/** Shows the server's sums as metrics; docs/metrics.md says what each means. */
final class DnsMetrics {
    private static final List<String> RCODES = List.of(
            "NOERROR",
            "FORMERR",
            "SERVFAIL",
            "NXDOMAIN",
            "NOTIMP",
            "REFUSED",
            "YXDOMAIN",
            "YXRRSET",
            "NXRRSET",
            "NOTAUTH",
            "NOTZONE");

    private static final Duration[] LATENCIES = {
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500)
    };

    private final MeterRegistry registry;

    private DnsMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    static void register(DnsServer server, MeterRegistry registry) {
        DnsMetrics metrics = new DnsMetrics(registry);
        metrics.queries(server.counters());
        metrics.resolver(server);
        metrics.cache(server);
        metrics.gauge(
                "steamgate.dns.zones",
                "Zones that are served",
                server,
                s -> s.zones().get().zones().size());
        metrics.gauge(
                "steamgate.dns.zone.files.refused",
                "Zone files whose last change is not in force",
                server,
                s -> s.upkeep().refusedFiles());
        ZoneUpkeep upkeep = server.upkeep();
        metrics.transfer("full", upkeep.transfers().full);
        metrics.transfer("incremental", upkeep.transfers().incremental);
        metrics.transfer("refused", upkeep.transfers().refused);
        metrics.update("applied", upkeep.updates().applied);
        metrics.update("refused", upkeep.updates().refused);
        metrics.notification("heard", upkeep.notifier().heard);
        metrics.notification("unheard", upkeep.notifier().unheard);
        metrics.secondaries(upkeep.secondaries());
        server.clusters()
                .ifPresent(clusters -> metrics.gauge(
                        "steamgate.dns.clusters.live",
                        "Clusters that are listed, this one among them",
                        server,
                        s -> clusters.live().size()));
        metrics.gauge(
                "steamgate.dns.connections",
                "Connections that are open",
                server,
                s -> s.streams().open());
    }

    private void secondaries(Secondaries secondaries) {
        for (SecondaryZone zone : secondaries.zones()) {
            Tags tags = Tags.of("zone", zone.name());
            Gauge.builder("steamgate.dns.secondary.serial", zone, SecondaryZone::serial)
                    .description("Serial of a copied zone")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("steamgate.dns.secondary.age", zone, SecondaryZone::age)
                    .description("Since a primary was last known to have the version that is served")
                    .baseUnit("seconds")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("steamgate.dns.secondary.served", zone, z -> z.isServed() ? 1 : 0)
                    .description("1 while there is a copy that has not expired")
                    .tags(tags)
                    .register(registry);
        }
        Gauge.builder("steamgate.dns.secondary.running", secondaries, Secondaries::running)
                .description("Zones whose primaries are being asked")
                .register(registry);
        secondaries.eachOutcome((outcome, sum) -> counter(
                "steamgate.dns.secondary.refreshes",
                "What came of asking primaries",
                Tags.of("outcome", lower(outcome.name())),
                sum));
        secondaries.eachNotification((outcome, sum) -> counter(
                "steamgate.dns.notifications.received",
                "Notifications that came",
                Tags.of("outcome", lower(outcome.name())),
                sum));
    }

    private void queries(Counters counters) {
        counters.eachQuery((transport, type, sum) -> counter(
                "steamgate.dns.queries",
                "Queries by transport and type",
                Tags.of("transport", lower(transport), "type", type),
                sum));
        for (int rcode = 0; rcode < RCODES.size(); rcode++) {
            response(counters, RCODES.get(rcode), rcode);
        }
        response(counters, "BADVERS", 16);
        response(counters, "BADCOOKIE", 23);
        for (Counters.Level level : Counters.Level.values()) {
            counter(
                    "steamgate.dns.answers",
                    "Answers by where they came from",
                    Tags.of("from", lower(level.name())),
                    counters.answeredFrom(level));
        }
        for (Counters.Drop drop : Counters.Drop.values()) {
            counter(
                    "steamgate.dns.dropped.queries",
                    "Queries that got no answer",
                    Tags.of("reason", lower(drop.name())),
                    counters.dropped(drop));
        }
        counter("steamgate.dns.truncated.responses", "Responses that did not fit", Tags.empty(), counters.truncated);
        counter("steamgate.dns.unsent.responses", "Responses that could not be sent", Tags.empty(), counters.unsent);
        counter("steamgate.dns.failures", "Exceptions while answering: each is a bug", Tags.empty(), counters.failures);
    }

    private void response(Counters counters, String name, int rcode) {
        counter("steamgate.dns.responses", "Responses by code", Tags.of("rcode", name), counters.responses(rcode));
    }

    private void resolver(DnsServer server) {
        ResolveCounters c = server.resolveCounters();
        fetch("asked", c.fetched);
        fetch("failed", c.failed);
        fetch("joined", c.joined);
        fetch("shared", c.sharedHits);
        fetch("awaited", c.awaited);
        fetch("prefetched", c.prefetched);
        fetch("hedged", c.hedged);
        fetch("refused", c.refused);
        counter("steamgate.dns.stale.served", "Answers given though they had run out", Tags.empty(), c.stale);
        counter(
                "steamgate.dns.forged.datagrams",
                "Datagrams to a question's port that were not its answer",
                Tags.empty(),
                c.forged);
        counter(
                "steamgate.dns.outgoing.connections",
                "Connections to servers that were begun",
                Tags.empty(),
                c.connections);
        counter("steamgate.dns.streamed.questions", "Questions asked again by stream", Tags.empty(), c.streamed);
        for (Upstream upstream : server.upstreams()) {
            Tags tags = Tags.of("server", upstream.server().toString());
            counter("steamgate.dns.upstream.answers", "Usable answers of an upstream", tags, upstream.answered());
            counter(
                    "steamgate.dns.upstream.failures",
                    "Questions that an upstream did not answer",
                    tags,
                    upstream.failed());
            counter(
                    "steamgate.dns.upstream.probes",
                    "Questions to an upstream that is down, to see whether it is back",
                    tags,
                    upstream.probed());
            Timer answers = Timer.builder("steamgate.dns.upstream.answer")
                    .description("From a question to an upstream's usable answer")
                    .tags(tags)
                    .serviceLevelObjectives(LATENCIES)
                    .register(registry);
            upstream.watchLatency(nanos -> answers.record(nanos, TimeUnit.NANOSECONDS));
            Gauge.builder("steamgate.dns.upstream.latency", upstream, u -> u.smoothedNanos() / 1e9)
                    .description("Smoothed round trip to an upstream")
                    .baseUnit("seconds")
                    .tags(tags)
                    .register(registry);
            Gauge.builder("steamgate.dns.upstream.up", upstream, u -> u.isUp() ? 1 : 0)
                    .description("1 while an upstream answers")
                    .tags(tags)
                    .register(registry);
        }
    }

    private void transfer(String kind, LongAdder sum) {
        counter("steamgate.dns.transfers", "Transfers of zones", Tags.of("kind", kind), sum);
    }

    private void update(String outcome, LongAdder sum) {
        counter("steamgate.dns.updates", "Updates of zones", Tags.of("outcome", outcome), sum);
    }

    private void notification(String outcome, LongAdder sum) {
        counter("steamgate.dns.notifications", "Notifications of changes", Tags.of("outcome", outcome), sum);
    }

    private void fetch(String event, LongAdder sum) {
        counter(
                "steamgate.dns.fetches",
                "What happened to questions that the cache did not answer",
                Tags.of("event", event),
                sum);
    }

    private void cache(DnsServer server) {
        gauge(
                "steamgate.dns.cache.entries",
                "Answers in this node's cache",
                server,
                s -> s.cache().entries());
        Gauge.builder("steamgate.dns.cache.size", server, s -> s.cache().bytes())
                .description("What they weigh")
                .baseUnit("bytes")
                .register(registry);
        FunctionCounter.builder(
                        "steamgate.dns.cache.evictions", server, s -> s.cache().evicted())
                .description("Answers that made room for others")
                .register(registry);
    }

    private void counter(String name, String description, Tags tags, LongAdder sum) {
        FunctionCounter.builder(name, sum, LongAdder::doubleValue)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private void gauge(String name, String description, DnsServer server, ToDoubleFunction<DnsServer> value) {
        Gauge.builder(name, server, value).description(description).register(registry);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
