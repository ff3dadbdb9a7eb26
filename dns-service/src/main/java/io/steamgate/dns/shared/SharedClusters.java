package io.steamgate.dns.shared;

import io.steamgate.dns.cluster.ClusterStore;
import io.steamgate.dns.cluster.KnownCluster;
import io.steamgate.state.store.Cluster;
import io.steamgate.state.store.Clusters;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The list of clusters in Infinispan, beside the one in this node's own files, which serves when nobody else does. */
public final class SharedClusters implements ClusterStore {
    private final Clusters clusters;
    private final ClusterStore own;

    public SharedClusters(Clusters clusters, ClusterStore own) {
        this.clusters = clusters;
        this.own = own;
    }

    @Override
    public Optional<List<KnownCluster>> all() {
        List<KnownCluster> all = new java.util.ArrayList<>(own.all().orElse(List.of()));
        try {
            // A call has its own budget, and never fails; this bound is for a bug.
            clusters.all()
                    .get(10, TimeUnit.SECONDS)
                    .found()
                    .map(Map::values)
                    .ifPresent(found -> found.forEach(cluster -> known(cluster).ifPresent(all::add)));
        } catch (ExecutionException | TimeoutException e) {
            // The files' list stands.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.of(all);
    }

    private static Optional<KnownCluster> known(Cluster cluster) {
        try {
            return Optional.of(new KnownCluster(
                    cluster.id(),
                    InetAddress.ofLiteral(cluster.publicAddress()),
                    cluster.verifiedAt(),
                    cluster.load(),
                    Duration.ofSeconds(10)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public void put(KnownCluster cluster) {
        own.put(cluster);
        var unused = clusters.put(
                new Cluster(cluster.id(), cluster.address().getHostAddress(), cluster.verifiedAt(), cluster.load()));
    }
}
