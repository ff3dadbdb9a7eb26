package io.steamgate.state.hotrod;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.infinispan.client.hotrod.MetadataValue;
import org.infinispan.client.hotrod.RemoteCacheManager;
import org.infinispan.client.hotrod.configuration.Configuration;
import org.infinispan.client.hotrod.configuration.NearCacheConfiguration;
import org.infinispan.client.hotrod.near.NearCacheService;
import org.jspecify.annotations.Nullable;

/**
 * A manager whose near caches can be looked at without a call. The client's own way to a near entry makes three futures and
 * would start a call when there is none, which must not be when the breaker is open.
 */
final class NearManager extends RemoteCacheManager {
    // Made early: the superclass may create near caches while it is constructed.
    private final Map<String, NearCacheService<?, ?>> near = new ConcurrentHashMap<>();

    NearManager(Configuration configuration) {
        super(configuration, false);
    }

    @Override
    protected <K, V> NearCacheService<K, V> createNearCacheService(String cache, NearCacheConfiguration configuration) {
        NearCacheService<K, V> service = super.createNearCacheService(cache, configuration);
        near.put(cache, service);
        return service;
    }

    /**
     * The near cache of a cache that has one. Its {@code get} returns null while no server tells it what changes: what it
     * has may be outdated then.
     */
    <K, V> @Nullable Near<K, V> near(String cache) {
        @SuppressWarnings("unchecked") // as the cache of that name is typed
        NearCacheService<K, V> service = (NearCacheService<K, V>) near.get(cache);
        return service == null
                ? null
                : new Near<>() {
                    @Override
                    public @Nullable V get(K key) {
                        MetadataValue<V> entry = service.get(key);
                        // An entry without a value marks a read under way.
                        return entry == null ? null : entry.getValue();
                    }

                    @Override
                    public void forget(K key) {
                        service.remove(key);
                    }
                };
    }

    /** A look into a near cache. */
    interface Near<K, V> {
        @Nullable
        V get(K key);

        /** Clears up after a read that failed: its mark would keep the entry from ever being near again. */
        void forget(K key);
    }
}
