package io.steamgate.state.server;

import io.steamgate.state.embedded.EmbeddedServerException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.infinispan.commons.configuration.io.ConfigurationResourceResolvers;
import org.infinispan.commons.dataconversion.MediaType;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.global.ShutdownHookBehavior;
import org.infinispan.configuration.parsing.ConfigurationBuilderHolder;
import org.infinispan.configuration.parsing.ParserRegistry;
import org.infinispan.globalstate.ConfigurationStorage;

/** What a server of this module is made of: the caches of META-INF/steamgate/caches.xml, a directory, and others, or none. */
final class Definition {
    static final String CACHES = "META-INF/steamgate/caches.xml";

    private Definition() {}

    /**
     * A server that is one of several.
     *
     * @param directory for persistent caches
     * @param transport a JGroups configuration on the class path
     */
    static ConfigurationBuilderHolder of(Path directory, String cluster, String transport) {
        ConfigurationBuilderHolder holder = caches(directory);
        holder.getGlobalConfigurationBuilder()
                .transport()
                .defaultTransport()
                .clusterName(cluster)
                .addProperty("configurationFile", transport);
        return holder;
    }

    /** A server that has no others: there is nothing to replicate, to hand over or to split, and no cluster transport. */
    static ConfigurationBuilderHolder alone(Path directory) {
        ConfigurationBuilderHolder holder = caches(directory);
        holder.getNamedConfigurationBuilders()
                .values()
                .forEach(cache -> cache.clustering()
                        .cacheMode(CacheMode.LOCAL)
                        .stateTransfer()
                        .awaitInitialTransfer(false));
        return holder;
    }

    private static ConfigurationBuilderHolder caches(Path directory) {
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
