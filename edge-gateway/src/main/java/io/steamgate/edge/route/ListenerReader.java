package io.steamgate.edge.route;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.yaml.snakeyaml.nodes.Node;

/** Reads one listener of the routes file with its rules. */
final class ListenerReader {
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST_FOLLOW = Duration.ofMinutes(10);
    private static final Duration LONGEST_IDLE = Duration.ofDays(30);
    /** A rule is compared with so many earlier ones of its host: it is for a warning only, and each costs. */
    private static final int MOST_COMPARED = 256;

    private static final int SMALLEST_LIMIT = 512;
    private static final int LARGEST_LIMIT = 64 * 1024;

    private final RoutesContext context;
    private final Map<String, Service> services;
    private final Problems problems;

    ListenerReader(RoutesContext context, Map<String, Service> services, Problems problems) {
        this.context = context;
        this.services = services;
        this.problems = problems;
    }

    Optional<Listener> read(Node node) {
        return Section.of(node, "a listener", RouteKeys.LISTENER, problems).flatMap(this::read);
    }

    private Optional<Listener> read(Section section) {
        section.require("name");
        Optional<String> name = section.value("name", Scalars::name);
        section.require("protocol");
        Optional<Protocol> protocol = section.value("protocol", Scalars.oneOf(Protocol::of, Protocol.words()));
        List<PortRange> ports = ports(section);
        Optional<Ipv4Address> address = section.value("address", this::vip);
        Duration followTimeout = section.value(
                "follow-timeout",
                Listener.DEFAULT_FOLLOW_TIMEOUT,
                text -> Scalars.duration(text, SHORTEST, LONGEST_FOLLOW));
        Optional<Integer> followLimit =
                section.value("follow-limit", text -> Scalars.size(text, SMALLEST_LIMIT, LARGEST_LIMIT));
        Duration idleTimeout = section.value(
                "idle-timeout",
                protocol.orElse(Protocol.TCP).defaultIdleTimeout(),
                text -> Scalars.duration(text, SHORTEST, LONGEST_IDLE));
        int maxFlows = section.value("max-flows", 0, text -> Scalars.integer(text, 1, 100_000_000));
        List<Ipv4Network> allow = section.values("allow", Scalars::block);
        List<Ipv4Network> deny = section.values("deny", Scalars::block);
        Optional<Service> otherwise = section.text("default").flatMap(text -> service(section.at("default"), text));
        if (protocol.isPresent() && !protocol.get().followed()) {
            for (String key : List.of("follow-timeout", "follow-limit")) {
                section.get(key)
                        .ifPresent(at -> problems.error(
                                at,
                                "'" + key + "' has no meaning here: a "
                                        + protocol.get().word() + " listener decides without it"));
            }
        }
        List<Rule> rules = rules(section, protocol);
        if (!section.has("rules") && !section.has("default")) {
            problems.error(section.node(), "a listener needs 'rules' or 'default', else it leads nowhere");
        }
        if (section.has("default") && rules.stream().anyMatch(Rule::unconditional)) {
            problems.warning(section.at("default"), "'default' is never used: a rule without conditions takes all");
        }
        if (name.isEmpty() || ports.isEmpty() || protocol.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Listener(
                name.get(),
                address,
                ports,
                protocol.get(),
                followTimeout,
                followLimit.orElse(protocol.get().defaultFollowLimit()),
                idleTimeout,
                maxFlows,
                allow,
                deny,
                new RuleTable(rules, otherwise, services)));
    }

    private List<PortRange> ports(Section section) {
        if (section.has("port") == section.has("ports")) {
            problems.error(section.node(), "a listener needs either 'port' or 'ports'");
        }
        List<PortRange> found = new ArrayList<>();
        section.value("port", Scalars::port).ifPresent(port -> found.add(PortRange.of(port)));
        section.placed("ports", Scalars::ports).forEach((at, range) -> {
            if (found.stream().anyMatch(range::overlaps)) {
                problems.error(at, "'ports': " + range + " is there twice");
            }
            found.add(range);
        });
        return found;
    }

    private Ipv4Address vip(String text) {
        Ipv4Address address = Scalars.host(text);
        if (!context.vips().isEmpty() && !context.vips().contains(address)) {
            throw new IllegalArgumentException(address + " is not an address of the edge; it owns " + context.vips());
        }
        return address;
    }

    private List<Rule> rules(Section listener, Optional<Protocol> protocol) {
        Map<Rule, Node> seen = new LinkedHashMap<>();
        List<Rule> rules = new ArrayList<>();
        HostIndex index = new HostIndex();
        for (Node node : listener.list("rules")) {
            rule(node, protocol).ifPresent(rule -> {
                IntStream earlierOnes = rule.hosts().isEmpty()
                        ? index.hostless()
                        : index.concerning(rule.hosts().getFirst());
                earlierOnes
                        .limit(MOST_COMPARED)
                        .mapToObj(rules::get)
                        .filter(earlier -> earlier.covers(rule))
                        .findFirst()
                        .ifPresent(earlier -> problems.warning(
                                node,
                                "this rule never decides: the one at line "
                                        + (1
                                                + seen.getOrDefault(earlier, node)
                                                        .getStartMark()
                                                        .getLine())
                                        + " takes all that it would match (the first match wins)"));
                seen.putIfAbsent(rule, node);
                index.add(rules.size(), rule);
                rules.add(rule);
            });
        }
        return rules;
    }

    private Optional<Rule> rule(Node node, Optional<Protocol> protocol) {
        return Section.of(node, "a rule", RouteKeys.RULE, problems).flatMap(section -> {
            for (String key : RouteKeys.RULE) {
                section.get(key)
                        .ifPresent(
                                at -> protocol.flatMap(p -> refuse(key, p)).ifPresent(why -> problems.error(at, why)));
            }
            if (section.has("host") && section.has("sni")) {
                problems.error(section.at("sni"), "'sni' and 'host' are the same thing: write one of them");
            }
            List<HostPattern> hosts = section.values(section.has("sni") ? "sni" : "host", Scalars::hostPattern);
            List<PathPattern> paths = section.values("path", text -> Scalars.path(text, false));
            paths.addAll(section.values("path-exact", text -> Scalars.path(text, true)));
            List<CookiePattern> cookies = section.values("cookie", Scalars::cookie);
            List<String> tags = section.values("etag", Scalars::entityTag);
            List<String> alpn = section.values("alpn", Scalars::alpn);
            List<Ipv4Network> sources = section.values("source", Scalars::block);
            return section.requiredText("service")
                    .flatMap(text -> service(section.at("service"), text))
                    .map(service -> new Rule(hosts, paths, cookies, tags, alpn, sources, service.name()));
        });
    }

    /** Why {@code key} cannot be a condition of such a listener's rules. */
    private static Optional<String> refuse(String key, Protocol protocol) {
        boolean possible = switch (key) {
            case "service", "source" -> true;
            case "host" -> protocol.followed();
            case "sni", "alpn" -> protocol == Protocol.TLS;
            default -> protocol == Protocol.HTTP;
        };
        if (possible) {
            return Optional.empty();
        }
        return Optional.of("a rule of %s listener cannot look at '%s': %s"
                .formatted(
                        protocol == Protocol.HTTP ? "an http" : "a " + protocol.word(),
                        key,
                        switch (protocol) {
                            case HTTP -> "it comes with TLS" + (key.equals("sni") ? "; use 'host'" : "");
                            case TLS -> "it is encrypted";
                            case UDP, DNS -> "a datagram is routed by its port; only 'source' is known";
                            case TCP -> "the decision falls on accept, before the first byte; only 'source' is known";
                        }));
    }

    private Optional<Service> service(Node at, String name) {
        Service service = services.get(name);
        if (service == null) {
            problems.error(
                    at, "there is no service '" + name + "'" + Suggestion.of(name, List.copyOf(services.keySet())));
        }
        return Optional.ofNullable(service);
    }
}
