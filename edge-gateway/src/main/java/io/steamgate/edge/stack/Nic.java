package io.steamgate.edge.stack;

import io.steamgate.edge.link.Device;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.MacAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A device and what this stack is on it: its addresses and the groups it has joined. The poll loop's. */
public final class Nic {
    private final int index;
    private final Device device;
    private final long mac;
    private final List<Ipv4Network> addresses = new ArrayList<>();
    private final Set<Ipv4Address> groups = new HashSet<>();

    /** @param index position in the stack's list, from 0 */
    public Nic(int index, Device device) {
        this.index = index;
        this.device = device;
        this.mac = device.mac().bits();
    }

    public int index() {
        return index;
    }

    public Device device() {
        return device;
    }

    public String name() {
        return device.name();
    }

    public MacAddress mac() {
        return device.mac();
    }

    /** {@link #mac()} for the packet path. */
    public long macBits() {
        return mac;
    }

    public int mtu() {
        return device.mtu();
    }

    /** Addresses with their networks, the primary one first. */
    public List<Ipv4Network> addresses() {
        return addresses;
    }

    public boolean owns(int address) {
        for (int i = 0; i < addresses.size(); i++) {
            if (addresses.get(i).address().bits() == address) {
                return true;
            }
        }
        return false;
    }

    public Set<Ipv4Address> groups() {
        return groups;
    }

    @Override
    public String toString() {
        return name();
    }
}
