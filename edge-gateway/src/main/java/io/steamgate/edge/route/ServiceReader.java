package io.steamgate.edge.route;

import io.steamgate.edge.wire.Ipv4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** Reads one service of the routes file. */
final class ServiceReader {
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST_CONNECT = Duration.ofMinutes(1);
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);

    private final RoutesContext context;
    private final Problems problems;

    ServiceReader(RoutesContext context, Problems problems) {
        this.context = context;
        this.problems = problems;
    }

    /** A service that is wrong is read as far as it goes, so that rules that lead to it are not errors too. */
    Service read(String name, Node node) {
        return Section.of(node, "the service '" + name + "'", RouteKeys.SERVICE, problems)
                .map(section -> read(name, section))
                .orElse(Service.of(name, List.of()));
    }

    private Service read(String name, Section section) {
        AddressMode mode =
                section.value("address-mode", AddressMode.PROXY, Scalars.oneOf(AddressMode::of, AddressMode.words()));
        if (mode == AddressMode.TRANSPARENT && context.masquerade()) {
            problems.error(
                    section.at("address-mode"),
                    "'transparent' cannot work behind a masquerade (steamgate.edge.masquerade is true):"
                            + " endpoints would never see the client's address; use 'proxy'");
        }
        section.require("endpoints");
        List<Endpoint> endpoints = new ArrayList<>();
        for (Node item : section.list("endpoints")) {
            endpoint(item).ifPresent(endpoint -> {
                if (endpoints.stream().anyMatch(endpoint::sameAs)) {
                    problems.error(item, "the endpoint " + endpoint + " is already in the service '" + name + "'");
                }
                endpoints.add(endpoint);
            });
        }
        HealthCheck health = health(section);
        if (health.enabled() && health.port() == 0 && endpoints.stream().anyMatch(e -> e.port() == 0)) {
            problems.error(
                    section.node(),
                    "the service '" + name
                            + "' has an endpoint without port: say which to check with 'health: {port: ...}'"
                            + " or turn checks off with 'health: off'");
        }
        if (section.has("endpoints") && endpoints.stream().allMatch(Endpoint::drain)) {
            problems.warning(section.at("endpoints"), "the service '" + name + "' has no endpoint that takes flows");
        }
        AddressMode forDns = section.has("address-mode") || context.masquerade() ? mode : AddressMode.TRANSPARENT;
        return new Service(
                name,
                mode,
                forDns,
                section.value("balance", Balance.CLIENT_HASH, Scalars.oneOf(Balance::of, Balance.words())),
                section.value(
                        "connect-timeout",
                        Service.DEFAULT_CONNECT_TIMEOUT,
                        text -> Scalars.duration(text, SHORTEST, LONGEST_CONNECT)),
                section.value("retries", Service.DEFAULT_RETRIES, text -> Scalars.integer(text, 0, 100)),
                health,
                tcpOptions(section),
                endpoints);
    }

    private HealthCheck health(Section service) {
        HealthCheck standard = HealthCheck.DEFAULT;
        if (service.at("health") instanceof ScalarNode scalar) {
            if (!scalar.getValue().equals("off")) {
                problems.error(scalar, "'health' takes 'off' or keys like {interval: 2s}");
            }
            return HealthCheck.OFF;
        }
        return service.get("health")
                .flatMap(node -> Section.of(node, "'health'", RouteKeys.HEALTH, problems))
                .map(section -> {
                    Duration interval = section.value(
                            "interval",
                            standard.interval(),
                            text -> Scalars.duration(text, SHORTEST, LONGEST_INTERVAL));
                    // A short interval alone must not make the default time-out an error.
                    Duration usual = interval.compareTo(standard.timeout()) < 0 ? interval : standard.timeout();
                    Duration timeout =
                            section.value("timeout", usual, text -> Scalars.duration(text, SHORTEST, LONGEST_CONNECT));
                    if (timeout.compareTo(interval) > 0) {
                        problems.error(
                                section.at("timeout"),
                                "'timeout' is longer than 'interval' (" + Scalars.text(interval)
                                        + "): checks would overlap");
                    }
                    return new HealthCheck(
                            true,
                            interval,
                            timeout,
                            section.value("rise", standard.rise(), text -> Scalars.integer(text, 1, 100)),
                            section.value("fall", standard.fall(), text -> Scalars.integer(text, 1, 100)),
                            section.value("port", 0, Scalars::port));
                })
                .orElse(standard);
    }

    private TcpOptions tcpOptions(Section service) {
        TcpOptions cautious = TcpOptions.CAUTIOUS;
        return service.get("tcp-options")
                .flatMap(node -> Section.of(node, "'tcp-options'", RouteKeys.TCP_OPTIONS, problems))
                .map(section -> new TcpOptions(
                        section.value("mss", cautious.mss(), text -> Scalars.integer(text, 88, 65495)),
                        section.value("window-scale", cautious.windowScale(), text -> Scalars.integer(text, 0, 14)),
                        section.value("sack", cautious.sack(), Scalars::flag),
                        section.value("timestamps", cautious.timestamps(), Scalars::flag)))
                .orElse(cautious);
    }

    private Optional<Endpoint> endpoint(Node node) {
        if (node instanceof ScalarNode scalar) {
            return shortEndpoint(scalar);
        }
        return Section.of(node, "an endpoint", RouteKeys.ENDPOINT, problems).flatMap(section -> {
            section.require("address");
            int weight = section.value("weight", Endpoint.DEFAULT_WEIGHT, ServiceReader::weight);
            int port = section.value("port", 0, Scalars::port);
            int maxFlows = section.value("max-flows", 0, text -> Scalars.integer(text, 1, 100_000_000));
            boolean drain = section.value("drain", false, Scalars::flag);
            boolean backup = section.value("backup", false, Scalars::flag);
            if (section.has("port") && port == 0) {
                // Without port would be something else than with a wrong one.
                return Optional.empty();
            }
            return section.value("address", this::address)
                    .map(address -> new Endpoint(address, port, weight, maxFlows, drain, backup));
        });
    }

    /** {@code 198.51.100.11:80} or {@code 198.51.100.11}. */
    private Optional<Endpoint> shortEndpoint(ScalarNode node) {
        String text = node.getValue();
        int colon = text.indexOf(':');
        try {
            Ipv4Address address = address(colon < 0 ? text : text.substring(0, colon));
            return Optional.of(Endpoint.of(address, colon < 0 ? 0 : Scalars.port(text.substring(colon + 1))));
        } catch (IllegalArgumentException e) {
            problems.error(
                    node, e.getMessage() + "; an endpoint is written 198.51.100.11:80 or {address: ..., port: ...}");
            return Optional.empty();
        }
    }

    private Ipv4Address address(String text) {
        Ipv4Address address = Scalars.host(text);
        if (context.vips().contains(address)) {
            throw new IllegalArgumentException(
                    address + " is the edge's own address: an endpoint there would lead connections in a circle");
        }
        return address;
    }

    private static int weight(String text) {
        if (text.equals("0")) {
            throw new IllegalArgumentException("0 is not a weight; to give it no new flows write 'drain: true'");
        }
        return Scalars.integer(text, 1, Endpoint.MAX_WEIGHT);
    }
}
