package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A message that wraps can be read, and is written as it was read. */
class IcmpViewFuzzTest {
    private final IcmpView view = new IcmpView();

    @FuzzTest
    void fuzz(byte[] octets) {
        MemorySegment memory = MemorySegment.ofArray(octets);
        if (!view.wrap(memory, 0, octets.length)) {
            hold(octets.length < IcmpView.HEADER, "refused though long enough");
            return;
        }
        hold(view.bodyOffset() + view.bodyLength() == octets.length, "the body ends with the message");
        hold(view.error() == IcmpView.isError(view.type()), "an error is one by its type");
        hold(view.nextHopMtu() <= 0xFFFF, "16 bits are 16 bits");
        view.checksumValid();
        IcmpView.Header header = new IcmpView.Header(view.type(), view.code(), view.rest(), view.bodyLength());
        hold(header.emit(memory, 0) == octets.length, "as long as announced");
        hold(IcmpView.Header.parse(memory, 0, octets.length).equals(Optional.of(header)), "read as written");
    }
}
