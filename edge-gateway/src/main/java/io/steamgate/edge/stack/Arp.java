package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Counter;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** ARP (RFC 826) with address conflict detection (RFC 5227). Answers for the addresses of the NIC asked, and no others. */
public final class Arp {
    /** RFC 5227 section 1.1. */
    static final int ANNOUNCE_COUNT = 2;

    static final long ANNOUNCE_INTERVAL = 2 * Clock.NANOS_PER_SECOND;
    static final long DEFEND_INTERVAL = 10 * Clock.NANOS_PER_SECOND;

    private final Timers timers;
    private final Randomness randomness;
    private final DropCounters drops;
    private final ArpSender sender;
    private final NeighborTable neighbors;
    private final ArpView view = new ArpView();
    private final List<AddressProbe> probes = new ArrayList<>();
    private final Map<Integer, Long> lastDefence = new HashMap<>();
    private final Counter conflicts = new Counter();
    private AddressConflict.Listener listener = this::defend;

    Arp(Timers timers, Randomness randomness, DropCounters drops, ArpSender sender, NeighborTable neighbors) {
        this.timers = timers;
        this.randomness = randomness;
        this.drops = drops;
        this.sender = sender;
        this.neighbors = neighbors;
    }

    /** ARP packets of other hosts that claimed an address of this stack. */
    public Counter conflicts() {
        return conflicts;
    }

    /** Sets who decides what to do about a conflict. Without one, the stack {@linkplain #defend defends} itself. */
    public void conflictListener(AddressConflict.Listener listener) {
        this.listener = listener;
    }

    /** Says once that the address is ours, at most every ten seconds (RFC 5227 section 2.4 (b) and (c)). */
    public void defend(AddressConflict conflict) {
        long now = timers.clock().nanos();
        Long last = lastDefence.get(conflict.address().bits());
        if (last == null || now - last >= DEFEND_INTERVAL) {
            lastDefence.put(conflict.address().bits(), now);
            sender.announce(conflict.nic(), conflict.address().bits());
        }
    }

    /** Begins to ask whether anyone on the NIC's network uses the address. */
    public AddressProbe probe(Nic nic, Ipv4Address address, AddressProbe.Timing timing, AddressProbe.Outcome outcome) {
        AddressProbe probe = new AddressProbe(nic, address, this, timers, randomness, timing, outcome);
        probes.add(probe);
        return probe;
    }

    /** Tells everyone once that the address is at this NIC (a gratuitous request). */
    public void announceOnce(Nic nic, Ipv4Address address) {
        sender.announce(nic, address.bits());
    }

    /** Tells everyone, twice, two seconds apart (RFC 5227 section 2.3); the second time only if it is still ours. */
    public void announce(Nic nic, Ipv4Address address) {
        sender.announce(nic, address.bits());
        Timers.Timer again = new Timers.Timer(() -> {
            if (nic.owns(address.bits())) {
                sender.announce(nic, address.bits());
            }
        });
        timers.armIn(again, ANNOUNCE_INTERVAL);
    }

    ArpSender sender() {
        return sender;
    }

    void ended(AddressProbe probe) {
        probes.remove(probe);
    }

    void removed(Ipv4Address address) {
        lastDefence.remove(address.bits());
    }

    /** @param from the link address that the frame came from */
    void receive(Nic nic, Frame frame, int offset, int length, long from) {
        if (!view.wrap(frame.memory(), offset, length)) {
            drops.count(DropReason.MALFORMED_ARP);
            return;
        }
        long mac = view.senderMac();
        int address = view.senderAddress();
        int target = view.targetAddress();
        if (mac == nic.macBits()) {
            return; // Our own, sent back by the wire.
        }
        if (mac == 0 || new MacAddress(mac).isMulticast()) {
            drops.count(DropReason.MALFORMED_ARP);
            return;
        }
        if (probed(nic, address, target, mac)) {
            return;
        }
        if (address != 0) {
            if (nic.owns(address)) {
                conflicts.increment();
                listener.conflict(new AddressConflict(nic, new Ipv4Address(address), new MacAddress(mac)));
                return;
            }
            if (!new Ipv4Address(address).isUnicastHost() || nic.isBroadcast(address)) {
                drops.count(DropReason.MALFORMED_ARP);
                return;
            }
            neighbors.hear(nic, address, mac, from);
        }
        if (!nic.owns(target)) {
            drops.count(DropReason.ARP_FOR_OTHERS);
        } else if (view.operation() == ArpView.REQUEST) {
            sender.reply(nic, target, mac, address);
        }
    }

    /** Whether the packet shows that an address we are asking about is taken, or wanted by another (RFC 5227 2.1.1). */
    private boolean probed(Nic nic, int sender, int target, long mac) {
        for (int i = 0; i < probes.size(); i++) {
            AddressProbe probe = probes.get(i);
            if (probe.nic == nic && (sender == probe.address || sender == 0 && target == probe.address)) {
                probe.conflict(mac);
                return true;
            }
        }
        return false;
    }
}
