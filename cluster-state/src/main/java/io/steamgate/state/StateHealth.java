package io.steamgate.state;

import io.steamgate.state.call.CircuitBreaker;
import io.steamgate.state.hotrod.HotRodClient;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Says whether shared state is configured and available, and what is wrong if not. Services go on with what they can, so that it makes one unready only
 * if {@code steamgate.state.required} says so.
 */
@Readiness
@Singleton
public class StateHealth implements HealthCheck {
    private final ClusterState state;
    private final boolean required;

    @Inject
    StateHealth(ClusterState state, StateConfig config) {
        this.state = state;
        this.required = config.required();
    }

    @Override
    public HealthCheckResponse call() {
        HotRodClient.Status status = state.status();
        CircuitBreaker.State breaker = state.client().guard().breaker().state();
        var response = HealthCheckResponse.named("shared-state")
                .status(status.answering() || !required)
                .withData("configured", state.configured())
                .withData("available", status.answering())
                .withData("breaker", breaker.name().toLowerCase(java.util.Locale.ROOT))
                .withData("members", state.membership().members().size())
                .withData("members-in-doubt", state.membership().isInDoubt());
        status.problem().ifPresent(problem -> response.withData("problem", problem));
        return response.build();
    }
}
