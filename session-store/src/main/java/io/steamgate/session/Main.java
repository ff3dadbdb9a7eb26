package io.steamgate.session;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts the session store; what an operator got wrong ends it with one line and exit code 1. */
@QuarkusMain
public class Main {
    public static void main(String... args) {
        Quarkus.run(null, Main::ended, args);
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
