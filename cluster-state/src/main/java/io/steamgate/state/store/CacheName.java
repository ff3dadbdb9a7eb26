package io.steamgate.state.store;

import java.util.Arrays;
import java.util.Optional;

/** The caches of a cluster, and which of their entries clients keep near. META-INF/steamgate/caches.xml says everything else. */
public enum CacheName {
    NODES("nodes", 0),
    BIRTHS("births", 0),
    CLUSTERS("clusters", 0),
    DNS_CACHE("dns-cache", 5_000),
    SESSIONS("sessions", 0),
    PIECES("pieces", 5_000),
    PAGES("pages", 1_000),
    FLOWS("flows", 0),
    TALLIES("tallies", 0),
    SIP_LOCATION("sip-location", 0);

    private final String label;
    private final int nearEntries;

    CacheName(String label, int nearEntries) {
        this.label = label;
        this.nearEntries = nearEntries;
    }

    /** As it is called on the servers, in configuration and in metrics. */
    public String label() {
        return label;
    }

    /** How many entries a client keeps near unless it is told otherwise; 0 if every read is to see the latest write. */
    public int nearEntries() {
        return nearEntries;
    }

    /** The cache that is called so. */
    public static Optional<CacheName> of(String label) {
        return Arrays.stream(values()).filter(name -> name.label.equals(label)).findFirst();
    }
}
