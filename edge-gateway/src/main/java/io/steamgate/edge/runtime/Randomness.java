package io.steamgate.edge.runtime;

import java.security.SecureRandom;
import java.util.SplittableRandom;

/** The only source of randomness below the application, so that a test can replay a run from its seed. */
@FunctionalInterface
public interface Randomness {
    long nextLong();

    default int nextInt() {
        return (int) (nextLong() >>> 32);
    }

    /** Uniform in {@code [0, bound)}; {@code bound} must be positive. */
    default int nextInt(int bound) {
        return (int) (((nextLong() >>> 32) * bound) >>> 32);
    }

    /** Fit for secrets: initial sequence numbers, cookies, hash keys. */
    static Randomness secure() {
        return new SecureRandom()::nextLong;
    }

    /** Repeatable; for tests and fault injection only. */
    static Randomness seeded(long seed) {
        return new SplittableRandom(seed)::nextLong;
    }
}
