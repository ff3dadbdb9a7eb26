package io.steamgate.edge.route;

import io.steamgate.edge.wire.Ipv4Address;
import java.util.Map;
import java.util.Set;

/**
 * What the routes file is judged against.
 *
 * @param vips the addresses that the edge owns; empty when they are not known yet, and then not checked
 * @param masquerade whether something behind the edge replaces source addresses ({@code steamgate.edge.masquerade})
 * @param taken ports of every address that the edge needs itself, and what for
 */
public record RoutesContext(Set<Ipv4Address> vips, boolean masquerade, Map<Integer, String> taken) {
    public static final RoutesContext UNKNOWN = new RoutesContext(Set.of(), false);

    public RoutesContext {
        vips = Set.copyOf(vips);
        taken = Map.copyOf(taken);
    }

    public RoutesContext(Set<Ipv4Address> vips, boolean masquerade) {
        this(vips, masquerade, Map.of());
    }
}
