package io.steamgate.state.schema;

import io.steamgate.state.store.Validity;
import java.time.Instant;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.infinispan.protostream.annotations.ProtoName;
import org.jspecify.annotations.Nullable;

/**
 * One message for the kinds of validity.
 *
 * @param kind 0 persistent, 1 until a time, 2 for a number of requests
 * @param limit milliseconds since 1970, or requests left
 */
@ProtoName("Validity")
record ValidityMessage(
        @ProtoField(value = 1, defaultValue = "0") int kind,
        @ProtoField(value = 2, defaultValue = "0") long limit) {
    private static final int PERSISTENT = 0;
    private static final int UNTIL = 1;
    private static final int REQUESTS = 2;

    @ProtoFactory
    ValidityMessage {}

    static ValidityMessage of(Validity validity) {
        return switch (validity) {
            case Validity.Persistent() -> new ValidityMessage(PERSISTENT, 0);
            case Validity.Until(Instant end) -> new ValidityMessage(UNTIL, Wire.millis(end));
            case Validity.Requests(int left) -> new ValidityMessage(REQUESTS, left);
        };
    }

    /** A kind of a later version is not understood, so it holds no longer. */
    static Validity validity(@Nullable ValidityMessage message) {
        if (message == null) {
            return Validity.PERSISTENT;
        }
        return switch (message.kind) {
            case PERSISTENT -> Validity.PERSISTENT;
            case UNTIL -> new Validity.Until(Wire.time(message.limit));
            case REQUESTS -> new Validity.Requests((int) Math.clamp(message.limit, 0, Integer.MAX_VALUE));
            default -> new Validity.Until(Instant.EPOCH);
        };
    }
}
