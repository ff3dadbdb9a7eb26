package io.steamgate.edge.link;

/**
 * What a poll loop sleeps on: its devices, its next timer and whoever has work for it. {@link #await} is the loop's,
 * {@link #wakeUp} is for any thread.
 */
public interface Poller extends AutoCloseable {
    /**
     * Returns when a device has frames, after {@link #wakeUp}, or when the time is over; sometimes without a reason. A
     * wake-up that came before the call is not lost. Call it only when every device's last receive handed over nothing:
     * a device without a descriptor tells when frames begin to wait, not that they still do.
     *
     * @param timeoutNanos how long at most; 0 or less looks once and does not sleep, {@code Long.MAX_VALUE} is for ever
     */
    void await(long timeoutNanos);

    void wakeUp();

    @Override
    void close();
}
