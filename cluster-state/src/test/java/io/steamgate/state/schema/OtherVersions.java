package io.steamgate.state.schema;

import org.infinispan.protostream.GeneratedSchema;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.infinispan.protostream.annotations.ProtoName;
import org.infinispan.protostream.annotations.ProtoSchema;
import org.infinispan.protostream.annotations.ProtoSyntax;
import org.jspecify.annotations.Nullable;

/** The message Cluster as an older version had it, and as a newer one may. */
final class OtherVersions {
    private OtherVersions() {}

    @ProtoName("Cluster")
    record OlderCluster(
            @ProtoField(1) @Nullable String id,
            @ProtoField(2) @Nullable String publicAddress) {
        @ProtoFactory
        OlderCluster {}
    }

    @ProtoName("Cluster")
    record NewerCluster(
            @ProtoField(1) @Nullable String id,
            @ProtoField(2) @Nullable String publicAddress,
            @ProtoField(value = 3, defaultValue = "0") long verifiedAt,
            @ProtoField(value = 4, defaultValue = "0") double load,
            @ProtoField(value = 5, defaultValue = "") String line,
            @ProtoField(value = 6, defaultValue = "0") double latitude) {
        @ProtoFactory
        NewerCluster {}
    }

    static GeneratedSchema older() {
        return new OlderSchemaGenerated();
    }

    static GeneratedSchema newer() {
        return new NewerSchemaGenerated();
    }

    @ProtoSchema(
            className = "OlderSchemaGenerated",
            schemaFileName = "older.proto",
            schemaFilePath = "older",
            schemaPackageName = "steamgate",
            syntax = ProtoSyntax.PROTO3,
            service = false,
            includeClasses = OlderCluster.class)
    interface OlderSchema extends GeneratedSchema {}

    @ProtoSchema(
            className = "NewerSchemaGenerated",
            schemaFileName = "newer.proto",
            schemaFilePath = "newer",
            schemaPackageName = "steamgate",
            syntax = ProtoSyntax.PROTO3,
            service = false,
            includeClasses = NewerCluster.class)
    interface NewerSchema extends GeneratedSchema {}
}
