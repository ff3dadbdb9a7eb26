package io.steamgate.edge.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.Health;
import io.steamgate.edge.route.LiveRoutes;
import io.steamgate.edge.route.ServiceState;
import java.util.ArrayList;
import java.util.List;

/** Gauges of each endpoint; which endpoints there are changes with the routes file. */
final class EndpointMeters {
    private final LiveRoutes routes;
    private final MultiGauge healthy;
    private final MultiGauge states;
    private final MultiGauge flows;

    EndpointMeters(MeterRegistry registry, LiveRoutes routes) {
        this.routes = routes;
        healthy = MultiGauge.builder("steamgate.edge.endpoint.healthy")
                .description("1 while the endpoint gets flows, 0 while it fails its checks")
                .register(registry);
        states = MultiGauge.builder("steamgate.edge.endpoint.state")
                .description("1 for the state that the endpoint is in, 0 for the others")
                .register(registry);
        flows = MultiGauge.builder("steamgate.edge.endpoint.flows")
                .description("Flows of the endpoint now")
                .register(registry);
    }

    private static final String UNCHECKED = "unchecked";
    private static final List<String> STATES =
            List.of(UNCHECKED, Health.UNKNOWN.word(), Health.HEALTHY.word(), Health.UNHEALTHY.word());

    /** Unknown is who is waited for: the result of the first check is not there yet. */
    private static String state(EndpointState endpoint) {
        Health health = endpoint.health();
        return health == Health.UNKNOWN && !endpoint.checked() ? UNCHECKED : health.word();
    }

    /** Takes in which endpoints there are; called when routes come into force. */
    void refresh() {
        List<MultiGauge.Row<?>> health = new ArrayList<>();
        List<MultiGauge.Row<?>> stands = new ArrayList<>();
        List<MultiGauge.Row<?>> counts = new ArrayList<>();
        for (ServiceState service : routes.services()) {
            for (EndpointState endpoint : service.endpoints()) {
                Tags tags = Tags.of(
                        "service",
                        service.name(),
                        "endpoint",
                        endpoint.endpoint().toString());
                health.add(MultiGauge.Row.of(tags, endpoint, e -> e.health() == Health.UNHEALTHY ? 0 : 1));
                for (String state : STATES) {
                    stands.add(
                            MultiGauge.Row.of(tags.and("state", state), endpoint, e -> state(e).equals(state) ? 1 : 0));
                }
                counts.add(
                        MultiGauge.Row.of(tags, endpoint, e -> e.activeFlows().get()));
            }
        }
        healthy.register(health, true);
        states.register(stands, true);
        flows.register(counts, true);
    }
}
