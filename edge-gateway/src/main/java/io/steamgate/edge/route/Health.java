package io.steamgate.edge.route;

import java.util.Locale;

/** What is known of an endpoint. */
public enum Health {
    /** Not checked yet, or never to be: gets flows while no healthy endpoint can. */
    UNKNOWN,
    HEALTHY,
    /** Gets no flows. */
    UNHEALTHY;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
