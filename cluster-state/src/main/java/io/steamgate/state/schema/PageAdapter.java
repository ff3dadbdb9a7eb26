package io.steamgate.state.schema;

import io.steamgate.state.store.Page;
import java.util.List;
import java.util.Set;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.jspecify.annotations.Nullable;

@ProtoAdapter(Page.class)
final class PageAdapter {
    @ProtoFactory
    Page create(@Nullable List<String> keys) {
        return new Page(Set.copyOf(Wire.list(keys)));
    }

    @ProtoField(1)
    List<String> getKeys(Page page) {
        return List.copyOf(page.keys());
    }
}
