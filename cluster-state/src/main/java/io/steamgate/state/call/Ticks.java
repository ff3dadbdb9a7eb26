package io.steamgate.state.call;

/** A clock that only goes forward, in nanoseconds from an arbitrary moment; tests bring their own. */
@FunctionalInterface
public interface Ticks {
    long nanos();

    Ticks SYSTEM = System::nanoTime;
}
