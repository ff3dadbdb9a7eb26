package io.steamgate.dns.resolve;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.wire.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks configured servers: the fastest that answers first, the next one beside it when it takes longer than it usually does, and
 * again in turn until time is up. One that fails three times in a row comes last, and is tried in the background until it is back.
 */
final class Forwarding implements Source {
    private static final Duration PROBE_INTERVAL = Duration.ofSeconds(5);
    private static final int MAX_ATTEMPTS = 6;
    /** One question in so many goes to another than the fastest, to see whether that has changed. */
    static final int EXPLORE = 32;

    private final EventLoop loop;
    private final Asking asking;
    private final List<Upstream> upstreams;
    private final Duration deadline;
    private final RandomGenerator random;
    private final ResolveCounters counters;

    Forwarding(
            EventLoop loop,
            Asking asking,
            List<Upstream> upstreams,
            Duration deadline,
            RandomGenerator random,
            ResolveCounters counters) {
        this.loop = loop;
        this.asking = asking;
        this.upstreams = upstreams;
        this.deadline = deadline;
        this.random = random;
        this.counters = counters;
        loop.scheduleAtFixedRate(
                this::probe, PROBE_INTERVAL.toMillis(), PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public boolean isHealthy() {
        return upstreams.stream().anyMatch(Upstream::isUp);
    }

    @Override
    public void resolve(AnswerKey key, Consumer<Result> done) {
        new Attempt(key, order(upstreams, random), done).next();
    }

    /**
     * The servers in the order in which one question is to go to them: the fastest first, those that are down last; now and then
     * another one that is up before all.
     */
    static List<Upstream> order(List<Upstream> upstreams, RandomGenerator random) {
        List<Upstream> order = new ArrayList<>(upstreams);
        order.sort(
                Comparator.comparing((Upstream upstream) -> !upstream.isUp()).thenComparing(Upstream::smoothedNanos));
        int up = (int) order.stream().filter(Upstream::isUp).count();
        if (up > 1 && random.nextInt(EXPLORE) == 0) {
            order.addFirst(order.remove(1 + random.nextInt(up - 1)));
        }
        return order;
    }

    private void probe() {
        for (Upstream upstream : upstreams) {
            if (!upstream.isUp()) {
                upstream.probed().increment();
                Question question = new Question(Names.ROOT, Dns.NS, false, false, true, true);
                asking.ask(upstream.server(), question, Duration.ofSeconds(2), outcome -> account(upstream, outcome));
            }
        }
    }

    private static void account(Upstream upstream, Outcome outcome) {
        switch (outcome) {
            case Outcome.Answered answered -> {
                if (isUsable(answered.reply())) {
                    upstream.succeeded(answered.nanos());
                }
                // That it fails for one name says nothing about others.
            }
            case Outcome.TimedOut _ -> upstream.timedOut();
            case Outcome.NoRoute _, Outcome.Unreachable _, Outcome.Broken _ -> upstream.broke();
        }
    }

    private static boolean isUsable(Reply reply) {
        return reply.rcode() == Dns.NOERROR || reply.rcode() == Dns.NXDOMAIN;
    }

    private final class Attempt {
        private final AnswerKey key;
        private final List<Upstream> order;
        private final Consumer<Result> done;
        private final long endsAt = System.nanoTime() + deadline.toNanos();
        private int asked;
        private int open;
        private boolean over;
        private @Nullable ScheduledFuture<?> hedge;

        Attempt(AnswerKey key, List<Upstream> order, Consumer<Result> done) {
            this.key = key;
            this.order = order;
            this.done = done;
        }

        void next() {
            long left = endsAt - System.nanoTime();
            if (asked >= Math.max(MAX_ATTEMPTS, order.size()) || left <= 0) {
                if (open == 0) {
                    end(new Failed());
                }
                return;
            }
            Upstream upstream = order.get(asked++ % order.size());
            if (asked > 1) {
                counters.hedged.increment();
            }
            ask(
                    upstream,
                    new Question(key.name(), key.type(), key.dnssecOk(), key.checkingDisabled(), true, true),
                    left);
        }

        private void ask(Upstream upstream, Question question, long left) {
            open++;
            hedge = loop.schedule(this::hedge, upstream.patienceNanos(), TimeUnit.NANOSECONDS);
            asking.ask(upstream.server(), question, Duration.ofNanos(Math.min(left, 2_000_000_000L)), outcome -> {
                open--;
                account(upstream, outcome);
                if (!over) {
                    take(upstream, question, outcome);
                }
            });
        }

        private void hedge() {
            if (!over) {
                next();
            }
        }

        private void take(Upstream upstream, Question question, Outcome outcome) {
            if (outcome instanceof Outcome.Answered answered && isUsable(answered.reply())) {
                Reply reply = answered.reply();
                end(new Found(reply.rcode(), reply.answers(), reply.authorities(), false));
                return;
            }
            boolean dislikesEdns = outcome instanceof Outcome.Broken
                    || outcome instanceof Outcome.Answered other
                            && !other.reply().edns()
                            && (other.reply().rcode() == Dns.FORMERR
                                    || other.reply().rcode() == Dns.NOTIMP);
            if (hedge != null) {
                hedge.cancel(false);
            }
            long left = endsAt - System.nanoTime();
            if (dislikesEdns && question.edns() && left > 0) {
                ask(upstream, question.withoutEdns(), left);
            } else {
                next();
            }
        }

        private void end(Result result) {
            over = true;
            if (hedge != null) {
                hedge.cancel(false);
            }
            done.accept(result);
        }
    }
}
