package io.steamgate.state.server;

import io.steamgate.state.embedded.Access;
import io.steamgate.state.embedded.EmbeddedServer;
import io.steamgate.state.embedded.EmbeddedServerStarter;
import java.nio.file.Path;

/** Found by ServiceLoader. */
public final class InfinispanStarter implements EmbeddedServerStarter {
    @Override
    public EmbeddedServer start(String address, int port, Path directory, Access access) {
        return new InfinispanServer(address, port, directory, access);
    }
}
