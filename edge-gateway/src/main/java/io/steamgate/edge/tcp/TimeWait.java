package io.steamgate.edge.tcp;

import org.jspecify.annotations.Nullable;

/** What is kept of a connection in TIME-WAIT: enough to acknowledge a repeated FIN and to tell a new SYN from an old one. */
final class TimeWait extends TcpEntry {
    final int sndNxt;
    final int rcvNxt;
    final int window;
    final boolean timestamps;
    final int tsOffset;
    int tsRecent;
    long deadline;

    @Nullable
    TimeWait older;

    @Nullable
    TimeWait younger;

    TimeWait(TcpConnection of) {
        super(of.localAddress, of.localPort(), of.remoteAddress, of.remotePort());
        sndNxt = of.sender().sndNxt;
        rcvNxt = of.receiver().rcvNxt;
        window = of.receiver().window() >>> of.receiver().shift;
        timestamps = of.agreed().timestamps();
        tsOffset = of.tsOffset();
        tsRecent = of.receiver().tsRecent;
    }
}
