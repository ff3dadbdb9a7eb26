package io.steamgate.edge;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Tag;

/**
 * A planted bug. Blind tries would need 2^64 of them to meet it; a fuzzer that sees the branches climbs to it in seconds. If
 * {@code fuzz/run} does not find it, the fuzzer is blind, and that all else is green means nothing.
 */
@Tag("canary")
class CanaryFuzzTest {
    @FuzzTest
    void fuzz(byte[] octets) {
        // One branch for each octet: a loop would be one branch for all of them
        if (octets.length == 8
                && octets[0] == 'c'
                && octets[1] == 'h'
                && octets[2] == 'i'
                && octets[3] == 'r'
                && octets[4] == 'p'
                && octets[5] == 'i'
                && octets[6] == 'n'
                && octets[7] == 'g') {
            throw new IllegalStateException("the canary was found, as it should be");
        }
    }
}
