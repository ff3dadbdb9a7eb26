package io.steamgate.state.schema;

import io.steamgate.state.store.Node;
import java.util.List;
import java.util.Set;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.jspecify.annotations.Nullable;

@ProtoAdapter(Node.class)
final class NodeAdapter {
    @ProtoFactory
    Node create(
            @Nullable String id,
            long age,
            @Nullable List<String> roles,
            @Nullable List<Node.Address> addresses,
            @Nullable String version,
            double load,
            long started,
            long beat,
            long era) {
        return new Node(
                id == null || id.isEmpty() ? "?" : id,
                age,
                era,
                Set.copyOf(Wire.list(roles)),
                Wire.list(addresses),
                Wire.text(version),
                Wire.share(load),
                Wire.time(started),
                beat);
    }

    @ProtoField(1)
    String getId(Node node) {
        return node.id();
    }

    @ProtoField(value = 2, defaultValue = "0")
    long getAge(Node node) {
        return node.age();
    }

    @ProtoField(3)
    List<String> getRoles(Node node) {
        return List.copyOf(node.roles());
    }

    @ProtoField(4)
    List<Node.Address> getAddresses(Node node) {
        return node.addresses();
    }

    @ProtoField(5)
    String getVersion(Node node) {
        return node.version();
    }

    @ProtoField(value = 6, defaultValue = "0")
    double getLoad(Node node) {
        return node.load();
    }

    @ProtoField(value = 7, defaultValue = "0")
    long getStarted(Node node) {
        return Wire.millis(node.started());
    }

    @ProtoField(value = 8, defaultValue = "0")
    long getBeat(Node node) {
        return node.beat();
    }

    @ProtoField(value = 9, defaultValue = "0")
    long getEra(Node node) {
        return node.era();
    }

    @ProtoAdapter(Node.Address.class)
    static final class AddressAdapter {
        @ProtoFactory
        Node.Address create(@Nullable String purpose, @Nullable String host, int port) {
            return new Node.Address(Wire.text(purpose), Wire.text(host), port & 0xFFFF);
        }

        @ProtoField(1)
        String getPurpose(Node.Address address) {
            return address.purpose();
        }

        @ProtoField(2)
        String getHost(Node.Address address) {
            return address.host();
        }

        @ProtoField(value = 3, defaultValue = "0")
        int getPort(Node.Address address) {
            return address.port();
        }
    }
}
