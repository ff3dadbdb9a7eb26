package io.steamgate.session;

import io.quarkus.vertx.http.HttpServer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;

/** Ready when the ports are watched and the sites can be read. */
@org.eclipse.microprofile.health.Readiness
@Singleton
public class Readiness implements HealthCheck {
    private final SessionStore store;
    private final Listeners listeners;
    private final HttpServer server;

    @Inject
    Readiness(SessionStore store, Listeners listeners, HttpServer server) {
        this.store = store;
        this.listeners = listeners;
        this.server = server;
    }

    @Override
    public HealthCheckResponse call() {
        boolean readable = store.sitesReadable();
        boolean watched = listeners.ready(server);
        return HealthCheckResponse.named("sites")
                .status(readable && watched)
                .withData("sites", store.siteCount())
                .withData("directory-readable", readable)
                .withData("ports-watched", watched)
                .build();
    }
}
