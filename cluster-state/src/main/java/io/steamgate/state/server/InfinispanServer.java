package io.steamgate.state.server;

import io.steamgate.state.embedded.EmbeddedServer;
import io.steamgate.state.embedded.EmbeddedServerException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.infinispan.commons.configuration.io.ConfigurationResourceResolvers;
import org.infinispan.commons.dataconversion.MediaType;
import org.infinispan.configuration.parsing.ConfigurationBuilderHolder;
import org.infinispan.configuration.parsing.ParserRegistry;
import org.infinispan.globalstate.ConfigurationStorage;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.server.hotrod.HotRodServer;
import org.infinispan.server.hotrod.configuration.HotRodServerConfigurationBuilder;
import org.jboss.logging.Logger;

/**
 * A server of one, with every cache of META-INF/steamgate/caches.xml. It listens for Hot Rod on a loopback address and on nothing
 * else: its cluster transport stays within the process.
 */
final class InfinispanServer implements EmbeddedServer {
    private static final Logger LOG = Logger.getLogger(EmbeddedServer.class);

    private static final String CACHES = "META-INF/steamgate/caches.xml";

    private final DefaultCacheManager manager;
    private final HotRodServer server;
    private final int port;

    /**
     * Starts it; takes 2 to 4 seconds.
     *
     * @param address of the loopback interface
     * @param port 0 takes one that is free, see {@link #port()}
     * @param directory where persistent caches keep their entries; made if there is none
     * @throws EmbeddedServerException with what to change
     */
    InfinispanServer(String address, int port, Path directory) {
        checkLoopback(address);
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new EmbeddedServerException(
                    "steamgate.state.embedded-directory: cannot write to '" + directory + "': " + e.getMessage(), e);
        }
        // Clients are told the port as it is configured here, so that it cannot be left to the kernel.
        this.port = port == 0 ? freePort(address) : port;
        manager = new DefaultCacheManager(definition(directory), true);
        server = new HotRodServer();
        try {
            server.start(
                    new HotRodServerConfigurationBuilder()
                            .host(address)
                            .port(this.port)
                            .proxyHost(address)
                            .build(),
                    manager);
            server.postStart();
        } catch (RuntimeException e) {
            manager.stop();
            throw new EmbeddedServerException(
                    "steamgate.state.embedded-port: cannot listen on " + address + ":" + this.port
                            + "; if another service of this machine has the server, set steamgate.state.embedded=false"
                            + " and steamgate.state.servers=" + address + ":" + this.port + " here",
                    e);
        }
        LOG.infof("Infinispan listens on %s:%d and keeps its data in %s", address, this.port, directory);
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
                + "' is no loopback address; the embedded server asks nobody"
                + " for a password, so it is for one machine only");
    }

    private static ConfigurationBuilderHolder definition(Path directory) {
        ClassLoader loader = InfinispanServer.class.getClassLoader();
        ConfigurationBuilderHolder holder;
        try (InputStream caches = loader.getResourceAsStream(CACHES)) {
            if (caches == null) {
                throw new EmbeddedServerException(CACHES + " is not in this application");
            }
            holder = new ParserRegistry(loader)
                    .parse(caches, ConfigurationResourceResolvers.DEFAULT, MediaType.APPLICATION_XML);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var global = holder.getGlobalConfigurationBuilder();
        global.transport()
                .defaultTransport()
                .clusterName("steamgate-embedded")
                .addProperty("configurationFile", "META-INF/steamgate/one-process.xml");
        global.globalState()
                .enable()
                .persistentLocation(directory.toString())
                .sharedPersistentLocation(directory.toString())
                .configurationStorage(ConfigurationStorage.VOLATILE);
        global.jmx().disable();
        global.metrics().gauges(false).histograms(false);
        global.shutdown().hookBehavior(org.infinispan.configuration.global.ShutdownHookBehavior.DONT_REGISTER);
        return holder;
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
