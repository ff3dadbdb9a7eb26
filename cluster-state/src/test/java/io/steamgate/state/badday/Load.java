package io.steamgate.state.badday;

import io.steamgate.state.ClusterState;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reason;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import io.steamgate.state.store.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes sessions at a steady rate and remembers what was acknowledged. Nine of ten are written once, under a key of their own; the
 * tenth counts one of a few sessions up on condition that nobody else has, as nodes do that manage a session.
 */
final class Load implements AutoCloseable {
    private static final int COUNTED = 50;
    private static final Lifespan LONG = Lifespan.of(Duration.ofHours(1));

    private final ClusterState state;
    private final String name;
    private final Thread thread;
    private final List<String> acknowledged = java.util.Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Integer> counted = new ConcurrentHashMap<>();
    private final Map<String, Boolean> busy = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> outcomes = new ConcurrentHashMap<>();
    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong longestGapNanos = new AtomicLong();
    private final AtomicLong lastDone = new AtomicLong();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private volatile boolean over;

    Load(ClusterState state, String name, int perSecond) {
        this.state = state;
        this.name = name;
        this.thread = Thread.ofPlatform().name("load").start(() -> run(perSecond));
    }

    private void run(int perSecond) {
        long interval = 1_000_000_000L / perSecond;
        long next = System.nanoTime();
        for (int number = 0; !over; number++) {
            if (number % 10 == 9) {
                count("counted-" + name + "-" + number / 10 % COUNTED);
            } else {
                put(name + "-" + number);
            }
            next += interval;
            while (System.nanoTime() - next < 0) {
                LockSupport.parkNanos(next - System.nanoTime());
            }
        }
    }

    private static Session session(String id, int count) {
        return new Session(
                id,
                "node-" + count,
                Optional.empty(),
                Map.of("text", new Session.Entry("x".repeat(200), io.steamgate.state.store.Validity.PERSISTENT)));
    }

    private void put(String key) {
        timed(state.sessions().put(session(key, 0), LONG)).thenAccept(ack -> {
            note(ack);
            if (ack.done()) {
                acknowledged.add(key);
            }
        });
    }

    private void count(String key) {
        if (busy.putIfAbsent(key, true) != null) {
            return;
        }
        timed(state.sessions().get(key))
                .thenCompose(reply -> switch (reply) {
                    case Reply.Absent<Versioned<Session>>() ->
                        timed(state.sessions().create(session(key, 1), LONG)).thenApply(ack -> noted(key, 1, ack));
                    case Reply.Found<Versioned<Session>>(Versioned<Session>(Session last, long version)) -> {
                        int count = Integer.parseInt(last.manager().substring("node-".length())) + 1;
                        yield timed(state.sessions().replace(session(key, count), version, LONG))
                                .thenApply(ack -> noted(key, count, ack));
                    }
                    case Reply.Unavailable<Versioned<Session>>(Reason reason) -> {
                        Ack ack = new Ack.Unavailable(reason);
                        note(ack);
                        yield CompletableFuture.completedFuture(ack);
                    }
                })
                .thenAccept(ack -> busy.remove(key));
    }

    private Ack noted(String key, int count, Ack ack) {
        note(ack);
        if (ack.done()) {
            counted.merge(key, count, Math::max);
        }
        return ack;
    }

    private void note(Ack ack) {
        if (ack.done()) {
            long now = System.nanoTime();
            long last = lastDone.getAndSet(now);
            if (done.getAndIncrement() > 0) {
                longestGapNanos.accumulateAndGet(now - last, Math::max);
            }
        }
        outcomes.computeIfAbsent(
                        switch (ack) {
                            case Ack.Done() -> "done";
                            case Ack.Conflict() -> "conflict";
                            case Ack.Unavailable(Reason reason) -> reason.label();
                        },
                        label -> new AtomicInteger())
                .incrementAndGet();
    }

    private <T> CompletableFuture<T> timed(CompletableFuture<T> call) {
        long startedAt = System.nanoTime();
        pending.incrementAndGet();
        return call.whenComplete((result, failure) -> {
            pending.decrementAndGet();
            longestNanos.accumulateAndGet(System.nanoTime() - startedAt, Math::max);
        });
    }

    /** How many writes were acknowledged so far. */
    int acknowledged() {
        return done.get();
    }

    /** The longest time in which nothing was acknowledged. */
    Duration longestGap() {
        return Duration.ofNanos(longestGapNanos.get());
    }

    /** The longest that any caller has waited. */
    Duration longest() {
        return Duration.ofNanos(longestNanos.get());
    }

    /** How calls ended, by outcome. */
    Map<String, Integer> outcomes() {
        Map<String, Integer> sorted = new TreeMap<>();
        outcomes.forEach((outcome, count) -> sorted.put(outcome, count.get()));
        return sorted;
    }

    /** Stops writing and waits for the answers. */
    @Override
    public void close() throws InterruptedException {
        over = true;
        thread.join();
        while (pending.get() > 0 || !busy.isEmpty()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Acknowledged writes that are not there any more, as read through a client; after {@link #close}. */
    List<String> lost(ClusterState through) {
        List<String> lost = new ArrayList<>();
        for (String key : List.copyOf(acknowledged)) {
            if (read(through, key).isEmpty()) {
                lost.add(key);
            }
        }
        counted.forEach((key, count) -> {
            int found = read(through, key)
                    .map(session -> Integer.parseInt(session.manager().substring("node-".length())))
                    .orElse(0);
            if (found < count) {
                lost.add(key + ": " + found + " of " + count);
            }
        });
        return lost;
    }

    private static Optional<Session> read(ClusterState through, String key) {
        for (int tries = 0; tries < 50; tries++) {
            Reply<Versioned<Session>> reply = through.sessions().get(key).join();
            if (reply.answered()) {
                return reply.found().map(Versioned::value);
            }
            LockSupport.parkNanos(100_000_000);
        }
        throw new AssertionError("cannot read " + key + ": " + through.status());
    }
}
