package io.steamgate.dns;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;

/**
 * Ready when the sockets are open. Upstreams that do not answer are told here and change nothing: zones and what the cache has
 * are answered all the same.
 */
@org.eclipse.microprofile.health.Readiness
@Singleton
public class Readiness implements HealthCheck {
    private final DnsService service;

    @Inject
    Readiness(DnsService service) {
        this.service = service;
    }

    @Override
    public HealthCheckResponse call() {
        DnsServer server = service.server();
        var response = HealthCheckResponse.named("dns")
                .status(!server.listening().isEmpty())
                .withData("zones", server.zones().get().zones().size())
                .withData("zone-files-refused", server.upkeep().refusedFiles())
                .withData(
                        "secondary-zones-unserved",
                        server.upkeep().secondaries().unserved())
                .withData("upstreams", server.upstreams().size())
                .withData(
                        "upstreams-answering",
                        server.upstreams().stream()
                                .filter(upstream -> upstream.isUp())
                                .count());
        server.clusters()
                .ifPresent(clusters ->
                        response.withData("clusters", clusters.live().size()));
        service.state().ifPresent(state -> {
            // Answers go on without it: it is told here and changes nothing.
            response.withData("shared-state-answering", state.status().answering());
            state.status().problem().ifPresent(problem -> response.withData("shared-state-problem", problem));
        });
        return response.build();
    }
}
