package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/** A segment that wraps lies within its memory, and so do its options. */
class TcpViewFuzzTest {
    private final TcpView view = new TcpView();

    @FuzzTest
    void fuzz(byte[] octets) {
        MemorySegment memory = MemorySegment.ofArray(octets);
        if (!view.wrap(memory, 0, octets.length)) {
            return;
        }
        hold(view.headerLength() >= TcpView.HEADER && view.headerLength() <= TcpView.MAX_HEADER, "20 to 60 octets");
        hold(
                view.optionsOffset() + view.optionsLength() == view.payloadOffset(),
                "options end where the payload begins");
        hold(view.payloadOffset() + view.payloadLength() == octets.length, "the payload ends with the segment");
        hold((view.sourcePort() | view.destinationPort() | view.window() | view.urgentPointer()) <= 0xFFFF, "16 bits");
        hold(view.flags() <= 0xFF, "eight flags");
        view.checksumValid(1, 2);
        TcpView.emitChecksum(memory, 0, octets.length, 1, 2);
        hold(view.checksumValid(1, 2), "a checksum that was put is right");
        view.sequence(view.acknowledgment());
        hold(view.sequence() == view.acknowledgment(), "a number that was set is read");
        view.flags(view.flags() ^ TcpView.SYN);
        view.window(view.sourcePort());
        hold(view.window() == view.sourcePort() && view.payloadOffset() >= TcpView.HEADER, "setters set what they say");
    }
}
