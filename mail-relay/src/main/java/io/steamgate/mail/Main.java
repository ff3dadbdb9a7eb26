package io.steamgate.mail;

import io.quarkus.runtime.annotations.QuarkusMain;
import io.steamgate.start.Service;

/** Starts the mail relay; what an operator got wrong ends it with one line and exit code 1. */
@QuarkusMain
public class Main {
    public static void main(String... args) {
        Service.run(args);
    }
}
