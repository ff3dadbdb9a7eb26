package io.steamgate.mail.relay;

import io.steamgate.mail.destination.Loops;
import io.steamgate.mail.inspect.Inspections;
import io.steamgate.mail.policy.Policy;
import java.time.InstantSource;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What all connections share.
 *
 * @param hostname this relay's name
 * @param time for what is written down
 * @param random for the names of messages
 */
public record Surroundings(
        String hostname,
        Loops loops,
        Router router,
        List<Policy> policies,
        Inspections inspections,
        Observer observer,
        InstantSource time,
        RandomGenerator random) {
    private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /** A name for a message: 60 random bits in Crockford's base 32. */
    String newId() {
        long bits = random.nextLong();
        char[] id = new char[12];
        for (int i = 0; i < id.length; i++) {
            id[i] = DIGITS.charAt((int) (bits & 31));
            bits >>>= 5;
        }
        return new String(id);
    }
}
