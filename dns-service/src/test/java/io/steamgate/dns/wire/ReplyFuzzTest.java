package io.steamgate.dns.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Whatever another server sends is taken apart or refused; what was taken apart, written again and read again is the same. */
class ReplyFuzzTest {
    @FuzzTest
    void fuzz(byte[] octets) {
        Optional<Reply> parsed = Reply.parse(octets, octets.length);
        if (parsed.isEmpty()) {
            return;
        }
        Reply reply = parsed.get();
        Writer writer = new Writer();
        writer.begin(reply.id(), reply.flags());
        writer.question(reply.question(), reply.type(), reply.qclass());
        write(writer, Writer.Section.ANSWER, reply.answers());
        write(writer, Writer.Section.AUTHORITY, reply.authorities());
        write(writer, Writer.Section.ADDITIONAL, reply.additional());
        if (writer.overflowed()) {
            return;
        }
        writer.finish();
        byte[] written = Arrays.copyOf(writer.bytes(), writer.position());
        Reply again = Reply.parse(written, written.length).orElseThrow();
        assertThat(Names.same(again.question(), reply.question())).isTrue();
        assertSame(again.answers(), reply.answers());
        assertSame(again.authorities(), reply.authorities());
        assertSame(again.additional(), reply.additional());
    }

    private static void write(Writer writer, Writer.Section section, List<Rr> records) {
        for (Rr rr : records) {
            writer.record(section, rr.owner(), 0, rr.type(), Dns.CLASS_IN, rr.ttl(), rr.rdata());
        }
    }

    private static void assertSame(List<Rr> one, List<Rr> other) {
        assertThat(one).hasSameSizeAs(other);
        for (int i = 0; i < one.size(); i++) {
            Rr a = one.get(i);
            Rr b = other.get(i);
            assertThat(Names.same(a.owner(), b.owner())).isTrue();
            assertThat(a.type()).isEqualTo(b.type());
            assertThat(a.ttl()).isEqualTo(b.ttl());
            // Names in data are written with the case of those before them.
            assertThat(lower(a.rdata())).isEqualTo(lower(b.rdata()));
        }
    }

    private static byte[] lower(byte[] octets) {
        return Names.copyLower(octets, 0, octets.length);
    }
}
