package io.steamgate.edge.route;

import java.util.List;
import java.util.Map;

/** Every key of the routes file. {@code docs/routes.md} and the schema are tested against this. */
final class RouteKeys {
    static final List<String> FILE = List.of("listeners", "services");
    static final List<String> LISTENER = List.of(
            "name",
            "address",
            "port",
            "ports",
            "protocol",
            "follow-timeout",
            "follow-limit",
            "idle-timeout",
            "max-flows",
            "allow",
            "deny",
            "rules",
            "default");
    static final List<String> RULE =
            List.of("host", "sni", "path", "path-exact", "cookie", "etag", "alpn", "source", "service");
    static final List<String> SERVICE =
            List.of("address-mode", "balance", "connect-timeout", "retries", "health", "tcp-options", "endpoints");
    static final List<String> HEALTH = List.of("interval", "timeout", "rise", "fall", "port");
    static final List<String> TCP_OPTIONS = List.of("mss", "window-scale", "sack", "timestamps");
    static final List<String> ENDPOINT = List.of("address", "port", "weight", "max-flows", "drain", "backup");

    /** By the title of the section that documents them. */
    static final Map<String, List<String>> BY_SECTION = Map.of(
            "File", FILE,
            "Listener", LISTENER,
            "Rule", RULE,
            "Service", SERVICE,
            "Health", HEALTH,
            "TCP options", TCP_OPTIONS,
            "Endpoint", ENDPOINT);

    private RouteKeys() {}
}
