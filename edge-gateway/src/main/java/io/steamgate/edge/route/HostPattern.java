package io.steamgate.edge.route;

import java.util.ArrayList;
import java.util.List;

/**
 * A host name of a rule.
 *
 * @param name lower case, without final dot; of a wildcard the part after {@code *.}
 * @param wildcard whether it stands for every name below {@code name}, at any depth, and not for {@code name} itself
 */
public record HostPattern(String name, boolean wildcard) {
    public boolean matches(String host) {
        return wildcard
                ? host.length() > name.length() + 1
                        && host.endsWith(name)
                        && host.charAt(host.length() - name.length() - 1) == '.'
                : host.equals(name);
    }

    /** Whether every host that {@code other} matches is matched by this too. */
    boolean covers(HostPattern other) {
        return equals(other)
                || wildcard && matches(other.name)
                || wildcard && other.wildcard && name.equals(other.name);
    }

    /** This, and the wildcard of each domain that it is in: all that can {@link #covers cover} it. */
    List<HostPattern> covering() {
        List<HostPattern> patterns = new ArrayList<>();
        patterns.add(this);
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            patterns.add(new HostPattern(name.substring(dot + 1), true));
        }
        return patterns;
    }

    @Override
    public String toString() {
        return wildcard ? "*." + name : name;
    }
}
