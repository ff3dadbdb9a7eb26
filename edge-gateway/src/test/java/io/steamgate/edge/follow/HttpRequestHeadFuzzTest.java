package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.edge.follow.HttpRequestHead.Head;
import io.steamgate.edge.follow.HttpRequestHead.Incomplete;

/** Any octets are a request or are not, and which of the two does not hang on how they are cut. */
class HttpRequestHeadFuzzTest {
    private static final int LIMIT = 1024;

    @FuzzTest
    void fuzz(byte[] octets) {
        HttpRequestHead whole = HttpRequestHead.parse(Bytes.of(octets), LIMIT);
        int cut = octets.length == 0 ? 0 : (octets[octets.length - 1] & 0xFF) * octets.length / 256;
        HttpRequestHead part = HttpRequestHead.parse(new Bytes(octets, 0, cut), LIMIT);
        if (!(part instanceof Incomplete)) {
            assertThat(part).isEqualTo(whole);
        }
        if (whole instanceof Head head) {
            assertThat(head.length()).isBetween(1, Math.min(LIMIT, octets.length));
            head.host().ifPresent(host -> assertThat(host).matches("[-a-z0-9._]+|\\[[0-9a-f:.]+]"));
            head.path().ifPresent(path -> assertThat(path).matches("/[!-~&&[^?#]]*"));
            assertThat(HttpRequestHead.parse(new Bytes(octets, 0, head.length()), LIMIT))
                    .isEqualTo(head);
            assertThat(HttpRequestHead.parse(new Bytes(octets, 0, head.length() - 1), LIMIT))
                    .isInstanceOf(Incomplete.class);
        }
    }
}
