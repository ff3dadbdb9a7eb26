package io.steamgate.edge.stack;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;

/**
 * Another host uses an address of this stack (RFC 5227 section 2.4).
 *
 * @param nic where it was heard
 * @param address the one both use
 * @param other the other host's link address
 */
public record AddressConflict(Nic nic, Ipv4Address address, MacAddress other) {
    /** Told of each conflicting packet heard, on the poll loop: the place to decide between yielding and defending. */
    @FunctionalInterface
    public interface Listener {
        void conflict(AddressConflict conflict);
    }
}
