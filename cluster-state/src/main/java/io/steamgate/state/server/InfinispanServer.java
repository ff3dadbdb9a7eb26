package io.steamgate.state.server;

import io.steamgate.state.embedded.Access;
import io.steamgate.state.embedded.EmbeddedServer;
import io.steamgate.state.embedded.EmbeddedServerException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.server.hotrod.HotRodServer;
import org.infinispan.server.hotrod.configuration.HotRodServerConfigurationBuilder;
import org.jboss.logging.Logger;

/**
 * A server of one, with every cache of META-INF/steamgate/caches.xml. It listens for Hot Rod on one address and on nothing
 * else: it has no cluster transport.
 */
final class InfinispanServer implements EmbeddedServer {
    private static final Logger LOG = Logger.getLogger(EmbeddedServer.class);

    private final DefaultCacheManager manager;
    private final HotRodServer server;
    private final int port;

    /**
     * Starts it; takes 2 to 4 seconds.
     *
     * @param address of the loopback interface, unless it asks for a password
     * @param port 0 takes one that is free, see {@link #port()}
     * @param directory where persistent caches keep their entries; made if there is none
     * @throws EmbeddedServerException with what to change
     */
    InfinispanServer(String address, int port, Path directory, Access access) {
        if (access.user().isEmpty()) {
            checkLoopback(address);
        }
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new EmbeddedServerException(
                    "steamgate.state.embedded-directory: cannot write to '" + directory + "': " + e.getMessage(), e);
        }
        // Clients are told the port as it is configured here, so that it cannot be left to the kernel.
        this.port = port == 0 ? freePort(address) : port;
        manager = new DefaultCacheManager(Definition.alone(directory), true);
        server = new HotRodServer();
        try {
            server.start(configuration(address, this.port, access).build(), manager);
            server.postStart();
        } catch (Exception e) {
            // Netty throws checked exceptions that nobody declares.
            manager.stop();
            throw new EmbeddedServerException(
                    "steamgate.state.embedded-port: cannot listen on " + address + ":" + this.port
                            + "; if another service of this machine has the server, set steamgate.state.embedded=false"
                            + " and steamgate.state.servers=" + address + ":" + this.port + " here",
                    e);
        }
        LOG.infof("Infinispan listens on %s:%d and keeps its data in %s", address, this.port, directory);
    }

    private static HotRodServerConfigurationBuilder configuration(String address, int port, Access access) {
        HotRodServerConfigurationBuilder configuration =
                new HotRodServerConfigurationBuilder().host(address).port(port).proxyHost(address);
        access.tls().ifPresent(tls -> configuration.ssl().enable().sslContext(() -> tls));
        access.user()
                .ifPresent(user -> configuration
                        .authentication()
                        .enable()
                        .sasl()
                        .authenticator(new OneUser(user))
                        .addAllowedMech(OneUser.MECHANISM)
                        .serverName("infinispan"));
        return configuration;
    }

    private static int freePort(String address) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new EmbeddedServerException("no port is free on " + address + ": " + e.getMessage(), e);
        }
    }

    private static void checkLoopback(String address) {
        try {
            if (InetAddress.getByName(address).isLoopbackAddress()) {
                return;
            }
        } catch (UnknownHostException e) {
            LOG.debug("no such address", e);
        }
        throw new EmbeddedServerException("steamgate.state.embedded-address: '" + address
                + "' is no loopback address, and nobody is asked for a password: set steamgate.state.username and"
                + " .password, or leave it 127.0.0.1");
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void close() {
        server.stop();
        manager.stop();
    }
}
