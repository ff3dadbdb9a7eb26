package io.steamgate.state.store;

import java.time.Instant;

/** How long a value is good for. */
public sealed interface Validity {
    /** It belongs to a user, and stays. */
    record Persistent() implements Validity {}

    /** It is transient, and good until then. */
    record Until(Instant end) implements Validity {}

    /**
     * It is transient, and good for so many more requests of its session.
     *
     * @param left 0 or more
     */
    record Requests(int left) implements Validity {
        public Requests {
            if (left < 0) {
                throw new IllegalArgumentException("requests left are 0 or more, not " + left);
            }
        }
    }

    /** The one and only {@link Persistent}. */
    Validity PERSISTENT = new Persistent();

    /** Whether it still holds. */
    default boolean holds(Instant now) {
        return switch (this) {
            case Persistent() -> true;
            case Until(Instant end) -> now.isBefore(end);
            case Requests(int left) -> left > 0;
        };
    }
}
