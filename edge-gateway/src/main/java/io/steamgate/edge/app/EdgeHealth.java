package io.steamgate.edge.app;

import io.steamgate.edge.route.ServiceState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/** Live: the poll loop turns. Ready: the routes are in force and every endpoint has been looked at once. */
@ApplicationScoped
public class EdgeHealth {
    private final Edge edge;

    EdgeHealth(Edge edge) {
        this.edge = edge;
    }

    @Produces
    @Liveness
    HealthCheck live() {
        return () -> {
            Edge.Running running = edge.running();
            if (running == null) {
                return HealthCheckResponse.up("poll-loop");
            }
            CompletableFuture<Boolean> turned = new CompletableFuture<>();
            running.loop().execute(() -> turned.complete(true));
            boolean up;
            try {
                up = turned.get(2, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                up = false;
            } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
                up = false;
            }
            return HealthCheckResponse.named("poll-loop").status(up).build();
        };
    }

    @Produces
    @Readiness
    HealthCheck ready() {
        return () -> {
            Edge.Running running = edge.running();
            HealthCheckResponseBuilder response = HealthCheckResponse.named("routes");
            if (running == null || !edge.inForce()) {
                return response.down().withData("why", "starting").build();
            }
            running.routes().lastError().ifPresent(error -> response.withData("refused", error));
            boolean checked = true;
            for (ServiceState service : running.gateway().routes().services()) {
                response.withData(service.name(), service.available() ? "available" : "unavailable");
                checked &= service.endpoints().stream()
                        .allMatch(endpoint -> endpoint.health() != io.steamgate.edge.route.Health.UNKNOWN
                                || !service.service().health().enabled()
                                || endpoint.draining());
            }
            return response.status(checked).build();
        };
    }
}
