package io.steamgate.edge.follow;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Any octets are a ClientHello or are not; the records it comes in do not matter. */
class TlsFollowerFuzzTest {
    private static final Pattern HOST = Pattern.compile("[-a-z0-9._]{1,255}");

    private final TlsFollower follower = new TlsFollower();

    @FuzzTest
    void fuzz(byte[] octets) {
        Decision whole = follower.follow(Bytes.of(octets), false);
        int cut = octets.length == 0 ? 0 : (octets[octets.length - 1] & 0xFF) * octets.length / 256;
        Decision part = follower.follow(new Bytes(octets, 0, cut), false);
        if (!(part instanceof Decision.NeedMore)) {
            assertSame(part, whole);
        }
        // The same octets as the body of a message, so that the fuzzer need not find the way through the lengths
        byte[] message = ClientHellos.message(octets);
        Decision inOne = follower.follow(Bytes.of(ClientHellos.inRecords(message)), false);
        int half = Math.min(Math.max(1, cut), message.length - 1);
        byte[] two = ClientHellos.concat(
                ClientHellos.inRecords(Arrays.copyOf(message, half)),
                ClientHellos.inRecords(Arrays.copyOfRange(message, half, message.length)));
        assertSame(follower.follow(Bytes.of(two), false), inOne);
        if (inOne instanceof Decision.Route(RouteKey key)) {
            hold(key.host().isEmpty() || HOST.matcher(key.host().get()).matches(), "a host is a host");
        }
    }

    private static void assertSame(Decision one, Decision other) {
        boolean same = one instanceof Decision.Reject(byte[] reply, String reason)
                ? other instanceof Decision.Reject(byte[] otherReply, String otherReason)
                        && reason.equals(otherReason)
                        && Arrays.equals(reply, otherReply)
                : one.equals(other);
        hold(same, "two decisions about the same hello");
    }
}
