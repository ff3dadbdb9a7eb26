package io.steamgate.session;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.vertx.http.HttpServer;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import io.steamgate.session.edge.EdgeCounters;
import io.steamgate.session.edge.EdgeListener;
import io.steamgate.start.AddressBlocks;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Watches over who may connect to the HTTP ports; the management port is not its business. */
@Singleton
public class Listeners {
    private final Vertx vertx;
    private final EdgeListener edgeListener;
    private final Set<Integer> watched = ConcurrentHashMap.newKeySet();

    @Inject
    Listeners(Vertx vertx, SessionConfig config, MeterRegistry registry) {
        this.vertx = vertx;
        this.edgeListener =
                new EdgeListener(edges(config), config.direct(), config.headTimeout(), new EdgeCounters(registry));
    }

    static AddressBlocks edges(SessionConfig config) {
        AddressBlocks edges;
        try {
            edges = AddressBlocks.parse(config.trustedEdges().orElse(List.of()));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("steamgate.session.trusted-edges: " + e.getMessage());
        }
        if (edges.isEmpty() && !config.direct()) {
            throw new ConfigurationException(
                    "steamgate.session.direct=false lets nobody connect: set steamgate.session.trusted-edges too");
        }
        return edges;
    }

    /** Makes bad configuration stop the start, not the first connection. */
    void start(@Observes @Priority(1) StartupEvent event) {}

    void listening(@ObservesAsync HttpServerStart event, HttpServer server) {
        watch(server.getPort());
    }

    void listeningWithTls(@ObservesAsync HttpsServerStart event, HttpServer server) {
        watch(server.getSecurePort());
    }

    private void watch(int port) {
        edgeListener.install(((VertxInternal) vertx).getAcceptorEventLoopGroup(), port, watched::add);
    }

    /** Whether every port that is open is watched. */
    boolean ready(HttpServer server) {
        return (server.getPort() <= 0 || watched.contains(server.getPort()))
                && (server.getSecurePort() <= 0 || watched.contains(server.getSecurePort()));
    }
}
