package io.steamgate.edge.stack;

import io.steamgate.edge.link.Device;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ethernet to UDP over some NICs: the only handler of a device is Ethernet, which filters by MAC address and looks up the
 * next handler by type, and so on upwards. One thread's, the poll loop's; reading counters and lists of it elsewhere is
 * fine.
 */
public final class Stack {
    private static final long BROADCAST = MacAddress.BROADCAST.bits();
    private static final int PROTOCOLS = 256;

    /**
     * A device to build a NIC over.
     *
     * @param vlan the 802.1Q VLAN to be in; 0 for none
     */
    public record Link(Device device, int vlan) {
        public Link(Device device) {
            this(device, 0);
        }
    }

    private final List<Nic> nics;
    private final DropCounters drops = new DropCounters();
    private final FramePool pool;
    private final RouteTable routes;
    private final NeighborTable neighbors;
    private final Arp arp;
    private final Ipv4 output;
    private final Ipv4Input input;
    private final Icmp icmp;
    private final Igmp igmp;
    private final Udp udp;
    private final Fragments fragments;
    private final @Nullable Transport[] transports = new @Nullable Transport[PROTOCOLS];

    /** Only the first of several VLANs of one device is reached: give each its own device. */
    public Stack(List<Link> links, Timers timers, Randomness randomness, StackSettings settings) {
        List<Nic> built = new ArrayList<>();
        int largest = 1500;
        for (Link link : links) {
            built.add(new Nic(built.size(), link.device(), link.vlan()));
            largest = Math.max(largest, Math.min(Ipv4View.LARGEST, link.device().mtu()));
        }
        nics = List.copyOf(built);
        pool = new FramePool(largest);
        routes = new RouteTable(nics);
        ArpSender sender = new ArpSender(pool);
        neighbors = new NeighborTable(timers, pool, drops, settings, randomness.nextLong(), sender::solicit);
        arp = new Arp(timers, randomness, drops, sender, neighbors);
        PathMtuCache pathMtus = new PathMtuCache(timers.clock(), settings.pathMtuEntries(), randomness.nextLong());
        output = new Ipv4(nics, routes, neighbors, pathMtus, pool, largest, randomness, drops);
        icmp = new Icmp(
                output,
                drops,
                transports,
                new TokenBucket(timers.clock(), settings.echoPerSecond(), settings.echoPerSecond()),
                new TokenBucket(timers.clock(), settings.errorsPerSecond(), settings.errorsPerSecond()));
        igmp = new Igmp(output, pool, timers, randomness, drops);
        fragments = new Fragments(timers, drops, settings, icmp::reassemblyTimedOut);
        input = new Ipv4Input(output, icmp, igmp, fragments, drops, transports);
        udp = new Udp(output, icmp, randomness, drops);
        add(udp);
    }

    /** Adds a protocol above IP, in place of the one that had its number. */
    public void add(Transport transport) {
        transports[transport.protocol()] = transport;
    }

    /** Sets who sees packets before the address filter. */
    public void interceptor(Interceptor interceptor) {
        input.interceptor(interceptor);
    }

    /** Takes a frame from a NIC's device. Whatever it holds, this returns: what is not wanted is counted. */
    public void receive(Nic nic, Frame frame) {
        int length = frame.length();
        if (length < EthernetView.HEADER) {
            drops.count(DropReason.TRUNCATED_FRAME);
            return;
        }
        int start = frame.start();
        long destination = NetworkOrder.u48(frame.memory(), start);
        boolean unicast = destination == nic.macBits();
        if (!unicast && destination != BROADCAST && !nic.hears(destination)) {
            drops.count(DropReason.NOT_OUR_MAC);
            return;
        }
        int type = NetworkOrder.u16(frame.memory(), start + EthernetView.TYPE);
        int header = EthernetView.HEADER;
        int vlan = 0;
        if (type == EthernetView.VLAN) {
            if (length < EthernetView.TAGGED_HEADER) {
                drops.count(DropReason.TRUNCATED_FRAME);
                return;
            }
            vlan = NetworkOrder.u16(frame.memory(), start + EthernetView.TAG) & 0xFFF;
            type = NetworkOrder.u16(frame.memory(), start + EthernetView.TAGGED_TYPE);
            header = EthernetView.TAGGED_HEADER;
        }
        // A tag of VLAN 0 carries only a priority (802.1Q): the frame is of the untagged network.
        if (vlan != nic.vlan()) {
            drops.count(DropReason.WRONG_VLAN);
            return;
        }
        switch (type) {
            case EthernetView.IPV4 -> input.receive(nic, frame, start + header, length - header, unicast);
            case EthernetView.ARP ->
                arp.receive(
                        nic,
                        frame,
                        start + header,
                        length - header,
                        NetworkOrder.u48(frame.memory(), start + EthernetView.SOURCE));
            default -> drops.count(DropReason.UNKNOWN_ETHER_TYPE);
        }
    }

    /**
     * Gives a NIC an address and the stack a route to its network. Nobody is told: see {@link Arp#probe} and {@link
     * Arp#announce}.
     *
     * @return false when the NIC has it already
     */
    public boolean addAddress(Nic nic, Ipv4Network address) {
        boolean added = nic.add(address);
        routes.index();
        return added;
    }

    /** Takes an address away; packets to it are no longer answered. */
    public boolean removeAddress(Nic nic, Ipv4Address address) {
        boolean removed = nic.remove(address);
        routes.index();
        arp.removed(address);
        return removed;
    }

    /** Joins a multicast group and tells its routers. */
    public void join(Nic nic, Ipv4Address group) {
        if (!group.isMulticast()) {
            throw new IllegalArgumentException(group + " is not a multicast group");
        }
        igmp.join(nic, group);
    }

    public void leave(Nic nic, Ipv4Address group) {
        igmp.leave(nic, group);
    }

    /**
     * Whether {@link #forward} can carry a packet to a neighbour. When it cannot, its sender has been told (fragmentation
     * needed, RFC 1191) and the packet is to be dropped. Ask before the packet is rewritten: the sender must know it again.
     */
    public boolean fits(IpPacket packet, int neighbor) {
        if (output.fits(packet, neighbor)) {
            return true;
        }
        drops.count(DropReason.TOO_BIG);
        icmp.fragmentationNeeded(packet, neighbors.nicOf(neighbor).mtu());
        return false;
    }

    /**
     * Sends a received packet on as it is, with a new link header, to a neighbour: for interceptors. The packet's header
     * fields may have been rewritten in memory, its lengths not. Fragments it where it must and may.
     */
    public void forward(IpPacket packet, int neighbor) {
        output.forward(packet, neighbor);
    }

    public IpOutput output() {
        return output;
    }

    public List<Nic> nics() {
        return nics;
    }

    public RouteTable routes() {
        return routes;
    }

    public NeighborTable neighbors() {
        return neighbors;
    }

    public Arp arp() {
        return arp;
    }

    public Icmp icmp() {
        return icmp;
    }

    public Udp udp() {
        return udp;
    }

    public DropCounters drops() {
        return drops;
    }

    /** Frames that the stack builds packets in; 0 outstanding when the devices have sent everything. */
    public FramePool pool() {
        return pool;
    }

    /** Bytes held by fragments that wait to be whole. */
    public int fragmentBytes() {
        return fragments.cost();
    }
}
