package io.steamgate.state;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import io.steamgate.start.TrueOrFalse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything an operator can set, under {@code steamgate.state}; docs/shared-state.md describes each key. */
@ConfigMapping(prefix = "steamgate.state")
public interface StateConfig {
    /** Starts an Infinispan server in this process, for an installation of one machine. */
    @WithConverter(TrueOrFalse.class)
    @WithDefault("false")
    boolean embedded();

    /** The address that it listens on: of the loopback interface, unless it asks for a password. */
    @WithDefault("127.0.0.1")
    String embeddedAddress();

    /** The port that it listens on. */
    @WithDefault("11222")
    int embeddedPort();

    /** Where persistent caches keep their entries. */
    @WithDefault("infinispan")
    String embeddedDirectory();

    /** The servers, {@code HOST} or {@code HOST:PORT}: one, or three and more; without any this node shares nothing. */
    Optional<List<String>> servers();

    /** Who this client is. */
    Optional<String> username();

    Optional<String> password();

    /** How it proves that. */
    @WithDefault("SCRAM-SHA-512")
    String saslMechanism();

    /** The {@code quarkus.tls.NAME} configuration with which servers are reached. */
    Optional<String> tls();

    /** The name in the servers' certificates, where it is not the one they are reached by. */
    Optional<String> tlsServerName();

    /** Time for a call about one entry. */
    @WithDefault("500ms")
    Duration budget();

    /** Exceptions from that, by cache. */
    Map<String, Duration> budgets();

    /** Time for a call about many entries. */
    @WithDefault("3s")
    Duration bulkBudget();

    /** After which a server that is silent is given up and the next one tried, once. */
    @WithDefault("200ms")
    Duration attempt();

    /** Time to connect to a server. */
    @WithDefault("400ms")
    Duration connect();

    /** How often the servers are looked at when nobody calls, and how long the breaker stays open. */
    @WithDefault("1s")
    Duration pulse();

    /** Calls that may be under way at once. */
    @WithDefault("10000")
    int calls();

    /** Entries kept near, by cache. */
    Map<String, Integer> nearEntries();

    /** Whether this service is ready only while shared state is available. */
    @WithConverter(TrueOrFalse.class)
    @WithDefault("false")
    boolean required();

    /** Id of this node; the machine's host name by default. */
    Optional<String> node();

    /** How often this node says that it is there. */
    @WithDefault("1s")
    Duration heartbeat();

    /** Within which a crash is noticed. */
    @WithDefault("3s")
    Duration memberTimeout();

    /** How often this node looks who is there. */
    @WithDefault("300ms")
    Duration watch();
}
