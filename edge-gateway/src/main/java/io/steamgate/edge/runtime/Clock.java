package io.steamgate.edge.runtime;

/**
 * The only source of time below the application. Monotonic, in nanoseconds from an arbitrary origin; two readings are
 * compared by subtraction, as with {@link System#nanoTime()}.
 */
@FunctionalInterface
public interface Clock {
    long NANOS_PER_MILLI = 1_000_000L;
    long NANOS_PER_SECOND = 1_000_000_000L;

    long nanos();

    /** The machine's monotonic clock. */
    static Clock system() {
        return System::nanoTime;
    }
}
