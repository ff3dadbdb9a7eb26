package io.steamgate.state.embedded;

import java.nio.file.Path;

/** What a module that can start a server offers. */
public interface EmbeddedServerStarter {
    /** As {@link EmbeddedServer#start}. */
    EmbeddedServer start(String address, int port, Path directory, Access access);
}
