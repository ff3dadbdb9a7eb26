package io.steamgate.edge.link;

import io.steamgate.edge.runtime.Counter;

/** What one device has carried and lost. */
public record LinkCounters(
        Counter receivedFrames,
        Counter receivedBytes,
        Counter sentFrames,
        Counter sentBytes,
        Counter receiveDropped,
        Counter sendFailed) {
    public LinkCounters() {
        this(new Counter(), new Counter(), new Counter(), new Counter(), new Counter(), new Counter());
    }
}
