package io.steamgate.edge.route;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one routes file says; never changes.
 *
 * @param listeners in file order
 * @param services by name, in file order
 */
public record Routes(List<Listener> listeners, Map<String, Service> services) {
    public static final Routes EMPTY = new Routes(List.of(), Map.of());

    public Routes {
        listeners = List.copyOf(listeners);
        services = Collections.unmodifiableMap(new LinkedHashMap<>(services));
    }

    /** The services that connections of {@code listener} can end at. */
    static Set<String> reachable(Listener listener) {
        Set<String> names = new LinkedHashSet<>();
        listener.rules().rules().forEach(rule -> names.add(rule.service()));
        listener.rules().otherwise().ifPresent(service -> names.add(service.name()));
        return names;
    }
}
