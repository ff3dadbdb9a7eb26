package io.steamgate.mail;

/** What must hold for any input. */
public final class Invariant {
    private Invariant() {}

    public static void hold(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("does not hold: " + what);
        }
    }
}
