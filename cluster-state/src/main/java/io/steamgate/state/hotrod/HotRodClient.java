package io.steamgate.state.hotrod;

import io.steamgate.state.call.Cache;
import io.steamgate.state.call.CallObserver;
import io.steamgate.state.call.CircuitBreaker;
import io.steamgate.state.call.Deadlines;
import io.steamgate.state.call.Guard;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Ticks;
import io.steamgate.state.schema.StateSchema;
import io.steamgate.state.store.CacheName;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.infinispan.client.hotrod.RemoteCache;
import org.infinispan.client.hotrod.configuration.ConfigurationBuilder;
import org.infinispan.client.hotrod.configuration.NearCacheMode;
import org.infinispan.client.hotrod.exceptions.HotRodClientException;
import org.infinispan.client.hotrod.exceptions.TransportException;
import org.infinispan.commons.marshall.ProtoStreamMarshaller;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The connection to the servers. One thread connects, looks after the servers once in every pulse, and is the only one that ever
 * waits for them; callers never do.
 */
public final class HotRodClient implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(HotRodClient.class);
    private static final Duration BREAKER_WINDOW = Duration.ofSeconds(1);

    /** The key that the pulse asks for; there never is such a node. */
    private static final String NOBODY = "";

    private final ClientSettings settings;
    private final Deadlines deadlines;
    private final Guard guard;
    private final Map<CacheName, HotRodCache<?, ?>> caches = new EnumMap<>(CacheName.class);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final @Nullable Thread thread;
    private volatile @Nullable NearManager manager;
    private final @Nullable OneLoop loop;
    private volatile Status status;

    /**
     * @param answering whether the servers answered at the last pulse
     * @param problem what is wrong, for a person to read
     */
    public record Status(boolean answering, Optional<String> problem) {}

    /**
     * Starts to connect and returns at once: servers that are away are waited for in the background. Without any nothing is ever
     * started.
     */
    public HotRodClient(ClientSettings settings, Ticks ticks, CallObserver observer) {
        this.settings = settings;
        CircuitBreaker breaker = new CircuitBreaker(BREAKER_WINDOW, settings.pulse(), ticks);
        this.deadlines = new Deadlines(ticks);
        this.guard = new Guard(breaker, settings.room(), ticks, deadlines, observer);
        for (CacheName name : CacheName.values()) {
            caches.put(name, new HotRodCache<>(name, settings, guard, failure -> reason(name, failure)));
        }
        if (settings.servers().isEmpty()) {
            status = new Status(false, Optional.empty());
            loop = null;
            thread = null;
        } else {
            status = new Status(false, Optional.of("not connected yet"));
            deadlines.watch();
            loop = new OneLoop();
            thread = Thread.ofPlatform().daemon().name("steamgate-state").start(this::look);
        }
    }

    /** Whether there are servers to connect to. */
    public boolean configured() {
        return !settings.servers().isEmpty();
    }

    /** The cache of that name, connected or not. */
    @SuppressWarnings("unchecked") // stores and schema agree on the types of a cache
    public <K, V> Cache<K, V> cache(CacheName name) {
        return (Cache<K, V>) Objects.requireNonNull(caches.get(name));
    }

    public Status status() {
        return status;
    }

    public Guard guard() {
        return guard;
    }

    /** Reads of {@code name} that were answered without a server. */
    public long nearHits(CacheName name) {
        return Objects.requireNonNull(caches.get(name)).nearHits();
    }

    /** Reads of {@code name} that could have been answered without a server and were not. */
    public long nearMisses(CacheName name) {
        return Objects.requireNonNull(caches.get(name)).nearMisses();
    }

    private void look() {
        try {
            do {
                Status now = connected() ? pulse() : status;
                if (!now.equals(status)) {
                    LOG.log(
                            now.answering() ? Logger.Level.INFO : Logger.Level.WARN,
                            now.problem()
                                    .map(problem -> "shared state is unavailable: " + problem)
                                    .orElse("shared state is available"));
                    status = now;
                }
            } while (!closed.await(settings.pulse().toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            // Closed while it waited for a server.
            Thread.currentThread().interrupt();
        }
    }

    private boolean connected() {
        try {
            NearManager current = manager;
            if (current == null) {
                current = new NearManager(configuration());
                current.start();
                manager = current;
            }
            for (HotRodCache<?, ?> cache : caches.values()) {
                if (!cache.isAttached() && !attach(current, cache)) {
                    return false;
                }
            }
            return true;
        } catch (RuntimeException e) {
            problem(message(e));
            LOG.debug("could not connect", e);
            return false;
        }
    }

    private <K, V> boolean attach(NearManager manager, HotRodCache<K, V> cache) {
        String name = cache.name().label();
        RemoteCache<K, V> remote = manager.getCache(name);
        if (remote == null) {
            problem("the servers have no cache '" + name + "': give them META-INF/steamgate/caches.xml");
            return false;
        }
        cache.attach(remote, settings.near(cache.name()) > 0 ? manager.near(name) : null);
        return true;
    }

    private void problem(String what) {
        Status now = new Status(false, Optional.of(what));
        if (!now.equals(status)) {
            LOG.warnf("shared state is unavailable: %s", what);
            status = now;
        }
    }

    /** Also what lets the breaker close again when nobody calls. */
    private Status pulse() {
        Reply<Object> reply =
                this.<String, Object>cache(CacheName.NODES).get(NOBODY).join();
        Status before = status;
        if (!(reply instanceof Reply.Unavailable<Object>(Reason reason))) {
            return new Status(true, Optional.empty());
        }
        // That the breaker is open says nothing new about why.
        return reason == Reason.BREAKER_OPEN && !before.answering()
                ? before
                : new Status(
                        false,
                        Optional.of("no answer from " + String.join(", ", settings.servers()) + " (" + reason.label()
                                + ")"));
    }

    private org.infinispan.client.hotrod.configuration.Configuration configuration() {
        ConfigurationBuilder builder = new ConfigurationBuilder();
        for (String server : settings.servers()) {
            int colon = server.lastIndexOf(':');
            builder.addServer().host(server.substring(0, colon)).port(Integer.parseInt(server.substring(colon + 1)));
        }
        builder.socketTimeout(Math.toIntExact(settings.attempt().toMillis()))
                .connectionTimeout(Math.toIntExact(settings.connect().toMillis()))
                .maxRetries(settings.retries())
                // A server that came back is used again after one pulse, not after half a minute.
                .serverFailureTimeout(Math.toIntExact(settings.pulse().toMillis()))
                .transportFactory(Objects.requireNonNull(loop))
                .disableTracingPropagation()
                .tcpNoDelay(true)
                .tcpKeepAlive(true)
                // The client's default, but the Quarkus extension takes that away from native executables.
                .marshaller(new ProtoStreamMarshaller())
                .addContextInitializer(StateSchema.instance());
        builder.statistics().disable();
        secure(builder);
        for (CacheName name : CacheName.values()) {
            int near = settings.near(name);
            if (near > 0) {
                builder.remoteCache(name.label())
                        .nearCacheMode(NearCacheMode.INVALIDATED)
                        .nearCacheMaxEntries(near);
            }
        }
        return builder.build();
    }

    private void secure(ConfigurationBuilder builder) {
        settings.security().tls().ifPresent(context -> {
            builder.security().ssl().enable().sslContext(context);
            settings.security()
                    .serverName()
                    .ifPresent(
                            name -> builder.security().ssl().sniHostName(name).hostnameValidation(true));
        });
        settings.security()
                .credentials()
                .ifPresent(credentials -> builder.security()
                        .authentication()
                        .enable()
                        .saslMechanism(credentials.mechanism())
                        .username(credentials.username())
                        .password(credentials.password()));
    }

    private static Reason reason(CacheName cache, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            if (text.contains("AvailabilityException") || text.contains("ISPN000305") || text.contains("ISPN000306")) {
                return Reason.DEGRADED;
            }
            if (cause instanceof TransportException || cause instanceof java.io.IOException) {
                return Reason.CONNECTION_LOST;
            }
        }
        if (failure instanceof HotRodClientException known && !known.isServerError()) {
            return Reason.CONNECTION_LOST;
        }
        LOG.warnf("%s: %s", cache.label(), message(failure));
        return Reason.FAILED;
    }

    private static String message(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String text = root.getMessage();
        return text == null
                ? root.getClass().getSimpleName()
                : text.lines().findFirst().orElse("");
    }

    @Override
    public void close() {
        closed.countDown();
        if (thread != null) {
            thread.interrupt();
        }
        NearManager current = manager;
        if (current != null) {
            try {
                current.stop();
            } catch (RuntimeException e) {
                // The client takes its listener away from a server that has just gone; its connections end with their
                // loop.
                LOG.debugf(e, "the client did not stop in order");
            }
        }
        if (loop != null) {
            loop.close();
        }
        deadlines.close();
    }
}
