package io.steamgate.state.schema;

import io.steamgate.state.store.Tally;
import java.time.Instant;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;

@ProtoAdapter(Tally.class)
final class TallyAdapter {
    @ProtoFactory
    Tally create(long value, long endsAt) {
        return new Tally(value, Instant.ofEpochMilli(endsAt));
    }

    @ProtoField(value = 1, defaultValue = "0")
    long getValue(Tally tally) {
        return tally.value();
    }

    @ProtoField(value = 2, defaultValue = "0")
    long getEndsAt(Tally tally) {
        return tally.endsAt().toEpochMilli();
    }
}
