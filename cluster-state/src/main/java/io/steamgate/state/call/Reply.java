package io.steamgate.state.call;

import java.util.Optional;
import java.util.function.Function;

/**
 * What came of a read. Reads never fail by exception and never take longer than their budget: when shared state cannot answer
 * in time, that is an answer too.
 */
public sealed interface Reply<T> {
    /** The value as one of its owners has it, or as this client last saw it in its near cache. */
    record Found<T>(T value) implements Reply<T> {}

    /** Shared state answered that there is no such entry: it was never written, was removed, expired, or made room. */
    record Absent<T>() implements Reply<T> {}

    /** Nobody knows: shared state did not answer. */
    record Unavailable<T>(Reason reason) implements Reply<T> {}

    /** The value if it was found; empty both when it is absent and when shared state is unavailable. */
    default Optional<T> found() {
        return this instanceof Found<T>(T value) ? Optional.of(value) : Optional.empty();
    }

    /** Whether shared state answered, be it with a value or that there is none. */
    default boolean answered() {
        return !(this instanceof Unavailable<T>);
    }

    /** The same answer with another form of its value. */
    default <U> Reply<U> map(Function<? super T, ? extends U> form) {
        return switch (this) {
            case Found<T>(T value) -> new Found<>(form.apply(value));
            case Absent<T>() -> new Absent<>();
            case Unavailable<T>(Reason reason) -> new Unavailable<>(reason);
        };
    }
}
