package io.steamgate.state.hotrod;

import io.steamgate.state.call.Operation;
import io.steamgate.state.store.CacheName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * How the client reaches its servers.
 *
 * @param servers {@code host:port}, at least one; the others are learnt
 * @param security who this client is, and how the servers prove who they are
 * @param budget for calls about one entry
 * @param bulkBudget for calls about many
 * @param budgets exceptions from {@code budget}
 * @param attempt after which a server that is silent is given up and the next one tried, once
 * @param connect time for a TCP handshake
 * @param pulse how often servers are looked at when nobody calls
 * @param nearEntries exceptions from {@link CacheName#nearEntries()}
 * @param room calls under way at once
 */
public record ClientSettings(
        List<String> servers,
        Security security,
        Duration budget,
        Duration bulkBudget,
        Map<CacheName, Duration> budgets,
        Duration attempt,
        Duration connect,
        Duration pulse,
        Map<CacheName, Integer> nearEntries,
        int room) {

    private static final int MOST_RETRIES = 5;

    /**
     * @param tls in which servers are trusted; without it, connections are plain
     * @param serverName the name that the servers' certificates are for, sent as SNI
     */
    public record Security(Optional<SSLContext> tls, Optional<String> serverName, Optional<Credentials> credentials) {
        public static final Security NONE = new Security(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * @param mechanism of SASL, such as {@code SCRAM-SHA-512}
     */
    public record Credentials(String username, String password, String mechanism) {
        @Override
        public String toString() {
            return username + " by " + mechanism;
        }
    }

    /** What holds unless an operator says otherwise; StateConfig says the same. */
    public static ClientSettings of(List<String> servers) {
        return new ClientSettings(
                servers,
                Security.NONE,
                Duration.ofMillis(500),
                Duration.ofSeconds(3),
                Map.of(),
                Duration.ofMillis(200),
                Duration.ofMillis(400),
                Duration.ofSeconds(1),
                Map.of(),
                10_000);
    }

    /** The same with other credentials or TLS. */
    public ClientSettings with(Security other) {
        return new ClientSettings(
                servers, other, budget, bulkBudget, budgets, attempt, connect, pulse, nearEntries, room);
    }

    /** The same at other servers. */
    public ClientSettings at(List<String> others) {
        return new ClientSettings(
                others, security, budget, bulkBudget, budgets, attempt, connect, pulse, nearEntries, room);
    }

    Duration budget(CacheName cache, Operation operation) {
        return operation.isBulk() ? bulkBudget : budgets.getOrDefault(cache, budget);
    }

    /**
     * How often a call is tried again at most. The client goes on although nobody waits any more, so that no more attempts are allowed
     * than can begin within the budget: a later one might write over what its caller has written since.
     */
    int retries() {
        long attempts = Math.ceilDiv(budget.toNanos(), attempt.toNanos());
        // A connection that the server has closed is noticed at once, by the first who uses it.
        return (int) Math.clamp(attempts - 1, 1, MOST_RETRIES);
    }

    int near(CacheName cache) {
        return nearEntries.getOrDefault(cache, cache.nearEntries());
    }
}
