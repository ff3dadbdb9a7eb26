package io.steamgate.edge.link;

import io.steamgate.edge.runtime.Counter;

/**
 * What one device has carried and lost.
 *
 * @param receiveDropped frames that arrived and found no room, or were no frames
 * @param sendFailed frames that the wire, or the kernel before it, did not take
 * @param outages how often the interface went down
 */
public record LinkCounters(
        Counter receivedFrames,
        Counter receivedBytes,
        Counter sentFrames,
        Counter sentBytes,
        Counter receiveDropped,
        Counter sendFailed,
        Counter outages) {
    public LinkCounters() {
        this(new Counter(), new Counter(), new Counter(), new Counter(), new Counter(), new Counter(), new Counter());
    }
}
