package io.steamgate.state.schema;

import io.steamgate.state.store.DnsAnswer;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.jspecify.annotations.Nullable;

@ProtoAdapter(DnsAnswer.class)
final class DnsAnswerAdapter {
    @ProtoFactory
    DnsAnswer create(byte @Nullable [] message, long storedAt, long expires, boolean negative, long serveStaleUntil) {
        return new DnsAnswer(
                Wire.blob(message), Wire.time(storedAt), Wire.time(expires), negative, Wire.time(serveStaleUntil));
    }

    @ProtoField(1)
    byte[] getMessage(DnsAnswer answer) {
        return answer.message().toByteArray();
    }

    @ProtoField(value = 2, defaultValue = "0")
    long getStoredAt(DnsAnswer answer) {
        return Wire.millis(answer.storedAt());
    }

    @ProtoField(value = 3, defaultValue = "0")
    long getExpires(DnsAnswer answer) {
        return Wire.millis(answer.expires());
    }

    @ProtoField(value = 4, defaultValue = "false")
    boolean isNegative(DnsAnswer answer) {
        return answer.negative();
    }

    /** Absent: not served stale. */
    @ProtoField(value = 5, defaultValue = "0")
    long getServeStaleUntil(DnsAnswer answer) {
        return Wire.millis(answer.serveStaleUntil());
    }
}
