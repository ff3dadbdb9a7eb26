package io.steamgate.edge.follow;

import static io.steamgate.edge.wire.Octets.hold;

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
        hold(part instanceof Incomplete || part.equals(whole), "the first answer stands");
        if (whole instanceof Head head) {
            hold(head.length() >= 0 && head.length() <= Math.min(LIMIT, octets.length), "the head is there");
            hold(head.interim() == (head.status() / 100 == 1 && head.status() != 101), "interim is 1xx but 101");
            hold(!(head.body() instanceof BodyFraming.Length(long bytes)) || bytes >= 0, "no length is negative");
        }
    }
}
