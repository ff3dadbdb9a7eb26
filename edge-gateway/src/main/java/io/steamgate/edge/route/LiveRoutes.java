package io.steamgate.edge.route;

import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The routes in force and the state of everything they name. Owned by the poll loop; the collections it returns are
 * snapshots that any thread may read.
 */
public final class LiveRoutes {
    /**
     * What a reload changed for whoever holds ports open. Close the removed before opening the added: they may want the
     * same ports. A listener whose address or ports changed is in both lists.
     */
    public record Change(List<ListenerState> removed, List<ListenerState> added) {}

    private final HealthSchedule schedule;
    private volatile Routes routes = Routes.EMPTY;
    private volatile Map<String, ListenerState> listeners = Map.of();
    private volatile Map<String, ServiceState> services = Map.of();
    private volatile List<EndpointState> leaving = List.of();
    private long revision;

    public LiveRoutes(Timers timers, Randomness randomness, HealthProbe probe) {
        schedule = new HealthSchedule(timers, randomness, probe);
    }

    public Routes routes() {
        return routes;
    }

    /** In file order. */
    public Collection<ListenerState> listeners() {
        return listeners.values();
    }

    /** In file order. */
    public Collection<ServiceState> services() {
        return services.values();
    }

    /** Endpoints that the file no longer has and that still have flows. */
    public List<EndpointState> leaving() {
        return leaving.stream().filter(state -> state.activeFlows().get() > 0).toList();
    }

    public Optional<ServiceState> service(Service service) {
        return service(service.name());
    }

    public Optional<ServiceState> service(String name) {
        return Optional.ofNullable(services.get(name));
    }

    /**
     * Puts {@code next} in force. Live flows are not touched: endpoints are carried over by service name, address and port
     * with all that is known of them, and those that are gone keep their flows to the end.
     */
    public Change apply(Routes next) {
        revision++;
        routes = next;
        List<EndpointState> old = new ArrayList<>(leaving);
        services.values().forEach(service -> old.addAll(service.endpoints()));
        Map<String, ServiceState> nextServices = new LinkedHashMap<>();
        for (Service service : next.services().values()) {
            List<EndpointState> states = new ArrayList<>();
            for (Endpoint endpoint : service.endpoints()) {
                EndpointState state = take(old, service.name(), endpoint);
                state.configure(endpoint, service.health());
                schedule.watch(state, service);
                states.add(state);
            }
            ServiceState before = services.get(service.name());
            if (before == null) {
                nextServices.put(service.name(), new ServiceState(service, states));
            } else {
                before.configure(service, states);
                nextServices.put(service.name(), before);
            }
        }
        for (EndpointState gone : old) {
            gone.remove();
            schedule.unwatch(gone);
        }
        leaving = old.stream().filter(gone -> gone.activeFlows().get() > 0).toList();
        services = Collections.unmodifiableMap(nextServices);
        return applyListeners(next);
    }

    private EndpointState take(List<EndpointState> old, String service, Endpoint endpoint) {
        for (EndpointState state : old) {
            if (state.serviceName().equals(service) && state.endpoint().sameAs(endpoint)) {
                old.remove(state);
                return state;
            }
        }
        return new EndpointState(service, endpoint, () -> revision++);
    }

    private Change applyListeners(Routes next) {
        List<ListenerState> removed = new ArrayList<>(listeners.values());
        List<ListenerState> added = new ArrayList<>();
        Map<String, ListenerState> nextListeners = new LinkedHashMap<>();
        for (Listener listener : next.listeners()) {
            ListenerState state = listeners.get(listener.name());
            if (state != null
                    && state.listener().address().equals(listener.address())
                    && state.listener().ports().equals(listener.ports())
                    && state.listener().protocol().datagrams()
                            == listener.protocol().datagrams()) {
                state.configure(listener);
                removed.remove(state);
            } else {
                state = new ListenerState(this, listener);
                added.add(state);
            }
            nextListeners.put(listener.name(), state);
        }
        listeners = Collections.unmodifiableMap(nextListeners);
        return new Change(removed, added);
    }

    /** Counts everything that an offer depends on. */
    long revision() {
        return revision;
    }

    TcpOptions offerOf(Listener listener) {
        Optional<TcpOptions> all = Optional.empty();
        for (String name : Routes.reachable(listener)) {
            ServiceState service = services.get(name);
            if (service != null) {
                Optional<TcpOptions> healthy = common(service, Health.HEALTHY);
                Optional<TcpOptions> its = healthy.isPresent() ? healthy : common(service, Health.UNKNOWN);
                all = all.isEmpty() ? its : Optional.of(its.map(all.get()::with).orElse(all.get()));
            }
        }
        return all.orElse(TcpOptions.CAUTIOUS);
    }

    private static Optional<TcpOptions> common(ServiceState service, Health health) {
        return service.endpoints().stream()
                .filter(state -> state.health() == health && !state.draining())
                .map(state -> state.learnt().orElse(service.service().assumed()))
                .reduce(TcpOptions::with);
    }
}
