package io.steamgate.dns.cluster;

import io.steamgate.dns.wire.Names;

/**
 * Names of the clustered domain: one that the world is served at, one that leads there, and what clusters tell each other.
 *
 * @param cloud e.g. {@code cloud.neonics.test}
 * @param steam e.g. {@code steam.neonics.test}
 */
public record ClusterNames(byte[] cloud, byte[] steam) {
    /** @throws IllegalArgumentException naming what is no name */
    public static ClusterNames of(String domain, String cloud, String steam) {
        return new ClusterNames(Names.parse(cloud + "." + domain), Names.parse(steam + "." + domain));
    }

    /** Whose addresses are those of whoever asks. */
    public byte[] echo() {
        return below("myaddr", cloud);
    }

    /** Where the list of clusters is, as text. */
    byte[] list() {
        return below("_clusters", cloud);
    }

    /** A cluster's own name, which it is a name server by. */
    static byte[] server(String id, byte[] zone) {
        return below("ns-" + id, zone);
    }

    private static byte[] below(String label, byte[] zone) {
        return Names.parse(label + "." + Names.text(zone));
    }
}
