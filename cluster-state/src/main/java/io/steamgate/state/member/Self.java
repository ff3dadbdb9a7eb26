package io.steamgate.state.member;

import io.steamgate.state.store.Node;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleSupplier;

/**
 * What this node is.
 *
 * @param id the same after a restart, and nobody else's
 * @param load asked several times a second; from 0 to 1
 */
public record Self(String id, Set<String> roles, List<Node.Address> addresses, String version, DoubleSupplier load) {
    public Self {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("a node has an id");
        }
        roles = Set.copyOf(roles);
        addresses = List.copyOf(addresses);
    }
}
