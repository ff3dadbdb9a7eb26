package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.edge.follow.HttpResponseHead.Head;
import io.steamgate.edge.follow.HttpResponseHead.Incomplete;

/** Any octets are a response or are not, and which of the two does not hang on how they are cut. */
class HttpResponseHeadFuzzTest {
    private static final int LIMIT = 1024;

    @FuzzTest
    void fuzz(byte[] octets) {
        int last = octets.length == 0 ? 0 : octets[octets.length - 1] & 0xFF;
        String method = switch (last % 3) {
            case 0 -> "HEAD";
            case 1 -> "CONNECT";
            default -> "GET";
        };
        HttpResponseHead whole = HttpResponseHead.parse(Bytes.of(octets), LIMIT, method);
        HttpResponseHead part = HttpResponseHead.parse(new Bytes(octets, 0, last * octets.length / 256), LIMIT, method);
        if (!(part instanceof Incomplete)) {
            assertThat(part).isEqualTo(whole);
        }
        if (whole instanceof Head head) {
            assertThat(head.length()).isBetween(0, Math.min(LIMIT, octets.length));
            assertThat(head.interim()).isEqualTo(head.status() / 100 == 1 && head.status() != 101);
            if (head.body() instanceof BodyFraming.Length(long bytes)) {
                assertThat(bytes).isNotNegative();
            }
        }
    }
}
