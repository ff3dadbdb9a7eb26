package io.steamgate.dns;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.steamgate.state.ClusterState;
import io.steamgate.state.StateConfig;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.member.Rhythm;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * The connection to what all nodes share, where {@code steamgate.state.servers} names somebody to connect to; alone a node needs
 * none. That is why the beans of cluster-state, which insist on servers, are left out here.
 */
final class SharedState {
    private static final int PORT = 11222;

    private SharedState() {}

    static Optional<ClusterState> connect(StateConfig config, TlsConfigurationRegistry tls, InstantSource clock) {
        if (config.embedded()) {
            throw new ConfigurationException(
                    "steamgate.state.embedded: this service has no server in it; let another service of the"
                            + " machine start one, and set steamgate.state.servers=127.0.0.1:11222");
        }
        List<String> servers = config.servers().orElse(List.of()).stream()
                .map(String::strip)
                .map(server -> server.contains(":") ? server : server + ":" + PORT)
                .distinct()
                .toList();
        if (servers.isEmpty()) {
            return Optional.empty();
        }
        if (servers.size() == 2) {
            throw new ConfigurationException(
                    "steamgate.state.servers: of two the survivor of a crash is no majority; name one, or three and more");
        }
        ClientSettings settings = new ClientSettings(
                servers,
                security(config, tls),
                config.budget(),
                config.bulkBudget(),
                Map.of(),
                config.attempt(),
                config.connect(),
                config.pulse(),
                Map.of(),
                config.calls());
        Rhythm rhythm = new Rhythm(config.heartbeat(), config.memberTimeout(), config.watch());
        return Optional.of(ClusterState.connect(settings, rhythm, clock, CallObserver.NONE));
    }

    private static ClientSettings.Security security(StateConfig config, TlsConfigurationRegistry tls) {
        Optional<SSLContext> context = config.tls().map(name -> {
            try {
                return tls.get(name)
                        .orElseThrow(() ->
                                new ConfigurationException("steamgate.state.tls: there is no quarkus.tls." + name))
                        .createSSLContext();
            } catch (ConfigurationException e) {
                throw e;
            } catch (Exception e) {
                throw new ConfigurationException("steamgate.state.tls: " + e.getMessage());
            }
        });
        Optional<ClientSettings.Credentials> credentials = config.username()
                .map(user -> new ClientSettings.Credentials(
                        user,
                        config.password()
                                .orElseThrow(() -> new ConfigurationException(
                                        "steamgate.state.password: is not set, but steamgate.state.username is")),
                        config.saslMechanism()));
        return new ClientSettings.Security(context, config.tlsServerName(), credentials);
    }
}
