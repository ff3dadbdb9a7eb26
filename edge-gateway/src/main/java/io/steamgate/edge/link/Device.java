package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.MacAddress;

/**
 * A network interface as the stack sees it: Ethernet frames in, Ethernet frames out, in batches, never blocking. Used by
 * one thread, the poll loop. Decorators implement it over another device.
 */
public interface Device extends AutoCloseable {
    /** Takes one received frame; the frame is the device's and valid only until it receives again. */
    @FunctionalInterface
    interface Receiver {
        void receive(Frame frame);
    }

    /** The operator's name of the interface, as in {@code eth0}. */
    String name();

    MacAddress mac();

    /** Largest IP packet, in bytes, that one frame may carry on this wire. */
    int mtu();

    /**
     * Whether frames may be handed over with an offload header to complete: partial checksums and super-frames. A device
     * without is given only whole frames of at most {@link #mtu()}.
     */
    boolean offload();

    /**
     * Hands over at most one batch of waiting frames.
     *
     * @return how many; 0 when none waits
     */
    int receive(Receiver receiver);

    /**
     * Queues a frame. The device borrows it until {@link #flush}, then releases it; a frame received from another device
     * is therefore flushed before that one receives again. A full queue flushes by itself. What the wire refuses is
     * dropped and counted, as a wire does.
     */
    void transmit(Frame frame);

    void flush();

    /** Adds or removes an Ethernet group address that this device must hand over. */
    void multicast(MacAddress group, boolean joined);

    LinkCounters counters();

    /** A file descriptor that polls readable when frames wait; -1 for a device that calls {@link #onReadable} instead. */
    default int pollDescriptor() {
        return -1;
    }

    /** Sets what a device without a descriptor runs, from any thread, when frames begin to wait. */
    default void onReadable(Runnable wakeUp) {}

    @Override
    void close();
}
