package io.steamgate.edge;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Values for properties: drawn from a seed, the borders of a range more often than what lies between. A property that fails
 * says with which seed; {@code -Dsteamgate.test.seed=N} tries that one alone.
 */
public final class Chance {
    private static final RandomGeneratorFactory<RandomGenerator> GENERATORS =
            RandomGeneratorFactory.of("L64X128MixRandom");
    /** One draw in so many is a border. */
    private static final int BORDERS = 8;

    private final RandomGenerator random;

    private Chance(long seed) {
        random = GENERATORS.create(seed);
    }

    /** Tries a property with the seeds 1 to {@code tries}. */
    public static void tries(int tries, Consumer<Chance> property) {
        Long only = Long.getLong("steamgate.test.seed");
        for (long seed = only == null ? 1 : only; seed <= (only == null ? tries : only); seed++) {
            try {
                property.accept(new Chance(seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("with -Dsteamgate.test.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** The generator itself, for what wants one. */
    public RandomGenerator random() {
        return random;
    }

    public boolean once(int in) {
        return random.nextInt(in) == 0;
    }

    /** Both borders included. */
    public int between(int least, int most) {
        if (once(BORDERS)) {
            return random.nextBoolean() ? least : most;
        }
        return (int) random.nextLong(least, most + 1L);
    }

    public long between(long least, long most) {
        if (once(BORDERS)) {
            return random.nextBoolean() ? least : most;
        }
        return random.nextLong(least, most + 1);
    }

    /** Any of the 2^32. */
    public int bits() {
        return between(Integer.MIN_VALUE, Integer.MAX_VALUE) + (once(BORDERS) ? 1 : 0);
    }

    public byte[] octets(int most) {
        byte[] octets = new byte[between(0, most)];
        random.nextBytes(octets);
        for (int i = 0; i < octets.length; i++) {
            if (once(BORDERS)) {
                octets[i] = (byte) (random.nextBoolean() ? 0 : 0xFF);
            }
        }
        return octets;
    }

    @SafeVarargs
    public final <T> T of(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** One of several ways to make a value, each as likely as it is heavy. */
    public <T> T weighed(List<Weighed<T>> ways) {
        int at = random.nextInt(ways.stream().mapToInt(Weighed::weight).sum());
        for (Weighed<T> way : ways) {
            at -= way.weight();
            if (at < 0) {
                return way.make().get();
            }
        }
        throw new IllegalArgumentException("no way has a weight");
    }

    /** A way to make a value. */
    public record Weighed<T>(int weight, Supplier<T> make) {}

    public <T> List<T> list(int least, int most, Supplier<T> make) {
        List<T> list = new ArrayList<>();
        for (int i = between(least, most); i > 0; i--) {
            list.add(make.get());
        }
        return list;
    }
}
