package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A datagram that wraps lies within its memory, and is written as it was read. */
class UdpViewFuzzTest {
    private static final Ipv4Address SOURCE = Ipv4Address.of(192, 0, 2, 1);
    private static final Ipv4Address DESTINATION = Ipv4Address.of(192, 0, 2, 2);

    private final UdpView view = new UdpView();

    @FuzzTest
    void fuzz(byte[] octets) {
        MemorySegment memory = MemorySegment.ofArray(octets);
        if (!view.wrap(memory, 0, octets.length)) {
            return;
        }
        hold(view.payloadOffset() + view.payloadLength() <= octets.length, "the datagram is whole");
        hold(view.payloadLength() >= 0, "the payload has a length");
        view.checksumValid(SOURCE.bits(), DESTINATION.bits());
        UdpView.Header header = new UdpView.Header(view.sourcePort(), view.destinationPort(), view.payloadLength());
        int length = header.emit(memory, 0, SOURCE, DESTINATION);
        Optional<UdpView.Header> again = UdpView.Header.parse(memory, 0, length, SOURCE, DESTINATION);
        hold(again.equals(Optional.of(header)), "read as written");
    }
}
