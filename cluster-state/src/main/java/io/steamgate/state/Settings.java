package io.steamgate.state;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.state.hotrod.ClientSettings;
import io.steamgate.state.hotrod.ClientSettings.Credentials;
import io.steamgate.state.hotrod.ClientSettings.Security;
import io.steamgate.state.member.Rhythm;
import io.steamgate.state.store.CacheName;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/** Makes settings of what an operator wrote, or says in one line what to change. */
final class Settings {
    private static final int PORT = 11222;
    private static final String PREFIX = "steamgate.state.";

    private Settings() {}

    /**
     * @param tls finds a {@code quarkus.tls} configuration by its name
     * @throws ConfigurationException with what to change
     */
    static ClientSettings client(StateConfig config, Function<String, Optional<SSLContext>> tls) {
        positive("budget", config.budget());
        positive("bulk-budget", config.bulkBudget());
        positive("attempt", config.attempt());
        positive("connect", config.connect());
        positive("pulse", config.pulse());
        if (config.attempt().compareTo(config.budget()) > 0) {
            throw refused("attempt", "is longer than budget: no second server could ever be tried");
        }
        if (config.calls() < 1) {
            throw refused("calls", "must be at least 1");
        }
        Map<CacheName, Duration> budgets = byCache("budgets", config.budgets());
        budgets.forEach((cache, budget) -> positive("budgets." + cache.label(), budget));
        Map<CacheName, Integer> near = byCache("near-entries", config.nearEntries());
        near.forEach((cache, entries) -> {
            if (entries < 0 || entries > 0 && cache.nearEntries() == 0) {
                throw refused(
                        "near-entries." + cache.label(),
                        "cannot be " + entries + ": "
                                + (entries < 0 ? "it is a number of entries" : "this cache is never kept near"));
            }
        });
        return new ClientSettings(
                servers(config),
                security(config, tls),
                config.budget(),
                config.bulkBudget(),
                budgets,
                config.attempt(),
                config.connect(),
                config.pulse(),
                near,
                config.calls());
    }

    static Rhythm rhythm(StateConfig config) {
        try {
            return new Rhythm(config.heartbeat(), config.memberTimeout(), config.watch());
        } catch (IllegalArgumentException e) {
            throw refused("heartbeat, member-timeout, watch", "do not fit: " + e.getMessage());
        }
    }

    private static List<String> servers(StateConfig config) {
        List<String> named = config.servers().orElse(List.of());
        if (config.embedded()) {
            if (!named.isEmpty()) {
                throw refused("servers", "and steamgate.state.embedded=true exclude each other: set one of them");
            }
            return List.of(config.embeddedAddress() + ":" + config.embeddedPort());
        }
        List<String> servers = named.stream().map(Settings::server).distinct().toList();
        return switch (servers.size()) {
            case 0 -> {
                if (config.required()) {
                    throw refused(
                            "servers",
                            "is not set, but steamgate.state.required is true: name the Infinispan servers, one, or three"
                                    + " and more; on a single machine steamgate.state.embedded=true starts one in this"
                                    + " process");
                }
                // A node alone shares nothing.
                yield servers;
            }
            case 2 ->
                throw refused(
                        "servers",
                        "names two servers: the survivor of a crash would be no majority and would refuse writes, so two"
                                + " are less available than one; name one, or three and more");
            default -> servers;
        };
    }

    private static String server(String named) {
        String text = named.strip();
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        String port = colon < 0 ? Integer.toString(PORT) : text.substring(colon + 1);
        if (host.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535 || port.equals("0")) {
            throw refused("servers", "'" + named + "' is no HOST or HOST:PORT");
        }
        return host + ":" + port;
    }

    private static Security security(StateConfig config, Function<String, Optional<SSLContext>> tls) {
        Optional<SSLContext> context = config.tls()
                .map(name -> tls.apply(name)
                        .orElseThrow(
                                () -> refused("tls", "names '" + name + "', but there is no quarkus.tls." + name)));
        if (config.username().isPresent() != config.password().isPresent()) {
            throw refused("username, password", "belong together: set both or none");
        }
        Optional<Credentials> credentials = config.username()
                .map(name -> new Credentials(name, config.password().orElse(""), config.saslMechanism()));
        if (config.embedded()
                && credentials.isPresent()
                && !config.saslMechanism().equals("SCRAM-SHA-512")) {
            throw refused("sasl-mechanism", "is not known to the embedded server: leave it SCRAM-SHA-512");
        }
        if (credentials.isPresent()
                && context.isEmpty()
                && config.saslMechanism().equals("PLAIN")) {
            throw refused(
                    "sasl-mechanism",
                    "PLAIN sends the password as it is: set steamgate.state.tls, or take SCRAM-SHA-512");
        }
        return new Security(context, config.tlsServerName(), credentials);
    }

    private static <T> Map<CacheName, T> byCache(String key, Map<String, T> configured) {
        Map<CacheName, T> byCache = new EnumMap<>(CacheName.class);
        configured.forEach((label, value) -> byCache.put(
                CacheName.of(label)
                        .orElseThrow(() -> refused(
                                key + "." + label,
                                "is for no cache; there are "
                                        + Arrays.stream(CacheName.values())
                                                .map(CacheName::label)
                                                .collect(Collectors.joining(", ")))),
                value));
        return byCache;
    }

    private static void positive(String key, Duration value) {
        if (!value.isPositive()) {
            throw refused(key, "must be more than zero");
        }
    }

    static ConfigurationException refused(String key, String what) {
        return new ConfigurationException(PREFIX + key + " " + what);
    }
}
