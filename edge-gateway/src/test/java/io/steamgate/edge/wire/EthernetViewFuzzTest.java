package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/** A frame that wraps can be read, and its header is written as it was read. */
class EthernetViewFuzzTest {
    private final EthernetView view = new EthernetView();

    @FuzzTest
    void fuzz(byte[] octets) {
        MemorySegment memory = MemorySegment.ofArray(octets);
        if (!view.wrap(memory, 0, octets.length)) {
            hold(octets.length < EthernetView.TAGGED_HEADER, "refused though long enough");
            return;
        }
        hold(view.payloadOffset() + view.payloadLength() == octets.length, "payload ends with the frame");
        hold(view.payloadLength() >= 0, "payload has a length");
        EthernetView.Header header =
                EthernetView.Header.parse(memory, 0, octets.length).orElseThrow();
        // A tag in a tag is a type like any other to us, but not one that a header as a value may have
        if (header.type() != EthernetView.VLAN) {
            MemorySegment copy = MemorySegment.ofArray(new byte[header.length()]);
            hold(header.emit(copy, 0) == header.length(), "as long as announced");
            hold(
                    EthernetView.Header.parse(copy, 0, header.length())
                            .orElseThrow()
                            .equals(header),
                    "read as written");
        }
        view.destination(MacAddress.BROADCAST);
        view.source(MacAddress.ZERO);
        hold(view.destination().equals(MacAddress.BROADCAST), "destination is set");
        hold(view.source().equals(MacAddress.ZERO), "source is set");
    }
}
