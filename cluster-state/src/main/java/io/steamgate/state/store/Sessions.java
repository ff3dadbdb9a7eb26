package io.steamgate.state.store;

import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Cache;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Sessions of visitors: what is acknowledged is on two servers and their disks. */
public final class Sessions {
    private final Cache<String, Session> cache;
    private final MarkedRemoval<Session> removal;

    public Sessions(Cache<String, Session> cache) {
        this.cache = cache;
        // Every session has a manager.
        this.removal = new MarkedRemoval<>(cache, session -> session.manager().isEmpty());
    }

    public CompletableFuture<Reply<Versioned<Session>>> get(String id) {
        return removal.get(id);
    }

    /**
     * {@link Ack.Conflict} if there is one of that id.
     *
     * @param idle how long it is kept without being written again
     */
    public CompletableFuture<Ack> create(Session session, Lifespan idle) {
        return cache.putIfAbsent(session.id(), session, idle);
    }

    /** Writes over what there is: for the node that manages the session, and no other. */
    public CompletableFuture<Ack> put(Session session, Lifespan idle) {
        return cache.put(session.id(), session, idle);
    }

    /** {@link Ack.Conflict} if another node has written since {@code version} was read: it manages the session now. */
    public CompletableFuture<Ack> replace(Session session, long version, Lifespan idle) {
        return cache.replace(session.id(), session, version, idle);
    }

    /**
     * Ends a session for good: a copy of it on the disk of a server that is away does not bring it back.
     *
     * @param idle as it was last written with, or longer
     */
    public CompletableFuture<Ack> remove(String id, Lifespan idle) {
        return cache.put(id, new Session(id, "", Optional.empty(), Map.of()), idle);
    }
}
