package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A packet that wraps lies within its memory, quoted or whole, and is written as it was read. */
class Ipv4ViewFuzzTest {
    private final Ipv4View view = new Ipv4View();

    @FuzzTest
    void fuzz(byte[] octets) {
        MemorySegment memory = MemorySegment.ofArray(octets);
        if (view.wrapQuoted(memory, 0, octets.length)) {
            read();
            hold(view.payloadOffset() <= octets.length, "a quoted header is whole");
        }
        if (!view.wrap(memory, 0, octets.length)) {
            return;
        }
        read();
        hold(view.payloadOffset() + view.payloadLength() <= octets.length, "the packet is whole");
        hold(view.payloadOffset() + view.payloadLength() == view.totalLength(), "the lengths agree");
        Ipv4View.putChecksum(memory, 0, view.headerLength());
        hold(view.checksumValid(), "a checksum that was put is right");
        Optional<Ipv4View.Header> header = Ipv4View.Header.parse(memory, 0, octets.length);
        MemorySegment copy = MemorySegment.ofArray(new byte[Ipv4View.HEADER + view.payloadLength()]);
        header.orElseThrow().emit(copy, 0);
        hold(Ipv4View.Header.parse(copy, 0, (int) copy.byteSize()).equals(header), "read as written");
        Ipv4View.becomeWhole(memory, 0, view.totalLength());
        hold(view.wrap(memory, 0, octets.length) && !view.fragment(), "a whole packet is no fragment");
    }

    private void read() {
        hold(view.headerLength() >= Ipv4View.HEADER && view.headerLength() <= 60, "a header has 20 to 60 octets");
        hold(view.fragmentOffset() % 8 == 0 && view.fragmentOffset() <= 65_528, "fragments are cut at 8 octets");
        hold(view.fragment() == (view.moreFragments() || view.fragmentOffset() > 0), "a fragment is not whole");
        hold((view.ttl() | view.protocol() | view.trafficClass()) <= 255, "octets are octets");
        hold(view.identification() <= 0xFFFF, "16 bits are 16 bits");
        view.checksumValid();
        view.dontFragment();
        view.source();
        view.destination();
    }
}
