package io.steamgate.state.server;

import io.steamgate.state.embedded.EmbeddedServerException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.infinispan.commons.configuration.io.ConfigurationResourceResolvers;
import org.infinispan.commons.dataconversion.MediaType;
import org.infinispan.configuration.global.ShutdownHookBehavior;
import org.infinispan.configuration.parsing.ConfigurationBuilderHolder;
import org.infinispan.configuration.parsing.ParserRegistry;
import org.infinispan.globalstate.ConfigurationStorage;

/** What a server of this module is made of: the caches of META-INF/steamgate/caches.xml, a directory, and a cluster transport. */
final class Definition {
    static final String CACHES = "META-INF/steamgate/caches.xml";

    private Definition() {}

    /**
     * @param directory for persistent caches
     * @param transport a JGroups configuration on the class path
     */
    static ConfigurationBuilderHolder of(Path directory, String cluster, String transport) {
        ClassLoader loader = Definition.class.getClassLoader();
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
        global.transport().defaultTransport().clusterName(cluster).addProperty("configurationFile", transport);
        global.globalState()
                .enable()
                .persistentLocation(directory.toString())
                .sharedPersistentLocation(directory.toString())
                .configurationStorage(ConfigurationStorage.VOLATILE);
        global.jmx().disable();
        global.metrics().gauges(false).histograms(false);
        global.shutdown().hookBehavior(ShutdownHookBehavior.DONT_REGISTER);
        return holder;
    }
}
