package io.steamgate.edge.wire;

import static io.steamgate.edge.wire.Octets.hold;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Options are read within their length, and the same whether something follows them or not. */
class TcpOptionsFuzzTest {
    private final TcpOptions options = new TcpOptions();
    private final TcpOptions other = new TcpOptions();

    @FuzzTest
    void fuzz(byte[] octets) {
        int length = Math.min(octets.length, TcpView.MAX_HEADER - TcpView.HEADER);
        options.parse(MemorySegment.ofArray(Arrays.copyOf(octets, length)), 0, length);
        other.parse(MemorySegment.ofArray(octets), 0, length);
        hold(values(options).equals(values(other)), "what follows does not matter");

        hold(options.mss() >= 0 && options.mss() <= 0xFFFF, "the segment size has 16 bits");
        hold(options.windowScale() >= -1 && options.windowScale() <= 14, "the largest shift is 14");
        hold(options.sackBlocks() >= 0 && options.sackBlocks() <= TcpOptions.MAX_SACK_BLOCKS, "four blocks at most");
        if (options.hasTimestamps()) {
            hold(options.timestampsOffset() >= 0 && options.timestampsOffset() + 10 <= length, "timestamps are inside");
        }
        if (options.sackBlocks() > 0) {
            hold(
                    options.sackOffset() >= 0 && options.sackOffset() + 2 + 8 * options.sackBlocks() <= length,
                    "blocks too");
        }
    }

    private static String values(TcpOptions options) {
        StringBuilder text = new StringBuilder();
        text.append(options.mss()).append(" ").append(options.windowScale());
        text.append(" ")
                .append(options.sackPermitted())
                .append(options.malformed())
                .append(options.hasTimestamps());
        text.append(options.tsVal()).append(" ").append(options.tsEcr());
        for (int i = 0; i < options.sackBlocks(); i++) {
            text.append(" ").append(options.sackLeft(i)).append(" ").append(options.sackRight(i));
        }
        return text.toString();
    }
}
