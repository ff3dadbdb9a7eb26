package io.steamgate.state.schema;

import io.steamgate.state.store.DnsQuestion;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.jspecify.annotations.Nullable;

/** A key: a field added here makes all entries of older versions unreachable, which costs a cache only time. */
@ProtoAdapter(DnsQuestion.class)
final class DnsQuestionAdapter {
    @ProtoFactory
    DnsQuestion create(@Nullable String qname, int qtype, int qclass, boolean dnssecOk, boolean checkingDisabled) {
        return new DnsQuestion(Wire.text(qname), qtype & 0xFFFF, qclass & 0xFFFF, dnssecOk, checkingDisabled);
    }

    @ProtoField(1)
    String getQname(DnsQuestion question) {
        return question.qname();
    }

    @ProtoField(value = 2, defaultValue = "0")
    int getQtype(DnsQuestion question) {
        return question.qtype();
    }

    @ProtoField(value = 3, defaultValue = "0")
    int getQclass(DnsQuestion question) {
        return question.qclass();
    }

    @ProtoField(value = 4, defaultValue = "false")
    boolean isDnssecOk(DnsQuestion question) {
        return question.dnssecOk();
    }

    @ProtoField(value = 5, defaultValue = "false")
    boolean isCheckingDisabled(DnsQuestion question) {
        return question.checkingDisabled();
    }
}
