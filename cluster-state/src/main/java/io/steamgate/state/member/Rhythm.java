package io.steamgate.state.member;

import java.time.Duration;

/**
 * @param heartbeat how often a node writes itself
 * @param timeout within which watchers notice that a node has crashed
 * @param watch how often a node looks at the others, and at its own load
 */
public record Rhythm(Duration heartbeat, Duration timeout, Duration watch) {
    public static final Rhythm DEFAULT =
            new Rhythm(Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofMillis(300));

    public Rhythm {
        if (!watch.isPositive() || heartbeat.compareTo(watch) < 0) {
            throw new IllegalArgumentException("a heartbeat takes at least as long as a look at the others: "
                    + heartbeat + " is less than " + watch);
        }
        if (timeout.compareTo(heartbeat.multipliedBy(2).plus(watch.multipliedBy(2))) < 0) {
            throw new IllegalArgumentException("the member time-out allows for a lost heartbeat: " + timeout
                    + " is less than two heartbeats and two looks");
        }
    }

    /** How long an entry lives, so that a watcher that looks just before its end still keeps the time-out. */
    Duration lifespan() {
        return timeout.minus(watch.multipliedBy(2));
    }

    /** When in each interval a node beats: its own moment, so that a cluster does not beat all at once. */
    Duration phase(String id) {
        // Neighbouring names have neighbouring hash codes: multiplied by the golden ratio they are spread over the
        // interval.
        long spread = (id.hashCode() * 0x9E37_79B9L) & 0xFFFF_FFFFL;
        return Duration.ofNanos((long) (heartbeat.toNanos() * (spread / (double) (1L << 32))));
    }
}
