package io.steamgate.edge.route;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The rules of a listener, prepared: for each host that the rules name, the rules that can match it in file order. A
 * decision is one or a few hash look-ups and then as many rules as concern that host.
 */
public final class RuleTable {
    private final List<Rule> rules;
    private final Optional<Service> otherwise;
    private final Map<String, Chain> exact = new HashMap<>();
    private final Map<String, Chain> below = new HashMap<>();
    private final Chain anyHost;

    /**
     * @param rules in file order; the first that matches wins
     * @param otherwise where a connection belongs that no rule matches
     * @param services by name; has every service that the rules name
     */
    public RuleTable(List<Rule> rules, Optional<Service> otherwise, Map<String, Service> services) {
        this.rules = List.copyOf(rules);
        this.otherwise = otherwise;
        List<Optional<Service>> targets = new ArrayList<>();
        HostIndex index = new HostIndex();
        for (Rule rule : rules) {
            index.add(targets.size(), rule);
            Service target = services.get(rule.service());
            if (target == null) {
                throw new IllegalArgumentException("no service '" + rule.service() + "'");
            }
            targets.add(Optional.of(target));
        }
        anyHost = chain(targets, index.hostless());
        for (Rule rule : rules) {
            for (HostPattern host : rule.hosts()) {
                // Which of the wildcards match is the same for every name under the longest one.
                Map<String, Chain> chains = host.wildcard() ? below : exact;
                chains.computeIfAbsent(host.name(), _ -> chain(targets, index.concerning(host)));
            }
        }
    }

    public List<Rule> rules() {
        return rules;
    }

    public Optional<Service> otherwise() {
        return otherwise;
    }

    /** The service of the first rule that matches, or the default, or none. */
    public Optional<Service> decide(RouteKey key, Ipv4Address client) {
        Chain chain = chainFor(key.host());
        for (int i = 0; i < chain.rules.length; i++) {
            if (chain.rules[i].matchesBesidesHost(key, client)) {
                return chain.targets.get(i);
            }
        }
        return otherwise;
    }

    /**
     * Whether every request of {@code client} for {@code host} has the same outcome. "No service" is an outcome too: a
     * request that must be refused must be seen.
     */
    public boolean leadsToOneService(Optional<String> host, Ipv4Address client) {
        Chain chain = chainFor(host);
        Optional<Service> only = Optional.empty();
        boolean some = false;
        for (int i = 0; i < chain.rules.length; i++) {
            if (!chain.rules[i].matchesSource(client)) {
                continue;
            }
            Optional<Service> target = chain.targets.get(i);
            if (some && !target.equals(only)) {
                return false;
            }
            only = target;
            some = true;
            if (!chain.rules[i].looksAtRequest()) {
                return true;
            }
        }
        return !some || only.equals(otherwise);
    }

    private Chain chainFor(Optional<String> host) {
        if (host.isEmpty()) {
            return anyHost;
        }
        String name = host.get();
        Chain chain = exact.get(name);
        if (chain != null) {
            return chain;
        }
        if (!below.isEmpty()) {
            for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
                chain = dot == 0 ? null : below.get(name.substring(dot + 1));
                if (chain != null) {
                    return chain;
                }
            }
        }
        return anyHost;
    }

    private Chain chain(List<Optional<Service>> targets, IntStream concerned) {
        int[] places = concerned.toArray();
        return new Chain(
                IntStream.of(places).mapToObj(rules::get).toArray(Rule[]::new),
                IntStream.of(places).mapToObj(targets::get).toList());
    }

    private record Chain(Rule[] rules, List<Optional<Service>> targets) {}

    @Override
    public boolean equals(Object other) {
        return other instanceof RuleTable that && rules.equals(that.rules) && otherwise.equals(that.otherwise);
    }

    @Override
    public int hashCode() {
        return 31 * rules.hashCode() + otherwise.hashCode();
    }

    @Override
    public String toString() {
        return rules + " otherwise " + otherwise.map(Service::name).orElse("none");
    }
}
