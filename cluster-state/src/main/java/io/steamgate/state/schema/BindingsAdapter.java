package io.steamgate.state.schema;

import io.steamgate.state.store.Bindings;
import java.util.List;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.jspecify.annotations.Nullable;

@ProtoAdapter(Bindings.class)
final class BindingsAdapter {
    @ProtoFactory
    Bindings create(@Nullable List<Bindings.Contact> contacts) {
        return new Bindings(Wire.list(contacts));
    }

    @ProtoField(1)
    List<Bindings.Contact> getContacts(Bindings bindings) {
        return bindings.contacts();
    }

    @ProtoAdapter(Bindings.Contact.class)
    static final class ContactAdapter {
        @ProtoFactory
        Bindings.Contact create(
                @Nullable String uri,
                long expires,
                int priority,
                @Nullable String callId,
                long cseq,
                @Nullable String instance,
                @Nullable List<String> path) {
            return new Bindings.Contact(
                    Wire.text(uri),
                    Wire.time(expires),
                    Math.clamp(priority, 0, 1000),
                    Wire.text(callId),
                    cseq,
                    Wire.optional(instance),
                    Wire.list(path));
        }

        @ProtoField(1)
        String getUri(Bindings.Contact contact) {
            return contact.uri();
        }

        @ProtoField(value = 2, defaultValue = "0")
        long getExpires(Bindings.Contact contact) {
            return Wire.millis(contact.expires());
        }

        @ProtoField(value = 3, defaultValue = "0")
        int getPriority(Bindings.Contact contact) {
            return contact.priority();
        }

        @ProtoField(4)
        String getCallId(Bindings.Contact contact) {
            return contact.callId();
        }

        @ProtoField(value = 5, defaultValue = "0")
        long getCseq(Bindings.Contact contact) {
            return contact.cseq();
        }

        @ProtoField(6)
        @Nullable
        String getInstance(Bindings.Contact contact) {
            return contact.instance().orElse(null);
        }

        @ProtoField(7)
        List<String> getPath(Bindings.Contact contact) {
            return contact.path();
        }
    }
}
