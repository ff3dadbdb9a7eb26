package io.steamgate.state;

import io.quarkus.runtime.ImageMode;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.steamgate.state.embedded.Access;
import io.steamgate.state.embedded.EmbeddedServer;
import io.steamgate.state.embedded.EmbeddedServerException;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.member.Membership;
import io.steamgate.state.member.Rhythm;
import io.steamgate.state.store.Clusters;
import io.steamgate.state.store.DnsCache;
import io.steamgate.state.store.Flows;
import io.steamgate.state.store.Pieces;
import io.steamgate.state.store.Sessions;
import io.steamgate.state.store.SipLocation;
import io.steamgate.state.store.Tallies;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Shared state as beans: {@link ClusterState}, {@link Membership} and every store can be injected. */
@Singleton
public class StateBeans {
    private static final Logger LOG = Logger.getLogger(StateBeans.class);

    private final ClusterState state;
    private final @Nullable EmbeddedServer server;

    @Inject
    StateBeans(StateConfig config, TlsConfigurationRegistry tls, StateMetrics metrics) {
        // Everything is checked before anything is started.
        ClientSettings settings = Settings.client(config, name -> context(tls, name));
        Rhythm rhythm = Settings.rhythm(config);
        warnIfPlain(settings);
        if (settings.servers().isEmpty()) {
            LOG.info(
                    "no shared state: steamgate.state.servers is not set, so this node knows only what it finds out itself");
        }
        EmbeddedServer started = config.embedded() ? start(config, access(settings)) : null;
        if (started != null) {
            // Its port is known only now if it is 0.
            settings = settings.at(List.of(config.embeddedAddress() + ":" + started.port()));
        }
        server = started;
        state = ClusterState.connect(settings, rhythm, InstantSource.system(), metrics.calls());
        metrics.bind(state);
    }

    private static EmbeddedServer start(StateConfig config, Access access) {
        if (ImageMode.current() == ImageMode.NATIVE_RUN) {
            throw Settings.refused(
                    "embedded",
                    "is true, but a native executable has no embedded server; run the jar, or set steamgate.state.servers");
        }
        try {
            return EmbeddedServer.start(
                    config.embeddedAddress(), config.embeddedPort(), Path.of(config.embeddedDirectory()), access);
        } catch (EmbeddedServerException e) {
            LOG.debug("the embedded server did not start", e);
            // Without its cause, or all of it would be printed in place of one line.
            throw new ConfigurationException(String.valueOf(e.getMessage()));
        }
    }

    /** Its own client and those of others are told the same. */
    private static Access access(ClientSettings settings) {
        return new Access(
                settings.security().tls(),
                settings.security().credentials().map(own -> new Access.User(own.username(), own.password())));
    }

    private static Optional<SSLContext> context(TlsConfigurationRegistry tls, String name) {
        return tls.get(name).map(StateBeans::context);
    }

    private static SSLContext context(TlsConfiguration configuration) {
        try {
            return configuration.createSSLContext();
        } catch (Exception e) {
            throw Settings.refused("tls", "cannot be used: " + e.getMessage());
        }
    }

    private static void warnIfPlain(ClientSettings settings) {
        if (settings.security().tls().isEmpty() && !settings.servers().stream().allMatch(StateBeans::isLoopback)) {
            LOG.warn(
                    "shared state goes over the network in the clear: set steamgate.state.tls, or keep others off that network");
        }
    }

    private static boolean isLoopback(String server) {
        String host = server.substring(0, server.lastIndexOf(':'));
        return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    /** Early, so that bad configuration stops the start, and that services find it connected or connecting. */
    void start(@Observes @Priority(1) StartupEvent event) {}

    /** After the services, which may still want to write. */
    void stop(@Observes @Priority(Integer.MAX_VALUE) ShutdownEvent event) {
        state.close();
        if (server != null) {
            server.close();
        }
    }

    /** What this node is called, where nothing else is configured. */
    static String nodeId(StateConfig config) {
        return config.node().orElseGet(() -> {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                throw Settings.refused("node", "is not set, and this machine has no host name");
            }
        });
    }

    @Produces
    @Singleton
    ClusterState state() {
        return state;
    }

    @Produces
    @Singleton
    Membership membership() {
        return state.membership();
    }

    @Produces
    @Singleton
    Clusters clusters() {
        return state.clusters();
    }

    @Produces
    @Singleton
    DnsCache dnsCache() {
        return state.dnsCache();
    }

    @Produces
    @Singleton
    Sessions sessions() {
        return state.sessions();
    }

    @Produces
    @Singleton
    Pieces pieces() {
        return state.pieces();
    }

    @Produces
    @Singleton
    Flows flows() {
        return state.flows();
    }

    @Produces
    @Singleton
    Tallies tallies() {
        return state.tallies();
    }

    @Produces
    @Singleton
    SipLocation sipLocation() {
        return state.sipLocation();
    }
}
