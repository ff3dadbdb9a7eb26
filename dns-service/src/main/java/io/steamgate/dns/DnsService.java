package io.steamgate.dns;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.steamgate.dns.cache.SharedAnswers;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.jboss.logging.Logger;

/** Starts and ends the server with the application. */
@Singleton
public class DnsService {
    private static final Logger LOG = Logger.getLogger(DnsService.class);

    private final DnsServer server;

    @Inject
    DnsService(DnsConfig config, MeterRegistry registry, InstantSource clock, Certificates certificates) {
        if (config.tls().listen().isPresent() || config.https().listen().isPresent()) {
            certificates.get();
        }
        server = new DnsServer(config, clock, new SecureRandom(), SharedAnswers.NONE, certificates);
        DnsMetrics.register(server, registry);
    }

    void start(@Observes StartupEvent event) {
        server.start();
        LOG.infof(
                "%d zones, %s; listening at %s",
                server.zones().get().zones().size(),
                server.upstreams().isEmpty()
                        ? "no recursion"
                        : "the rest by " + server.upstreams().size() + " servers",
                server.listening());
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
}
