package io.steamgate.dns.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Reply;
import io.steamgate.dns.wire.Writer;
import java.util.Arrays;
import java.util.Optional;

/** What another node, or somebody who can write to the shared state, left there as an answer. */
class CachedAnswerFuzzTest {
    private static final long STORED = 1_000_000;
    private static final int AGE = 7;

    @FuzzTest
    void fuzz(byte[] octets) {
        Optional<Reply> parsed = Reply.parse(octets, octets.length);
        if (parsed.isEmpty()) {
            return;
        }
        Reply reply = parsed.get();
        AnswerKey key = new AnswerKey(reply.question(), reply.type(), reply.qclass(), false, false);
        Optional<CachedAnswer> kept = CachedAnswer.of(key, octets, STORED, STORED + 60_000, STORED + 120_000);
        if (kept.isEmpty()) {
            return;
        }
        CachedAnswer answer = kept.get();
        check(reply, answer, key, STORED + AGE * 1000);
        check(reply, answer, key, STORED + 60_000);
        Writer behind = begun(key);
        answer.append(behind, STORED);
        assertThat(finished(behind)).isPresent();
    }

    private static void check(Reply kept, CachedAnswer answer, AnswerKey key, long now) {
        Writer writer = begun(key);
        if (!answer.write(writer, now)) {
            return;
        }
        Reply given = finished(writer).orElseThrow();
        assertThat(given.rcode()).isEqualTo(kept.rcode());
        assertThat(given.answers()).hasSameSizeAs(kept.answers());
        assertThat(given.authorities()).hasSameSizeAs(kept.authorities());
        for (int i = 0; i < given.answers().size(); i++) {
            int ttl = kept.answers().get(i).ttl();
            assertThat(given.answers().get(i).ttl())
                    .isEqualTo(answer.isFresh(now) ? Math.max(0, ttl - AGE) : CachedAnswer.STALE_TTL);
            assertThat(Names.same(
                            given.answers().get(i).owner(),
                            kept.answers().get(i).owner()))
                    .isTrue();
        }
    }

    private static Writer begun(AnswerKey key) {
        Writer writer = new Writer();
        writer.begin(0, Dns.QR);
        writer.question(key.name(), key.type(), key.qclass());
        return writer;
    }

    private static Optional<Reply> finished(Writer writer) {
        writer.finish();
        byte[] written = Arrays.copyOf(writer.bytes(), writer.position());
        return Reply.parse(written, written.length);
    }
}
