package io.steamgate.state.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.SharedServer;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.store.Cluster;
import io.steamgate.state.store.Validity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.infinispan.client.hotrod.RemoteCacheManager;
import org.infinispan.client.hotrod.configuration.ConfigurationBuilder;
import org.infinispan.protostream.FileDescriptorSource;
import org.infinispan.protostream.GeneratedSchema;
import org.infinispan.protostream.ProtobufUtil;
import org.infinispan.protostream.SerializationContext;
import org.infinispan.protostream.descriptors.Descriptor;
import org.infinispan.protostream.descriptors.FieldDescriptor;
import org.infinispan.protostream.descriptors.FileDescriptor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Nodes one version apart share a cluster: fields are added, never used again. */
class EvolutionTest {
    private static ClusterState now;

    @BeforeAll
    static void connect() {
        now = SharedServer.client();
    }

    @AfterAll
    static void disconnect() {
        now.close();
    }

    private static RemoteCacheManager client(GeneratedSchema schema) {
        String server = SharedServer.settings().servers().getFirst();
        ConfigurationBuilder builder = new ConfigurationBuilder().addContextInitializer(schema);
        builder.addServer().host("127.0.0.1").port(Integer.parseInt(server.substring(server.indexOf(':') + 1)));
        return new RemoteCacheManager(builder.build());
    }

    @Test
    void what_an_older_node_wrote_is_read_with_the_meaning_of_absence() {
        try (RemoteCacheManager older = client(OtherVersions.older())) {
            older.<String, OtherVersions.OlderCluster>getCache("clusters")
                    .put("evolution-1", new OtherVersions.OlderCluster("evolution-1", "203.0.113.1"));
            assertThat(now.clusters()
                            .get("evolution-1")
                            .join()
                            .found()
                            .orElseThrow()
                            .value())
                    .isEqualTo(new Cluster("evolution-1", "203.0.113.1", Instant.EPOCH, 0));
        }
    }

    @Test
    void an_older_node_reads_what_it_knows_of_what_is_written_now() {
        Cluster cluster = new Cluster("evolution-2", "203.0.113.2", Instant.ofEpochMilli(7), 0.5);
        assertThat(now.clusters().put(cluster).join()).isEqualTo(Ack.DONE);
        try (RemoteCacheManager older = client(OtherVersions.older())) {
            assertThat(older.<String, OtherVersions.OlderCluster>getCache("clusters")
                            .get("evolution-2"))
                    .isEqualTo(new OtherVersions.OlderCluster("evolution-2", "203.0.113.2"));
        }
    }

    @Test
    void what_a_newer_node_wrote_is_read_without_what_is_not_known_yet() {
        try (RemoteCacheManager newer = client(OtherVersions.newer())) {
            newer.<String, OtherVersions.NewerCluster>getCache("clusters")
                    .put(
                            "evolution-3",
                            new OtherVersions.NewerCluster("evolution-3", "203.0.113.3", 7, 0.5, "fibre", 52.5));
            assertThat(now.clusters()
                            .get("evolution-3")
                            .join()
                            .found()
                            .orElseThrow()
                            .value())
                    .isEqualTo(new Cluster("evolution-3", "203.0.113.3", Instant.ofEpochMilli(7), 0.5));
            assertThat(now.clusters()
                            .replace(
                                    new Cluster("evolution-3", "203.0.113.4", Instant.EPOCH, 0),
                                    now.clusters()
                                            .get("evolution-3")
                                            .join()
                                            .found()
                                            .orElseThrow()
                                            .version())
                            .join())
                    .isEqualTo(Ack.DONE);
            OtherVersions.NewerCluster back = newer.<String, OtherVersions.NewerCluster>getCache("clusters")
                    .get("evolution-3");
            assertThat(back.publicAddress()).isEqualTo("203.0.113.4");
            assertThat(back.line()).as("who does not know a field loses it").isEmpty();
        }
    }

    @Test
    void a_validity_of_a_later_kind_does_not_hold() {
        assertThat(ValidityMessage.validity(new ValidityMessage(99, 1)).holds(Instant.EPOCH.plusSeconds(1)))
                .isFalse();
        assertThat(ValidityMessage.validity(null)).isEqualTo(Validity.PERSISTENT);
        assertThat(Lifespan.FOREVER.millis()).isZero();
    }

    /** The file in the test resources remembers every field there ever was; a new one is added to it by hand. */
    @Test
    void no_field_was_taken_away_or_used_again() throws IOException {
        Map<String, FieldDescriptor> remembered = fields(text("schema/state.proto"));
        Map<String, FieldDescriptor> real = fields(StateSchema.instance().getProtoFile());
        assertThat(real.keySet())
                .as("fields now, as message.number")
                .containsExactlyInAnyOrderElementsOf(remembered.keySet());
        remembered.forEach((key, field) -> {
            FieldDescriptor is = Objects.requireNonNull(real.get(key));
            assertThat(is.getName()).as(key).isEqualTo(field.getName());
            assertThat(is.getTypeName()).as(key).isEqualTo(field.getTypeName());
            assertThat(is.isRepeated()).as(key).isEqualTo(field.isRepeated());
        });
    }

    private static String text(String resource) throws IOException {
        try (var stream = EvolutionTest.class.getClassLoader().getResourceAsStream(resource)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Map<String, FieldDescriptor> fields(String proto) {
        SerializationContext context = ProtobufUtil.newSerializationContext();
        context.registerProtoFiles(FileDescriptorSource.fromString("check.proto", proto));
        FileDescriptor file =
                Objects.requireNonNull(context.getFileDescriptors().get("check.proto"));
        Map<String, FieldDescriptor> fields = new LinkedHashMap<>();
        file.getMessageTypes().forEach(message -> collect(message, fields));
        return fields;
    }

    private static void collect(Descriptor message, Map<String, FieldDescriptor> fields) {
        message.getFields().forEach(field -> fields.put(message.getFullName() + "." + field.getNumber(), field));
        message.getNestedTypes().forEach(nested -> collect(nested, fields));
    }
}
