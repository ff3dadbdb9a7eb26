package io.steamgate.state.hotrod;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.infinispan.client.hotrod.MetadataValue;
import org.infinispan.client.hotrod.RemoteCache;
import org.infinispan.client.hotrod.impl.InternalRemoteCache;
import org.infinispan.client.hotrod.impl.operations.CacheUnmarshaller;
import org.infinispan.client.hotrod.impl.operations.DelegatingHotRodOperation;
import org.infinispan.client.hotrod.impl.operations.HotRodOperation;
import org.infinispan.client.hotrod.impl.protocol.Codec;
import org.infinispan.client.hotrod.impl.protocol.HotRodConstants;
import org.infinispan.client.hotrod.impl.transport.netty.HeaderDecoder;

/**
 * Writes what is not there, and learns from the status of the answer whether it did. The client's own call tells it by the value
 * there was before: servers would have to send that, and warn of each call that wants it (ISPN006011).
 */
final class PutIfAbsent<V> extends DelegatingHotRodOperation<MetadataValue<V>> {
    private volatile boolean refused;

    private PutIfAbsent(HotRodOperation<MetadataValue<V>> operation) {
        super(operation);
    }

    /**
     * @param lifespanMillis -1 for ever
     * @return whether it was written
     */
    static <K, V> CompletableFuture<Boolean> of(RemoteCache<K, V> cache, K key, V value, long lifespanMillis) {
        InternalRemoteCache<K, V> inside = (InternalRemoteCache<K, V>) cache;
        PutIfAbsent<V> operation = new PutIfAbsent<>(inside.getOperationsFactory()
                .newPutIfAbsentOperation(key, value, lifespanMillis, TimeUnit.MILLISECONDS, -1, TimeUnit.MILLISECONDS));
        return inside.getDispatcher()
                .execute(operation)
                .thenApply(before -> !operation.refused)
                .toCompletableFuture();
    }

    @Override
    public MetadataValue<V> createResponse(
            ByteBuf answer, short status, HeaderDecoder decoder, Codec codec, CacheUnmarshaller unmarshaller) {
        refused = HotRodConstants.isNotExecuted(status);
        return super.createResponse(answer, status, decoder, codec, unmarshaller);
    }
}
