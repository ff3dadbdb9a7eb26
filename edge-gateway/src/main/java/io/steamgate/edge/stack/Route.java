package io.steamgate.edge.stack;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;

/**
 * Where packets for a network go.
 *
 * @param network whose packets; {@code 0.0.0.0/0} is the default
 * @param nic they leave by
 * @param gateway the next hop; {@link Ipv4Address#ANY} when every address of the network is a neighbour itself
 */
public record Route(Ipv4Network network, Nic nic, Ipv4Address gateway) {
    /** The neighbour to hand a packet for {@code destination} to. */
    public int nextHop(int destination) {
        return gateway.bits() == 0 ? destination : gateway.bits();
    }

    @Override
    public String toString() {
        return network + (gateway.bits() == 0 ? "" : " via " + gateway) + " dev " + nic;
    }
}
