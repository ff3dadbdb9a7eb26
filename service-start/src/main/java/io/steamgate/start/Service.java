package io.steamgate.start;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A process that serves until it is told to end. */
public final class Service {
    private Service() {}

    /** Runs until the process is told to end. What an operator got wrong ends it with one line each and exit code 1. */
    public static void run(String... args) {
        Quarkus.run(null, Service::ended, args);
    }

    /** The same, with a part of its own that starts when all else is there. */
    public static void run(Class<? extends QuarkusApplication> application, String... args) {
        Quarkus.run(application, Service::ended, args);
    }

    private static void ended(int code, @Nullable Throwable failure) {
        if (failure != null) {
            List<String> mistakes = ConfigMistakes.of(failure);
            if (mistakes.isEmpty()) {
                // No log is sure to be there yet.
                failure.printStackTrace();
            }
            mistakes.forEach(System.err::println);
        }
        System.exit(code);
    }
}
