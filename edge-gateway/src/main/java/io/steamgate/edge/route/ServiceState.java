package io.steamgate.edge.route;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** A service as it is now. Changed and asked on the poll loop only; {@link #endpoints} may be read from any thread. */
public final class ServiceState {
    private volatile Service service;
    private volatile List<EndpointState> endpoints;
    private EndpointState[] candidates = new EndpointState[0];
    private long picks;

    ServiceState(Service service, List<EndpointState> endpoints) {
        this.service = service;
        this.endpoints = endpoints;
        configure(service, endpoints);
    }

    void configure(Service inFile, List<EndpointState> states) {
        service = inFile;
        endpoints = List.copyOf(states);
        candidates = new EndpointState[endpoints.size()];
    }

    public Service service() {
        return service;
    }

    public String name() {
        return service.name();
    }

    /** In file order. */
    public List<EndpointState> endpoints() {
        return endpoints;
    }

    /** Whether an endpoint could be picked now. */
    public boolean available() {
        for (EndpointState endpoint : endpoints) {
            if (endpoint.open() && endpoint.health() != Health.UNHEALTHY) {
                return true;
            }
        }
        return false;
    }

    /**
     * Chooses an endpoint for a flow. Healthy ones come before those not checked yet, and both before backups; never an
     * unhealthy, draining or full one. The caller tells the outcome: {@link EndpointState#flowOpened} at once, then
     * {@link EndpointState#connected}, or {@link EndpointState#connectFailed} and {@link EndpointState#flowClosed} before
     * it asks for the next one.
     *
     * @param client the bits of the client's address
     * @param tried those that already failed this flow
     * @return empty when none is left or the service's retries are used up
     */
    public Optional<EndpointState> pick(int client, Collection<EndpointState> tried) {
        if (tried.size() > service.retries()) {
            return Optional.empty();
        }
        int count = gather(tried, false, Health.HEALTHY);
        if (count == 0) {
            count = gather(tried, false, Health.UNKNOWN);
        }
        if (count == 0) {
            count = gather(tried, true, Health.HEALTHY);
        }
        if (count == 0) {
            count = gather(tried, true, Health.UNKNOWN);
        }
        if (count == 0) {
            return Optional.empty();
        }
        EndpointState chosen = switch (service.balance()) {
            case CLIENT_HASH -> byHash(client, count);
            case LEAST_FLOWS -> byFlows(count);
            case ROUND_ROBIN -> inTurn(count);
        };
        chosen.lastPick = ++picks;
        return Optional.of(chosen);
    }

    private int gather(Collection<EndpointState> tried, boolean backup, Health health) {
        int count = 0;
        List<EndpointState> all = endpoints;
        for (int i = 0; i < all.size(); i++) {
            EndpointState state = all.get(i);
            if (state.health() == health
                    && state.endpoint().backup() == backup
                    && state.open()
                    && (tried.isEmpty() || !tried.contains(state))) {
                candidates[count++] = state;
            }
        }
        return count;
    }

    private EndpointState byHash(int client, int count) {
        EndpointState best = candidates[0];
        double bestScore = Double.POSITIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            EndpointState state = candidates[i];
            double score =
                    ClientHash.score(client, state.hashSeed(), state.endpoint().weight());
            if (score < bestScore) {
                best = state;
                bestScore = score;
            }
        }
        return best;
    }

    /** The one that would have the fewest flows for its weight with one more; among equals the one not picked for longest. */
    private EndpointState byFlows(int count) {
        EndpointState best = candidates[0];
        for (int i = 1; i < count; i++) {
            EndpointState state = candidates[i];
            long mine = (state.activeFlows().get() + 1) * best.endpoint().weight();
            long its = (best.activeFlows().get() + 1) * state.endpoint().weight();
            if (mine < its || mine == its && state.lastPick < best.lastPick) {
                best = state;
            }
        }
        return best;
    }

    /** Each candidate earns its weight a turn, the richest is chosen and pays what all have earned. */
    private EndpointState inTurn(int count) {
        EndpointState best = candidates[0];
        long earned = 0;
        for (int i = 0; i < count; i++) {
            EndpointState state = candidates[i];
            int weight = state.endpoint().weight();
            earned += weight;
            state.credit += weight;
            if (state.credit > best.credit) {
                best = state;
            }
        }
        best.credit -= earned;
        return best;
    }

    @Override
    public String toString() {
        return name() + " " + endpoints;
    }
}
