package io.steamgate.session;

import io.quarkus.runtime.annotations.QuarkusMain;
import io.steamgate.start.Service;

/** Starts the session store; what an operator got wrong ends it with one line and exit code 1. */
@QuarkusMain
public class Main {
    public static void main(String... args) {
        // Quarkus would refuse what browsers send as it is in a query, as '|'; this service judges targets itself.
        System.setProperty("vertx.disableURIValidation", "true");
        Service.run(args);
    }
}
