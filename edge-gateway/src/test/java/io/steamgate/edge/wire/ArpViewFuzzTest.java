package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A packet that wraps can be read, and is written as it was read. */
class ArpViewFuzzTest {
    @FuzzTest
    void fuzz(byte[] octets) {
        Optional<ArpView.Packet> packet = ArpView.Packet.parse(MemorySegment.ofArray(octets), 0, octets.length);
        if (packet.isPresent()) {
            MemorySegment copy = MemorySegment.ofArray(new byte[ArpView.LENGTH]);
            hold(packet.get().emit(copy, 0) == ArpView.LENGTH, "as long as announced");
            hold(
                    copy.mismatch(MemorySegment.ofArray(octets)) == -1
                            || octets.length > ArpView.LENGTH
                                    && copy.mismatch(MemorySegment.ofArray(octets)) == ArpView.LENGTH,
                    "every octet is the one that was read");
        }
    }
}
