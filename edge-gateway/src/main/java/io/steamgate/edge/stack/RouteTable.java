package io.steamgate.edge.stack;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one stack over all its NICs: those that its addresses imply and those the operator gave. The longest
 * prefix wins; among equals a connected one, then the first given. A packet may leave by the NIC it came by.
 */
public final class RouteTable {
    private final List<Nic> nics;
    private final List<Route> statics = new ArrayList<>();
    private Route[] byPrefix = new Route[0];

    RouteTable(List<Nic> nics) {
        this.nics = nics;
    }

    /**
     * Adds a route.
     *
     * @param gateway {@link Ipv4Address#ANY} for a network whose hosts are all neighbours
     * @throws IllegalArgumentException when the gateway is no possible neighbour
     */
    public void add(Ipv4Network network, Nic nic, Ipv4Address gateway) {
        if (gateway.bits() != 0 && !gateway.isUnicastHost()) {
            throw new IllegalArgumentException("gateway " + gateway + " of " + network + " is not a host's address");
        }
        statics.add(new Route(network, nic, gateway));
        index();
    }

    /** @return whether there was one */
    public boolean remove(Ipv4Network network, Nic nic) {
        boolean removed =
                statics.removeIf(route -> route.nic() == nic && route.network().equals(network));
        index();
        return removed;
    }

    public List<Route> routes() {
        return List.of(byPrefix);
    }

    /** The route to {@code destination}; null when there is none. Allocates nothing. */
    public @Nullable Route lookup(int destination) {
        for (Route route : byPrefix) {
            Ipv4Network network = route.network();
            if (((destination ^ network.address().bits()) & network.mask()) == 0) {
                return route;
            }
        }
        return null;
    }

    /** The address this stack sends from to {@code destination}; 0 without a route. */
    int sourceFor(int destination) {
        Route route = lookup(destination);
        return route == null ? 0 : route.nic().sourceFor(route.nextHop(destination));
    }

    /** To be called when an address was added or removed. */
    void index() {
        List<Route> all = new ArrayList<>();
        for (Nic nic : nics) {
            for (Ipv4Network network : nic.addresses()) {
                // An address alone has no network around it.
                if (network.prefixLength() < 32) {
                    all.add(new Route(network, nic, Ipv4Address.ANY));
                }
            }
        }
        all.addAll(statics);
        all.sort(Comparator.comparingInt(route -> -route.network().prefixLength()));
        byPrefix = all.toArray(new Route[0]);
    }
}
