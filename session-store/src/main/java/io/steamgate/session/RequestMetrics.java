package io.steamgate.session;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.steamgate.session.http.Exchange;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * {@code steamgate_session_requests_total}, {@code steamgate_session_response_bytes_total} and
 * {@code steamgate_session_request_seconds}. The host label has the names of sites only, all others together being
 * {@code unknown}, so that clients cannot make series.
 */
final class RequestMetrics {
    private record Key(String host, int status) {}

    private record Meters(Counter requests, Counter bytes, Timer seconds) {}

    private final MeterRegistry registry;
    private final Map<Key, Meters> meters = new ConcurrentHashMap<>();

    RequestMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void record(Exchange exchange, long nanos) {
        Key key = new Key(exchange.site(), exchange.status());
        Meters known = meters.computeIfAbsent(key, this::register);
        known.requests.increment();
        known.bytes.increment(exchange.bodyBytes());
        known.seconds.record(nanos, TimeUnit.NANOSECONDS);
    }

    private Meters register(Key key) {
        return new Meters(
                Counter.builder("steamgate.session.requests")
                        .description("Requests by site and status")
                        .tag("host", key.host)
                        .tag("status", Integer.toString(key.status))
                        .register(registry),
                Counter.builder("steamgate.session.response")
                        .description("Bytes of response bodies by site")
                        .baseUnit("bytes")
                        .tag("host", key.host)
                        .register(registry),
                Timer.builder("steamgate.session.request")
                        .description("Time from the end of a request's head to the end of its response")
                        .tag("host", key.host)
                        .serviceLevelObjectives(
                                Duration.ofNanos(500_000),
                                Duration.ofMillis(1),
                                Duration.ofMillis(5),
                                Duration.ofMillis(25),
                                Duration.ofMillis(100),
                                Duration.ofMillis(500),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(10))
                        .register(registry));
    }
}
