package io.steamgate.edge.link;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A poller for devices without descriptors only: memory, pcap. Needs nothing of the operating system. */
public final class ParkingPoller implements Poller {
    private final Semaphore wakeUps = new Semaphore(0);

    /** @param devices all must call back when they are readable */
    public ParkingPoller(List<? extends Device> devices) {
        for (Device device : devices) {
            if (device.pollDescriptor() >= 0) {
                throw new IllegalArgumentException(device.name() + " has a descriptor: use DescriptorPoller");
            }
            device.onReadable(this::wakeUp);
        }
    }

    @Override
    public void await(long timeoutNanos) {
        try {
            if (wakeUps.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS)) {
                wakeUps.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void wakeUp() {
        // One permit says all; more only cost the next await.
        if (wakeUps.availablePermits() == 0) {
            wakeUps.release();
        }
    }

    @Override
    public void close() {}
}
