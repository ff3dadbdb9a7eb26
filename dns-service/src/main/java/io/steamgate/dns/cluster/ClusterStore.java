package io.steamgate.dns.cluster;

import java.util.List;
import java.util.Optional;

/** Where the clusters that were heard of are kept beyond this process. Called by one thread, which it may hold up for a moment. */
public interface ClusterStore {
    /** All of them; empty if that cannot be told now. */
    Optional<List<KnownCluster>> all();

    /** Keeps a cluster in the place of what was known of it; what cannot be kept is logged and forgotten. */
    void put(KnownCluster cluster);
}
