package io.steamgate.state;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.call.CircuitBreaker;
import io.steamgate.state.call.Operation;
import io.steamgate.state.hotrod.HotRodClient;
import io.steamgate.state.member.Membership;
import io.steamgate.state.store.CacheName;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Shows shared state to Prometheus as {@code steamgate_state_*}; docs/metrics.md describes each. */
@Singleton
public class StateMetrics {
    private record Key(String cache, Operation operation, String outcome) {}

    private record Meters(Counter calls, Timer seconds) {}

    private final MeterRegistry registry;
    private final Map<Key, Meters> meters = new ConcurrentHashMap<>();

    @Inject
    public StateMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Counts and times calls. */
    CallObserver calls() {
        return (cache, operation, outcome, nanos) -> {
            Meters known = meters.computeIfAbsent(new Key(cache, operation, outcome), this::register);
            known.calls.increment();
            known.seconds.record(nanos, TimeUnit.NANOSECONDS);
        };
    }

    private Meters register(Key key) {
        return new Meters(
                Counter.builder("steamgate.state.calls")
                        .description("Calls to shared state")
                        .tag("cache", key.cache)
                        .tag("operation", key.operation.label())
                        .tag("outcome", key.outcome)
                        .register(registry),
                Timer.builder("steamgate.state.call")
                        .description("Time from a call to its answer, whatever that is")
                        .tag("cache", key.cache)
                        .tag("operation", key.operation.label())
                        .serviceLevelObjectives(
                                Duration.ofNanos(250_000),
                                Duration.ofNanos(500_000),
                                Duration.ofMillis(1),
                                Duration.ofNanos(2_500_000),
                                Duration.ofMillis(5),
                                Duration.ofMillis(10),
                                Duration.ofMillis(25),
                                Duration.ofMillis(100),
                                Duration.ofMillis(250),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(3))
                        .register(registry));
    }

    /** Registers what can be looked at at any time. */
    void bind(ClusterState state) {
        HotRodClient client = state.client();
        for (CacheName cache : CacheName.values()) {
            if (cache.nearEntries() > 0) {
                count(
                        "steamgate.state.near.hits",
                        "Reads answered from the near cache",
                        cache,
                        client,
                        c -> c.nearHits(cache));
                count(
                        "steamgate.state.near.misses",
                        "Reads that asked a server",
                        cache,
                        client,
                        c -> c.nearMisses(cache));
            }
        }
        gauge(
                "steamgate.state.available",
                "1 while the servers answer",
                client,
                c -> c.status().answering() ? 1 : 0);
        for (CircuitBreaker.State each : CircuitBreaker.State.values()) {
            Gauge.builder(
                            "steamgate.state.breaker",
                            client,
                            c -> c.guard().breaker().state() == each ? 1 : 0)
                    .description("1 for the state that the circuit breaker is in")
                    .tag("state", each.name().toLowerCase(java.util.Locale.ROOT))
                    .register(registry);
        }
        counter(
                "steamgate.state.breaker.opened",
                "Times the circuit breaker opened",
                client,
                c -> c.guard().breaker().opened());
        gauge(
                "steamgate.state.calls.pending",
                "Calls that somebody waits for",
                client,
                c -> c.guard().underWay());
        Membership membership = state.membership();
        counter("steamgate.state.heartbeats", "Heartbeats acknowledged", membership, Membership::beats);
        counter("steamgate.state.heartbeats.lost", "Heartbeats that were not", membership, Membership::beatsLost);
        gauge(
                "steamgate.state.members.doubted",
                "1 while the picture of the members stands still",
                membership,
                m -> m.isInDoubt() ? 1 : 0);
        gauge(
                "steamgate.state.era",
                "How often the cluster has been born; 0 while that is not known",
                membership,
                m -> m.era().orElse(0));
        gauge(
                "steamgate.state.age",
                "How often this node has been born; 0 while that is not known",
                membership,
                m -> m.age().orElse(0));
        MultiGauge members = MultiGauge.builder("steamgate.state.members")
                .description("Members that do something")
                .register(registry);
        var unused = membership.watch(event -> members.register(
                membership.members().stream()
                        .flatMap(member -> member.node().roles().stream())
                        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()))
                        .entrySet()
                        .stream()
                        .map(role -> MultiGauge.Row.of(
                                Tags.of("role", Objects.requireNonNull(role.getKey())), role.getValue()))
                        .toList(),
                true));
    }

    private <T> void gauge(String name, String description, T of, ToDoubleFunction<T> value) {
        Gauge.builder(name, of, value).description(description).register(registry);
    }

    private <T> void counter(String name, String description, T of, ToDoubleFunction<T> value) {
        FunctionCounter.builder(name, of, value).description(description).register(registry);
    }

    private <T> void count(String name, String description, CacheName cache, T of, ToDoubleFunction<T> value) {
        FunctionCounter.builder(name, of, value)
                .description(description)
                .tag("cache", cache.label())
                .register(registry);
    }
}
