package io.steamgate.edge.route;

import java.time.Duration;
import java.util.List;

/**
 * A set of endpoints that serve the same thing.
 *
 * @param name unique in the file
 * @param addressMode whose address its endpoints see
 * @param dnsAddressMode the same, of datagrams of a {@code dns} listener: another one only where the file does not say
 * @param balance how one of them is chosen
 * @param connectTimeout how long an endpoint may take to answer before the next one is tried
 * @param retries how many further endpoints are tried after the first
 * @param health how they are checked
 * @param assumed what its endpoints accept as long as no check has learnt it
 * @param endpoints in file order, none twice
 */
public record Service(
        String name,
        AddressMode addressMode,
        AddressMode dnsAddressMode,
        Balance balance,
        Duration connectTimeout,
        int retries,
        HealthCheck health,
        TcpOptions assumed,
        List<Endpoint> endpoints) {
    public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(2);
    public static final int DEFAULT_RETRIES = 3;

    public Service {
        endpoints = List.copyOf(endpoints);
    }

    /** Whose address an endpoint sees of what a listener of this protocol takes. */
    public AddressMode addressMode(Protocol protocol) {
        return protocol == Protocol.DNS ? dnsAddressMode : addressMode;
    }

    /** A service with every default. */
    public static Service of(String name, List<Endpoint> endpoints) {
        return new Service(
                name,
                AddressMode.PROXY,
                AddressMode.TRANSPARENT,
                Balance.CLIENT_HASH,
                DEFAULT_CONNECT_TIMEOUT,
                DEFAULT_RETRIES,
                HealthCheck.DEFAULT,
                TcpOptions.CAUTIOUS,
                endpoints);
    }
}
