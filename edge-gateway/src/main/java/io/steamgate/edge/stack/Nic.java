package io.steamgate.edge.stack;

import io.steamgate.edge.link.Device;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.MacAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A device and what this stack is on it: its addresses and the groups it has joined. The poll loop's. */
public final class Nic {
    private static final Ipv4Address ALL_SYSTEMS = Ipv4Address.of(224, 0, 0, 1);

    private final int index;
    private final Device device;
    private final long mac;
    private final int vlan;
    private final List<Ipv4Network> addresses = new ArrayList<>();
    private final Set<Ipv4Address> groups = new HashSet<>();

    // What the packet path looks at; replaced on each change of the collections above.
    private int[] owned = new int[0];
    private int[] broadcasts = new int[0];
    private long[] groupMacs = new long[0];

    /** @param index position in the stack's list, from 0 */
    public Nic(int index, Device device) {
        this(index, device, 0);
    }

    /** @param vlan the 802.1Q VLAN this NIC is in, 1 to 4094; 0 for the untagged one */
    public Nic(int index, Device device, int vlan) {
        if (vlan < 0 || vlan > 4094) {
            throw new IllegalArgumentException("VLAN " + vlan + " is not between 1 and 4094");
        }
        this.index = index;
        this.device = device;
        this.mac = device.mac().bits();
        this.vlan = vlan;
        // RFC 1112 section 7.2: every host is in the all-systems group, for good and without a report.
        join(ALL_SYSTEMS);
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

    /** The 802.1Q VLAN of all frames of this NIC; 0 for frames without a tag. */
    public int vlan() {
        return vlan;
    }

    public int mtu() {
        return device.mtu();
    }

    /** Addresses with their networks, the primary one first. Changed by {@link Stack#addAddress}. */
    public List<Ipv4Network> addresses() {
        return Collections.unmodifiableList(addresses);
    }

    public boolean owns(int address) {
        for (int mine : owned) {
            if (mine == address) {
                return true;
            }
        }
        return false;
    }

    /** The address to speak to a neighbour from: of the neighbour's network if there is one, else the primary; else 0. */
    int sourceFor(int neighbor) {
        for (int i = 0; i < addresses.size(); i++) {
            Ipv4Network network = addresses.get(i);
            if (((network.address().bits() ^ neighbor) & network.mask()) == 0) {
                return network.address().bits();
            }
        }
        return owned.length == 0 ? 0 : owned[0];
    }

    /** Limited broadcast, or the directed broadcast of one of this NIC's networks. */
    public boolean isBroadcast(int address) {
        if (address == -1) {
            return true;
        }
        for (int broadcast : broadcasts) {
            if (broadcast == address) {
                return true;
            }
        }
        return false;
    }

    /** The groups joined. Changed by {@link Stack#join}. */
    public Set<Ipv4Address> groups() {
        return Collections.unmodifiableSet(groups);
    }

    boolean hears(long groupMac) {
        for (long joined : groupMacs) {
            if (joined == groupMac) {
                return true;
            }
        }
        return false;
    }

    boolean add(Ipv4Network address) {
        if (owns(address.address().bits())) {
            return false;
        }
        addresses.add(address);
        indexAddresses();
        return true;
    }

    boolean remove(Ipv4Address address) {
        boolean removed = addresses.removeIf(network -> network.address().equals(address));
        indexAddresses();
        return removed;
    }

    boolean join(Ipv4Address group) {
        if (!groups.add(group)) {
            return false;
        }
        device.multicast(MacAddress.ofMulticast(group), true);
        indexGroups();
        return true;
    }

    boolean leave(Ipv4Address group) {
        if (group.equals(ALL_SYSTEMS) || !groups.remove(group)) {
            return false;
        }
        indexGroups();
        MacAddress groupMac = MacAddress.ofMulticast(group);
        // 32 groups share each group address.
        if (!hears(groupMac.bits())) {
            device.multicast(groupMac, false);
        }
        return true;
    }

    private void indexAddresses() {
        owned = addresses.stream().mapToInt(network -> network.address().bits()).toArray();
        broadcasts = addresses.stream()
                .filter(network -> network.prefixLength() < 31)
                .mapToInt(network -> network.address().bits() | ~network.mask())
                .toArray();
    }

    private void indexGroups() {
        groupMacs = groups.stream()
                .mapToLong(group -> MacAddress.ofMulticast(group).bits())
                .distinct()
                .toArray();
    }

    @Override
    public String toString() {
        return vlan == 0 ? name() : name() + "." + vlan;
    }
}
