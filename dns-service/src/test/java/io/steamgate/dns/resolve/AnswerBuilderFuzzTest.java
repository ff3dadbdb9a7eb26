package io.steamgate.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Whatever a server answers to its question, what is kept is a well-formed answer to it, for no longer than is allowed. */
class AnswerBuilderFuzzTest {
    private final AnswerBuilder builder = new AnswerBuilder(new AnswerBuilder.Lifetimes(
            Duration.ZERO, Duration.ofDays(1), Duration.ofHours(1), Duration.ofSeconds(5), Duration.ofDays(1)));

    @FuzzTest
    void fuzz(byte[] octets) {
        Optional<Reply> parsed = Reply.parse(octets, octets.length);
        if (parsed.isEmpty()) {
            return;
        }
        Reply reply = parsed.get();
        byte[] name = Names.copyLower(reply.question(), 0, reply.question().length);
        AnswerKey key = new AnswerKey(name, reply.type(), Dns.CLASS_IN, (octets[0] & 1) == 0, false);
        int rcode = reply.rcode() == Dns.NXDOMAIN ? Dns.NXDOMAIN : Dns.NOERROR;
        CachedAnswer kept = builder.build(key, rcode, reply.answers(), reply.authorities(), false, 1_000_000);
        assertThat(kept.expiresAt())
                .isBetween(1_000_000L, 1_000_000 + Duration.ofDays(1).toMillis());
        Reply again = Reply.parse(kept.message(), kept.message().length).orElseThrow();
        List<byte[]> chain = AnswerBuilder.chain(key, again.answers());
        again.answers()
                .forEach(rr -> assertThat(chain.stream().anyMatch(link -> Names.isUnder(link, rr.owner())))
                        .isTrue());
        assertThat(again.additional()).isEmpty();
    }
}
