package io.steamgate.state.schema;

import io.steamgate.state.store.Birth;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.jspecify.annotations.Nullable;

@ProtoAdapter(Birth.class)
final class BirthAdapter {
    @ProtoFactory
    Birth create(long count, @Nullable String by, long byAge) {
        return new Birth(count, Wire.text(by), byAge);
    }

    @ProtoField(value = 1, defaultValue = "0")
    long getCount(Birth birth) {
        return birth.count();
    }

    @ProtoField(2)
    String getBy(Birth birth) {
        return birth.by();
    }

    @ProtoField(value = 3, defaultValue = "0")
    long getByAge(Birth birth) {
        return birth.byAge();
    }
}
