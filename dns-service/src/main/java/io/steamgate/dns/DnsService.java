package io.steamgate.dns;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.steamgate.state.ClusterState;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Starts and ends the server with the application. */
@Singleton
public class DnsService {
    private static final Logger LOG = Logger.getLogger(DnsService.class);

    private final Optional<ClusterState> state;
    private final DnsServer server;

    @Inject
    DnsService(
            DnsConfig config,
            MeterRegistry registry,
            InstantSource clock,
            Certificates certificates,
            ClusterState clusterState) {
        if (config.tls().listen().isPresent() || config.https().listen().isPresent()) {
            certificates.get();
        }
        // Alone a node shares nothing, and is not held up by asking.
        state = Optional.of(clusterState).filter(ClusterState::configured);
        server = new DnsServer(
                config,
                clock,
                new SecureRandom(),
                state.map(DnsServer.Shared::in).orElse(DnsServer.Shared.NOTHING),
                certificates);
        DnsMetrics.register(server, registry);
    }

    void start(@Observes StartupEvent event) {
        server.start();
        LOG.infof(
                "%d zones, %s; listening at %s", server.zones().get().zones().size(), recursion(), server.listening());
    }

    private String recursion() {
        if (server.resolver().isEmpty()) {
            return "no recursion";
        }
        return server.upstreams().isEmpty()
                ? "the rest from the root on"
                : "the rest by " + server.upstreams().size() + " servers";
    }

    DnsServer server() {
        return server;
    }

    @PreDestroy
    void stop() {
        server.close();
    }

    /** The connection to what nodes share; empty for one that shares nothing. */
    Optional<ClusterState> state() {
        return state;
    }
}
