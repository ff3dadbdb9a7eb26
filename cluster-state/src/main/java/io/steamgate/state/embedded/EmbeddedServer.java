package io.steamgate.state.embedded;

import java.nio.file.Path;
import java.util.ServiceLoader;

/** A running server of one, with every cache. */
public interface EmbeddedServer extends AutoCloseable {
    /** Where it listens. */
    int port();

    @Override
    void close();

    /** Starts one that asks nobody for a password. */
    static EmbeddedServer start(String address, int port, Path directory) {
        return start(address, port, directory, Access.OPEN);
    }

    /**
     * Starts one; takes 2 to 4 seconds.
     *
     * @param address of the loopback interface, unless it asks for a password
     * @param port 0 takes one that is free
     * @param directory where persistent caches keep their entries; made if there is none
     * @throws EmbeddedServerException with what to change
     */
    static EmbeddedServer start(String address, int port, Path directory, Access access) {
        try {
            return ServiceLoader.load(EmbeddedServerStarter.class, EmbeddedServer.class.getClassLoader())
                    .findFirst()
                    .orElseThrow(() -> new EmbeddedServerException(
                            "steamgate.state.embedded: this executable has no embedded server; run the jar, or set"
                                    + " steamgate.state.servers"))
                    .start(address, port, directory, access);
        } catch (LinkageError e) {
            // Left out of the services that are small.
            throw new EmbeddedServerException(
                    "steamgate.state.embedded: this service has no server in it; let another service of the machine start"
                            + " one, and set steamgate.state.servers=127.0.0.1:11222",
                    e);
        }
    }
}
