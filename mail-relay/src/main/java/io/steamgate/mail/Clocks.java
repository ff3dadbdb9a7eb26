package io.steamgate.mail;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;

/** Time for the application; tests bring their own. */
final class Clocks {
    @Produces
    @Singleton
    static InstantSource system() {
        return InstantSource.system();
    }
}
