package io.steamgate.state.call;

import java.time.Duration;

/** How long an entry lives from when it is written; reading does not make it longer. */
public record Lifespan(Duration duration) {
    /** Until it is removed. */
    public static final Lifespan FOREVER = new Lifespan(Duration.ZERO);

    /**
     * @throws IllegalArgumentException if {@code duration} is not positive
     */
    public static Lifespan of(Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException("a lifespan is positive, not " + duration);
        }
        return new Lifespan(duration);
    }

    /** For the wire: milliseconds, rounded up so that nothing short becomes immortal; 0 means for ever. */
    public long millis() {
        return duration.plusNanos(999_999).toMillis();
    }
}
