package io.steamgate.edge.follow;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;
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

        List<String> whole = Transcript.of(requests, responses, FRAMING, left -> left);
        List<String> pieces = Transcript.of(requests, responses, FRAMING, left -> 1 + random.nextInt(left));
        hold(pieces.equals(whole), "however it is cut");
    }
}
