package io.steamgate.edge.route;

import io.steamgate.edge.wire.Ipv4Address;

/**
 * One process that serves connections. Within its service it is known by address and port: the rest may change on a
 * reload without it becoming another endpoint.
 *
 * @param address where it is
 * @param port 1 to 65535, or 0 for whatever port the client asked for
 * @param weight 1 to 256: its share relative to the others
 * @param maxFlows live flows it is given at most; 0 for no limit
 * @param drain gets no new flows; those it has end in peace
 * @param backup gets flows only while no other endpoint of the service can
 */
public record Endpoint(Ipv4Address address, int port, int weight, int maxFlows, boolean drain, boolean backup) {
    public static final int DEFAULT_WEIGHT = 1;
    public static final int MAX_WEIGHT = 256;

    public static Endpoint of(Ipv4Address address, int port) {
        return new Endpoint(address, port, DEFAULT_WEIGHT, 0, false, false);
    }

    /** The port to connect to for a client that asked for {@code listenerPort}. */
    public int portFor(int listenerPort) {
        return port == 0 ? listenerPort : port;
    }

    public boolean sameAs(Endpoint other) {
        return address.equals(other.address) && port == other.port;
    }

    @Override
    public String toString() {
        return address + ":" + (port == 0 ? "*" : Integer.toString(port));
    }
}
