package io.steamgate.state.store;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * What a node says about itself with every heartbeat.
 *
 * @param id its name, unique in the cluster and the same after a restart
 * @param age how often a node of this id has been born; of two that claim one id the older has been replaced
 * @param era the birth of the cluster that it lives in; 0 while it does not know yet
 * @param roles what it does: {@code edge}, {@code dns}, {@code session}, {@code mail}, {@code sip}
 * @param addresses where it is reached
 * @param version of its software
 * @param load from 0 (idle) to 1 (full), as it judges itself
 * @param started when this birth was, by its own clock
 * @param beat grows with every heartbeat, so that watchers see life without comparing clocks
 */
public record Node(
        String id,
        long age,
        long era,
        Set<String> roles,
        List<Address> addresses,
        String version,
        double load,
        Instant started,
        long beat) {
    public Node {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("a node has an id");
        }
        if (!(load >= 0 && load <= 1)) {
            throw new IllegalArgumentException("load is from 0 to 1, not " + load);
        }
        roles = Set.copyOf(roles);
        addresses = List.copyOf(addresses);
    }

    /**
     * @param purpose what is spoken there, as {@code http}, {@code ping}
     * @param host address or name
     */
    public record Address(String purpose, String host, int port) {
        public Address {
            if (port < 0 || port > 65535) {
                throw new IllegalArgumentException("a port is from 0 to 65535, not " + port);
            }
        }
    }

    /** The next heartbeat. */
    public Node beating(long knownEra, double newLoad) {
        return new Node(id, age, knownEra, roles, addresses, version, newLoad, started, beat + 1);
    }
}
