package io.steamgate.state.schema;

import io.steamgate.state.store.Session;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.infinispan.protostream.annotations.ProtoName;
import org.jspecify.annotations.Nullable;

@ProtoAdapter(Session.class)
final class SessionAdapter {
    @ProtoFactory
    Session create(
            @Nullable String id, @Nullable String manager, @Nullable String user, @Nullable List<KeyedEntry> entries) {
        return new Session(
                Wire.text(id),
                Wire.text(manager),
                Wire.optional(user),
                Wire.list(entries).stream()
                        .collect(Collectors.toMap(
                                entry -> Wire.text(entry.key()),
                                entry -> new Session.Entry(
                                        Wire.text(entry.value()), ValidityMessage.validity(entry.validity())),
                                (first, last) -> last)));
    }

    @ProtoField(1)
    String getId(Session session) {
        return session.id();
    }

    @ProtoField(2)
    String getManager(Session session) {
        return session.manager();
    }

    /** Absent: not known. */
    @ProtoField(3)
    @Nullable
    String getUser(Session session) {
        return session.user().orElse(null);
    }

    @ProtoField(4)
    List<KeyedEntry> getEntries(Session session) {
        return session.entries().entrySet().stream().map(SessionAdapter::keyed).toList();
    }

    private static KeyedEntry keyed(Map.Entry<String, Session.Entry> entry) {
        return new KeyedEntry(
                entry.getKey(),
                entry.getValue().value(),
                ValidityMessage.of(entry.getValue().validity()));
    }

    /** Maps are lists of these. */
    @ProtoName("SessionEntry")
    record KeyedEntry(
            @ProtoField(1) @Nullable String key,
            @ProtoField(2) @Nullable String value,
            @ProtoField(3) @Nullable ValidityMessage validity) {
        @ProtoFactory
        KeyedEntry {}
    }
}
