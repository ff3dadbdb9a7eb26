package io.steamgate.edge.route;

import io.steamgate.edge.wire.Ipv4Address;
import java.util.Set;

/**
 * What the routes file is judged against.
 *
 * @param vips the addresses that the edge owns; empty when they are not known yet, and then not checked
 * @param masquerade whether something behind the edge replaces source addresses ({@code steamgate.edge.masquerade})
 */
public record RoutesContext(Set<Ipv4Address> vips, boolean masquerade) {
    public static final RoutesContext UNKNOWN = new RoutesContext(Set.of(), false);

    public RoutesContext {
        vips = Set.copyOf(vips);
    }
}
