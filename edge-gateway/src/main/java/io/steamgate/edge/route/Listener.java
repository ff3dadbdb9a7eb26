package io.steamgate.edge.route;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Ports of the VIP on which connections or datagrams are taken, and where they belong.
 *
 * @param name unique in the file
 * @param address one VIP, or empty for every one
 * @param ports that no other listener of the same address has
 * @param protocol how connections are followed
 * @param followTimeout how long a client may take to send what the follower needs
 * @param followLimit how many bytes of it are buffered at most; 0 where none are needed
 * @param idleTimeout after which a spliced flow without packets is forgotten
 * @param maxFlows live flows at most, those still followed included; 0 for no limit
 * @param allow blocks whose clients are let in; empty for all
 * @param deny blocks whose clients are not let in, whatever {@code allow} says
 * @param rules in file order
 */
public record Listener(
        String name,
        Optional<Ipv4Address> address,
        List<PortRange> ports,
        Protocol protocol,
        Duration followTimeout,
        int followLimit,
        Duration idleTimeout,
        int maxFlows,
        List<Ipv4Network> allow,
        List<Ipv4Network> deny,
        RuleTable rules) {
    public static final Duration DEFAULT_FOLLOW_TIMEOUT = Duration.ofSeconds(10);

    public Listener {
        ports = List.copyOf(ports);
        allow = List.copyOf(allow);
        deny = List.copyOf(deny);
    }

    /** A listener with every default. */
    public static Listener of(String name, int port, Protocol protocol, RuleTable rules) {
        return new Listener(
                name,
                Optional.empty(),
                List.of(PortRange.of(port)),
                protocol,
                DEFAULT_FOLLOW_TIMEOUT,
                protocol.defaultFollowLimit(),
                protocol.defaultIdleTimeout(),
                0,
                List.of(),
                List.of(),
                rules);
    }

    /** Whether a client may connect at all; one that may not is not answered. */
    public boolean admits(Ipv4Address client) {
        return !contains(deny, client) && (allow.isEmpty() || contains(allow, client));
    }

    boolean admitsAll() {
        return allow.isEmpty() && deny.isEmpty();
    }

    /** The service of the first rule that matches, else the default, else none. */
    public Optional<Service> decide(RouteKey key, Ipv4Address client) {
        return rules.decide(key, client);
    }

    /**
     * Whether a kept connection of {@code client} for {@code host} needs no following: all its requests have the same
     * outcome, whatever their paths, cookies and tags.
     */
    public boolean leadsToOneService(Optional<String> host, Ipv4Address client) {
        return protocol != Protocol.HTTP || rules.leadsToOneService(host, client);
    }

    /** Whether the two would take the same connection, or the same datagram. */
    boolean overlaps(Listener other) {
        boolean sameAddress = address.isEmpty() || other.address.isEmpty() || address.equals(other.address);
        return sameAddress
                && protocol.datagrams() == other.protocol.datagrams()
                && ports.stream().anyMatch(p -> other.ports.stream().anyMatch(p::overlaps));
    }

    private static boolean contains(List<Ipv4Network> blocks, Ipv4Address address) {
        for (Ipv4Network block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
