package io.steamgate.state;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other threads and processes do, no longer than it takes. */
public final class Within {
    private Within() {}

    /** Looks every few milliseconds; false if it has not come true within {@code limit}. */
    public static boolean within(Duration limit, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return condition.getAsBoolean();
            }
            LockSupport.parkNanos(5_000_000);
        }
        return true;
    }
}
