package io.steamgate.e2e;

import java.time.Duration;

/**
 * What a command did.
 *
 * @param command as given, for messages
 * @param exit its exit status
 * @param out its standard output
 * @param err its standard error
 * @param took from start to end
 */
record Outcome(String command, int exit, String out, String err, Duration took) {
    /** This, if the command ended with 0. */
    Outcome succeeded() {
        if (exit != 0) {
            throw new AssertionError("%s ended with %d after %s%n%s%n%s".formatted(command, exit, took, out, err));
        }
        return this;
    }
}
