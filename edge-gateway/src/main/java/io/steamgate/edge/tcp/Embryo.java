package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Timers.Timer;

/** A passive open that waits for its ACK: SYN-RECEIVED, kept small because anybody can make us keep one. */
final class Embryo extends TcpEntry {
    final TcpListener listener;
    final Timer timer;
    final int irs;
    final int iss;
    /** What our SYN-ACK says. */
    final SynOffer answer;

    final TcpAgreement agreement;
    final int announcedWindow;
    final int tsOffset;
    final long startedAt;
    int tsRecent;
    int sent;

    Embryo(
            Handshakes handshakes,
            TcpListener listener,
            Segment syn,
            int iss,
            SynOffer answer,
            TcpAgreement agreement,
            int announcedWindow,
            int tsOffset,
            long now) {
        super(syn.localAddress, syn.localPort, syn.remoteAddress, syn.remotePort);
        this.listener = listener;
        this.irs = syn.seq;
        this.iss = iss;
        this.answer = answer;
        this.agreement = agreement;
        this.announcedWindow = announcedWindow;
        this.tsOffset = tsOffset;
        this.startedAt = now;
        tsRecent = syn.options.tsVal();
        timer = new Timer(() -> handshakes.timeout(this));
    }
}
