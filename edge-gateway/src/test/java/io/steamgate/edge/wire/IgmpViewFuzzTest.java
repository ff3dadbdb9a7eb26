package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.steamgate.edge.wire.IgmpView.Message;
import io.steamgate.edge.wire.IgmpView.Report;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Messages and reports can be read whatever their counts say, and are written as they were read. */
class IgmpViewFuzzTest {
    private final IgmpView view = new IgmpView();

    @FuzzTest
    void fuzz(byte[] octets) {
        MemorySegment memory = MemorySegment.ofArray(octets);
        if (!view.wrap(memory, 0, octets.length)) {
            return;
        }
        hold(view.queryVersion() >= 1 && view.queryVersion() <= 3, "there are three versions");
        hold(view.maxResponse() >= 0 && view.maxResponse() <= 31_744, "the longest response time is 31,744");
        NetworkOrder.put16(memory, 2, 0);
        NetworkOrder.put16(memory, 2, Checksum.finish(Checksum.add(0, memory, 0, octets.length)));
        hold(view.checksumValid(), "a checksum that was put is right");
        Message message = Message.parse(memory, 0, octets.length).orElseThrow();
        hold(message.group().bits() == view.group(), "the group is the group");
        Optional<Report> report = Report.parse(memory, 0, octets.length);
        if (report.isPresent()) {
            hold(report.get().length() <= octets.length, "no group is made up");
            MemorySegment copy = MemorySegment.ofArray(new byte[report.get().length()]);
            report.get().emit(copy, 0);
            hold(Report.parse(copy, 0, (int) copy.byteSize()).equals(report), "read as written");
        }
    }
}
