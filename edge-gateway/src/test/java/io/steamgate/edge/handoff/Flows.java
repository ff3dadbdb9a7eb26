package io.steamgate.edge.handoff;

import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.LiveRoutes;
import io.steamgate.edge.route.Routes;
import io.steamgate.edge.route.RoutesContext;
import io.steamgate.edge.route.RoutesReader;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import java.util.Optional;

/** Flows of one listener to one endpoint, for tests that need no more than that. */
final class Flows {
    private static final LiveRoutes ROUTES = new LiveRoutes(
            new Timers(new ManualClock()), Randomness.seeded(1), (endpoint, service, port, result) -> () -> {});

    static {
        Routes routes =
                new RoutesReader(RoutesContext.UNKNOWN).read("""
                        listeners:
                          - {name: web, port: 80, protocol: tcp, default: site}
                        services:
                          site: {endpoints: [{address: 198.51.100.11, port: 80}]}
                        """, "test").routes();
        ROUTES.apply(routes);
    }

    private Flows() {}

    static ListenerState listener() {
        return ROUTES.listeners().iterator().next();
    }

    static EndpointState endpoint() {
        return ROUTES.services().iterator().next().endpoints().getFirst();
    }

    static Flow flow(long id, Flow.Path path) {
        return new Flow(id, path, listener(), endpoint(), Optional.empty(), 0);
    }
}
