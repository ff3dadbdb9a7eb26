package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.Random;

/** Two streams of any octets, cut anywhere, say the same. The first octet says where the responses begin. */
class HttpExchangesFuzzTest {
    private static final HttpFraming FRAMING = new HttpFraming(512, 512, 8);

    @FuzzTest
    void fuzz(byte[] octets) {
        if (octets.length == 0) {
            return;
        }
        int split = 1 + (octets[0] & 0xFF) * (octets.length - 1) / 255;
        byte[] requests = Arrays.copyOfRange(octets, 1, split);
        byte[] responses = Arrays.copyOfRange(octets, split, octets.length);
        Random random = new Random(Arrays.hashCode(octets));

        assertThat(Transcript.of(requests, responses, FRAMING, left -> 1 + random.nextInt(left)))
                .isEqualTo(Transcript.of(requests, responses, FRAMING, left -> left));
    }
}
