package io.steamgate.session.edge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Connections by what their first bytes said: {@code steamgate_session_proxy_connections_total{kind}}. */
public final class EdgeCounters {
    /** Why a connection was closed before it could ask for anything. */
    public enum Refusal {
        /** A trusted edge sent something that is no PROXY version 2 header. */
        MALFORMED,
        /** A trusted edge did not finish its header in time. */
        TIMEOUT,
        /** The peer is no trusted edge and direct connections are off. */
        UNTRUSTED,
        /** The peer is no trusted edge, yet speaks for somebody else. */
        FORGED,
        /** A client took too long to send the head of a request. */
        SLOW_HEAD
    }

    private final Counter proxied;
    private final Counter local;
    private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);

    public EdgeCounters(MeterRegistry registry) {
        proxied = counter(registry, "proxied");
        local = counter(registry, "local");
        for (Refusal refusal : Refusal.values()) {
            refused.put(
                    refusal,
                    counter(
                            registry,
                            "refused-" + refusal.name().toLowerCase(Locale.ROOT).replace('_', '-')));
        }
    }

    private static Counter counter(MeterRegistry registry, String kind) {
        return Counter.builder("steamgate.session.proxy.connections")
                .description("Connections by what their first bytes said")
                .tag("kind", kind)
                .register(registry);
    }

    void proxied() {
        proxied.increment();
    }

    void local() {
        local.increment();
    }

    void refused(Refusal reason) {
        Counter counter = refused.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }
}
