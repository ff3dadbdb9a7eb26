package io.steamgate.edge.follow;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.edge.follow.HttpRequestHead.Head;
import io.steamgate.edge.follow.HttpRequestHead.Incomplete;
import java.util.regex.Pattern;

/** Any octets are a request or are not, and which of the two does not hang on how they are cut. */
class HttpRequestHeadFuzzTest {
    private static final int LIMIT = 1024;
    private static final Pattern HOST = Pattern.compile("[-a-z0-9._]+|\\[[0-9a-f:.]+]");
    private static final Pattern PATH = Pattern.compile("/[!-~&&[^?#]]*");

    @FuzzTest
    void fuzz(byte[] octets) {
        HttpRequestHead whole = HttpRequestHead.parse(Bytes.of(octets), LIMIT);
        int cut = octets.length == 0 ? 0 : (octets[octets.length - 1] & 0xFF) * octets.length / 256;
        HttpRequestHead part = HttpRequestHead.parse(new Bytes(octets, 0, cut), LIMIT);
        hold(part instanceof Incomplete || part.equals(whole), "the first answer stands");
        if (whole instanceof Head head) {
            hold(head.length() > 0 && head.length() <= Math.min(LIMIT, octets.length), "the head is there");
            hold(head.host().isEmpty() || HOST.matcher(head.host().get()).matches(), "a host is a host");
            hold(head.path().isEmpty() || PATH.matcher(head.path().get()).matches(), "a path is a path");
            hold(
                    HttpRequestHead.parse(new Bytes(octets, 0, head.length()), LIMIT)
                            .equals(head),
                    "no more is needed");
            hold(
                    HttpRequestHead.parse(new Bytes(octets, 0, head.length() - 1), LIMIT) instanceof Incomplete,
                    "no less is enough");
        }
    }
}
