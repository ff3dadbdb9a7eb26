package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.edge.wire.ProxyHeader.Parsed;

/** A header is read alike however much of it is there, and is written as it was read. */
class ProxyHeaderFuzzTest {
    private static final byte[] SIGNATURE = ProxyHeader.local().toBytes();

    @FuzzTest
    void fuzz(byte[] octets) {
        look(octets);
        // The fuzzer need not find twelve octets of signature by itself
        byte[] signed = octets.clone();
        System.arraycopy(SIGNATURE, 0, signed, 0, Math.min(12, signed.length));
        look(signed);
    }

    private static void look(byte[] octets) {
        switch (ProxyHeader.parse(octets, 0, octets.length)) {
            case Parsed.Complete(ProxyHeader header, int length) -> {
                hold(length >= ProxyHeader.PREFIX && length <= octets.length, "the header is whole");
                hold(
                        ProxyHeader.parse(octets, 0, length - 1) instanceof Parsed.Incomplete(int atLeast)
                                && atLeast == length,
                        "one octet less is not enough");
                byte[] written = header.toBytes();
                hold(
                        ProxyHeader.parse(written, 0, written.length)
                                        instanceof Parsed.Complete(ProxyHeader again, int all)
                                && all == written.length
                                && same(again, header),
                        "read as written");
            }
            case Parsed.Incomplete(int atLeast) -> hold(atLeast > octets.length, "more is needed than there is");
            case Parsed.Malformed(String reason) -> hold(!reason.isEmpty(), "a reason is given");
        }
    }

    /** Arrays of values are not equal as records compare them. */
    private static boolean same(ProxyHeader one, ProxyHeader other) {
        return java.util.Arrays.equals(one.toBytes(), other.toBytes());
    }
}
