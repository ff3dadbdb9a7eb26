package io.steamgate.state.store;

import java.time.Instant;

/**
 * A cluster of the world, this one included.
 *
 * @param id its name
 * @param publicAddress where the world reaches it, an IP address as text
 * @param verifiedAt when it last answered for itself; {@link Instant#EPOCH} if it never has
 * @param load from 0 (idle) to 1 (full)
 */
public record Cluster(String id, String publicAddress, Instant verifiedAt, double load) {
    public Cluster {
        if (id.isEmpty() || publicAddress.isEmpty()) {
            throw new IllegalArgumentException("a cluster has an id and a public address");
        }
        if (!(load >= 0 && load <= 1)) {
            throw new IllegalArgumentException("load is from 0 to 1, not " + load);
        }
    }
}
