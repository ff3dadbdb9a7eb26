package io.steamgate.state.schema;

import org.infinispan.protostream.GeneratedSchema;
import org.infinispan.protostream.annotations.ProtoSchema;
import org.infinispan.protostream.annotations.ProtoSyntax;

/**
 * Every message of shared state. Nodes of different versions read each other's entries while a cluster is upgraded:
 *
 * <ul>
 *   <li>a field is only ever added, with a number that none ever had, and what its absence means is written in its adapter;
 *   <li>who does not know a field ignores it, and loses it when it writes the entry again;
 *   <li>a field is taken away by no longer reading it; its number stays taken.
 * </ul>
 *
 * <p>A test holds this to state.proto in the test resources, which remembers every field there ever was.
 */
@ProtoSchema(
        className = "StateSchemaGenerated",
        schemaFileName = "state.proto",
        schemaFilePath = "META-INF/steamgate",
        schemaPackageName = "steamgate",
        syntax = ProtoSyntax.PROTO3,
        service = false,
        includeClasses = {
            NodeAdapter.class,
            NodeAdapter.AddressAdapter.class,
            BirthAdapter.class,
            ClusterAdapter.class,
            DnsQuestionAdapter.class,
            DnsAnswerAdapter.class,
            ValidityMessage.class,
            SessionAdapter.class,
            SessionAdapter.KeyedEntry.class,
            PieceAdapter.class,
            PageAdapter.class,
            FlowAdapter.class,
            FlowAdapter.KeyAdapter.class,
            FlowAdapter.PointAdapter.class,
            FlowAdapter.WayAdapter.class,
            BindingsAdapter.class,
            BindingsAdapter.ContactAdapter.class,
            TallyAdapter.class
        })
public interface StateSchema extends GeneratedSchema {
    /** The schema that the annotation processor makes of this. */
    static GeneratedSchema instance() {
        return new StateSchemaGenerated();
    }
}
