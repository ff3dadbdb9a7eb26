package io.steamgate.dns.resolve;

import io.netty.channel.EventLoop;
import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Rr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Finds answers from the root on, asking each server no more than it must know (RFC 9156). */
final class Iterating implements Source {
    /** What one question may cost before it is given up, the search for name servers' addresses included. */
    static final int MAX_QUESTIONS = 100;

    private final EventLoop loop;
    private final Asking asking;
    private final Delegations delegations;
    private final Families families;
    private final int port;
    private final boolean dnssec;
    private final Duration deadline;
    private final InstantSource clock;

    /**
     * @param port that name servers are asked at
     * @param dnssec whether to ask for signatures always, since somebody validates them
     */
    Iterating(
            EventLoop loop,
            Asking asking,
            Delegations delegations,
            Families families,
            int port,
            boolean dnssec,
            Duration deadline,
            InstantSource clock) {
        this.loop = loop;
        this.asking = asking;
        this.delegations = delegations;
        this.families = families;
        this.port = port;
        this.dnssec = dnssec;
        this.deadline = deadline;
        this.clock = clock;
    }

    @Override
    public boolean isHealthy() {
        return true;
    }

    @Override
    public void resolve(AnswerKey key, Consumer<Result> done) {
        Budget budget = new Budget(System.nanoTime() + deadline.toNanos());
        boolean[] over = {false};
        var timer = loop.schedule(
                () -> {
                    if (!over[0]) {
                        over[0] = true;
                        done.accept(new Failed());
                    }
                },
                deadline.toMillis(),
                TimeUnit.MILLISECONDS);
        new Walk(this, key.name(), key.type(), dnssec || key.dnssecOk(), budget, 0, result -> {
                    if (!over[0]) {
                        over[0] = true;
                        timer.cancel(false);
                        done.accept(result);
                    }
                })
                .start();
    }

    void ask(InetAddress server, Question question, Duration patience, Consumer<Outcome> done) {
        asking.ask(
                new Server(new InetSocketAddress(server, port), false, Optional.empty()),
                question,
                patience,
                outcome -> {
                    switch (outcome) {
                        case Outcome.Answered answered -> delegations.answered(server, answered.nanos());
                        case Outcome.TimedOut _, Outcome.NoRoute _, Outcome.Unreachable _, Outcome.Broken _ ->
                            delegations.failed(server);
                    }
                    families.tried(server, outcome, now());
                    done.accept(outcome);
                });
    }

    Delegations delegations() {
        return delegations;
    }

    Families families() {
        return families;
    }

    /** The addresses in the order in which they are asked. */
    List<InetAddress> order(List<InetAddress> addresses) {
        return families.order(delegations.byQuickness(addresses), now());
    }

    long now() {
        return clock.millis();
    }

    /** What a question and all that follows from it may still cost. */
    static final class Budget {
        private final long endsAt;
        private int left = MAX_QUESTIONS;

        Budget(long endsAt) {
            this.endsAt = endsAt;
        }

        boolean spend() {
            return left-- > 0 && System.nanoTime() < endsAt;
        }
    }

    /** Addresses among records. */
    static List<InetAddress> addresses(List<Rr> records) {
        return records.stream()
                .filter(rr -> rr.type() == Dns.A || rr.type() == Dns.AAAA)
                .map(rr -> address(rr.rdata()))
                .toList();
    }

    static InetAddress address(byte[] octets) {
        try {
            return InetAddress.getByAddress(octets);
        } catch (java.net.UnknownHostException e) {
            throw new IllegalArgumentException("an address of " + octets.length + " octets", e);
        }
    }
}
