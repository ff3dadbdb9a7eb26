package io.steamgate.dns.resolve;

import io.netty.channel.EventLoop;
import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.cache.LocalCache;
import io.steamgate.dns.cache.SharedAnswers;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetches what this node's cache does not have: from the level that all nodes share, else from a {@link Source}. Whoever asks
 * for what is already on its way waits for the same answer. It owns what is under way, on one event loop.
 */
public final class Resolver {
    /** Told the answer, on the resolver's loop: fresh, else an old one, else one that says SERVFAIL. */
    public interface Waiter {
        void resolved(CachedAnswer answer);
    }

    /** For how long a name that just failed is answered with what is old, before it is tried again (RFC 8767 §5). */
    private static final long FAILURE_RECHECK = 30_000;
    /** How long a client waits before it is given what is old (RFC 8767 §5). */
    private static final long STALE_AFTER = 1_800;

    private static final long SHARED_PATIENCE = 50;
    /** When to look, after another node was found to be fetching the same; after the last of them one goes oneself. */
    private static final long[] LOOKS = {10, 20, 40, 70};

    private static final int MAX_WAITERS = 256;
    private static final int MAX_FAILURES = 10_000;

    private final EventLoop loop;
    private final InstantSource clock;
    private final LocalCache local;
    private final SharedAnswers shared;
    private final Source source;
    private final AnswerBuilder builder;
    private final ResolveCounters counters;
    private final int maxUnderWay;
    private final Map<AnswerKey, Fetch> underWay = new HashMap<>();
    private final Map<AnswerKey, Long> failedUntil = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<AnswerKey, Long> eldest) {
            return size() > MAX_FAILURES;
        }
    };

    Resolver(
            EventLoop loop,
            InstantSource clock,
            LocalCache local,
            SharedAnswers shared,
            Source source,
            AnswerBuilder builder,
            ResolveCounters counters,
            int maxUnderWay) {
        this.loop = loop;
        this.clock = clock;
        this.local = local;
        this.shared = shared;
        this.source = source;
        this.builder = builder;
        this.counters = counters;
        this.maxUnderWay = maxUnderWay;
    }

    /** May be called by any thread. */
    public void fetch(AnswerKey key, Waiter waiter) {
        if (loop.inEventLoop()) {
            begin(key, waiter);
        } else {
            loop.execute(() -> begin(key, waiter));
        }
    }

    /** Fetches anew what is popular and about to run out; nobody waits for it. */
    public void prefetch(AnswerKey key) {
        loop.execute(() -> {
            if (!underWay.containsKey(key) && underWay.size() < maxUnderWay / 2) {
                counters.prefetched.increment();
                Fetch fetch = new Fetch(key);
                underWay.put(key, fetch);
                fetch.fromSource();
            }
        });
    }

    public boolean isHealthy() {
        return source.isHealthy();
    }

    private void begin(AnswerKey key, Waiter waiter) {
        long now = clock.millis();
        CachedAnswer known = local.find(key);
        if (known != null && known.isFresh(now)) {
            // It came while the question was on its way here.
            waiter.resolved(known);
            return;
        }
        if (known != null && known.mayServeStale(now) && failedUntil.getOrDefault(key, 0L) > now) {
            counters.stale.increment();
            waiter.resolved(known);
            return;
        }
        Fetch running = underWay.get(key);
        if (running != null && running.waiters.size() < MAX_WAITERS) {
            counters.joined.increment();
            running.waiters.add(waiter);
            return;
        }
        if (running != null || underWay.size() >= maxUnderWay) {
            counters.refused.increment();
            waiter.resolved(builder.failure(key, now));
            return;
        }
        Fetch fetch = new Fetch(key);
        underWay.put(key, fetch);
        fetch.waiters.add(waiter);
        fetch.start();
    }

    private final class Fetch {
        private final AnswerKey key;
        private final List<Waiter> waiters = new ArrayList<>(1);
        private boolean asked;
        private boolean awaiting;

        Fetch(AnswerKey key) {
            this.key = key;
        }

        void start() {
            loop.schedule(this::giveStale, STALE_AFTER, TimeUnit.MILLISECONDS);
            if (shared == SharedAnswers.NONE) {
                fromSource();
                return;
            }
            loop.schedule(this::insteadOfShared, SHARED_PATIENCE, TimeUnit.MILLISECONDS);
            shared.find(key)
                    .whenComplete((found, failure) ->
                            loop.execute(() -> fromShared(failure == null ? found : Optional.empty())));
        }

        /** The shared level is slow: nobody waits for it. */
        private void insteadOfShared() {
            if (!awaiting) {
                fromSource();
            }
        }

        private void fromShared(Optional<CachedAnswer> found) {
            if (take(found) || asked || !isUnderWay()) {
                return;
            }
            shared.claim(key)
                    .whenComplete((claimed, failure) -> loop.execute(() -> {
                        if (failure != null || claimed) {
                            fromSource();
                        } else if (!asked && isUnderWay()) {
                            await();
                        }
                    }));
        }

        /** Another node is fetching it: looks for what that puts into the shared level, for a while. */
        private void await() {
            awaiting = true;
            counters.awaited.increment();
            for (long look : LOOKS) {
                loop.schedule(this::look, look, TimeUnit.MILLISECONDS);
            }
            loop.schedule(this::fromSource, LOOKS[LOOKS.length - 1] + 10, TimeUnit.MILLISECONDS);
        }

        private void look() {
            if (!asked && isUnderWay()) {
                shared.find(key)
                        .whenComplete((found, failure) ->
                                loop.execute(() -> take(failure == null ? found : Optional.empty())));
            }
        }

        /** Whether what was found is the answer. */
        private boolean take(Optional<CachedAnswer> found) {
            long now = clock.millis();
            Optional<CachedAnswer> fresh =
                    found.filter(answer -> answer.isFresh(now) && answer.key().equals(key));
            if (fresh.isPresent() && isUnderWay()) {
                counters.sharedHits.increment();
                local.put(fresh.get(), now);
                end(fresh.get());
                return true;
            }
            // What is old there is still better than nothing here.
            found.filter(answer -> answer.key().equals(key) && answer.mayServeStale(now) && local.find(key) == null)
                    .ifPresent(answer -> local.put(answer, now));
            return false;
        }

        void fromSource() {
            if (asked || !isUnderWay()) {
                return;
            }
            asked = true;
            counters.fetched.increment();
            source.resolve(key, result -> {
                long now = clock.millis();
                switch (result) {
                    case Source.Found found -> {
                        CachedAnswer answer = builder.build(
                                key, found.rcode(), found.answers(), found.authorities(), found.authenticated(), now);
                        failedUntil.remove(key);
                        if (answer.isFresh(now)) {
                            local.put(answer, now);
                            shared.put(answer);
                        }
                        end(answer);
                    }
                    case Source.Failed _ -> failed(now);
                }
            });
        }

        private void failed(long now) {
            counters.failed.increment();
            CachedAnswer old = local.find(key);
            if (old != null && old.mayServeStale(now) && !isFailure(old)) {
                failedUntil.put(key, now + FAILURE_RECHECK);
                counters.stale.add(waiters.size());
                end(old);
            } else {
                CachedAnswer failure = builder.failure(key, now);
                local.put(failure, now);
                end(failure);
            }
        }

        private void giveStale() {
            CachedAnswer old = isUnderWay() ? local.find(key) : null;
            if (old != null && !waiters.isEmpty() && old.mayServeStale(clock.millis()) && !isFailure(old)) {
                counters.stale.add(waiters.size());
                hand(old);
            }
        }

        private boolean isUnderWay() {
            return underWay.get(key) == this;
        }

        private void end(CachedAnswer answer) {
            if (isUnderWay()) {
                underWay.remove(key);
            }
            hand(answer);
        }

        private void hand(CachedAnswer answer) {
            List<Waiter> told = List.copyOf(waiters);
            waiters.clear();
            told.forEach(waiter -> waiter.resolved(answer));
        }
    }

    private static boolean isFailure(@Nullable CachedAnswer answer) {
        return answer != null && answer.rcode() == io.steamgate.dns.wire.Dns.SERVFAIL;
    }
}
