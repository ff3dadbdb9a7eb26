package io.steamgate.state.schema;

import io.steamgate.state.store.Cluster;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.jspecify.annotations.Nullable;

@ProtoAdapter(Cluster.class)
final class ClusterAdapter {
    @ProtoFactory
    Cluster create(@Nullable String id, @Nullable String publicAddress, long verifiedAt, double load) {
        return new Cluster(
                id == null || id.isEmpty() ? "?" : id,
                publicAddress == null || publicAddress.isEmpty() ? "0.0.0.0" : publicAddress,
                Wire.time(verifiedAt),
                Wire.share(load));
    }

    @ProtoField(1)
    String getId(Cluster cluster) {
        return cluster.id();
    }

    @ProtoField(2)
    String getPublicAddress(Cluster cluster) {
        return cluster.publicAddress();
    }

    @ProtoField(value = 3, defaultValue = "0")
    long getVerifiedAt(Cluster cluster) {
        return Wire.millis(cluster.verifiedAt());
    }

    @ProtoField(value = 4, defaultValue = "0")
    double getLoad(Cluster cluster) {
        return cluster.load();
    }
}
