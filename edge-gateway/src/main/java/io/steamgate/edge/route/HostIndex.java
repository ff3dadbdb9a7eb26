package io.steamgate.edge.route;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Which rules name a host: a file with many hosts has as many rules, and is not to be searched whole for each. */
final class HostIndex {
    private final Map<HostPattern, List<Integer>> byHost = new HashMap<>();
    private final List<Integer> hostless = new ArrayList<>();

    /** @param place of the rule in its list; each greater than the one before */
    void add(int place, Rule rule) {
        if (rule.hosts().isEmpty()) {
            hostless.add(place);
        }
        for (HostPattern host : rule.hosts()) {
            byHost.computeIfAbsent(host, _ -> new ArrayList<>(1)).add(place);
        }
    }

    /** Places of the rules that look at no host, in order. */
    IntStream hostless() {
        return hostless.stream().mapToInt(Integer::intValue);
    }

    /** Places of the rules that every host of {@code pattern} matches as far as hosts go, in order. */
    IntStream concerning(HostPattern pattern) {
        Stream<Integer> naming =
                pattern.covering().stream().flatMap(host -> byHost.getOrDefault(host, List.of()).stream());
        return Stream.concat(hostless.stream(), naming)
                .mapToInt(Integer::intValue)
                .sorted()
                .distinct();
    }
}
