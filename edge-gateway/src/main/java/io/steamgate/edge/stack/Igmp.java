package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.FramePool;
import io.steamgate.edge.wire.IgmpView;
import io.steamgate.edge.wire.IgmpView.Report;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.NetworkOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Group membership, the host's part: version 3 (RFC 9776) for any source, and version 2 (RFC 2236) or 1 while a router
 * that speaks no more has been heard.
 */
final class Igmp {
    private static final Ipv4Address ALL_ROUTERS = Ipv4Address.of(224, 0, 0, 2);
    private static final Ipv4Address V3_ROUTERS = Ipv4Address.of(224, 0, 0, 22);
    private static final int ROUTER_ALERT = 0x9404_0000; // RFC 2113
    private static final int HEADER = Ipv4View.HEADER + 4;
    private static final int NETWORK_CONTROL = 0xC0;

    /** RFC 9776 section 8: the robustness variable, and the time between unsolicited reports. */
    private static final int ROBUSTNESS = 2;

    private static final long UNSOLICITED_INTERVAL = Clock.NANOS_PER_SECOND;
    /** Section 8.12: twice the query interval and a response. */
    private static final long OLDER_QUERIER = 260 * Clock.NANOS_PER_SECOND;

    private static final long TENTH = Clock.NANOS_PER_SECOND / 10;

    /** A group joined on one NIC. */
    private final class Membership {
        final Nic nic;
        final Ipv4Address group;
        final Timers.Timer timer = new Timers.Timer(this::report);
        int unsolicited = ROBUSTNESS;

        Membership(Nic nic, Ipv4Address group) {
            this.nic = nic;
            this.group = group;
        }

        void report() {
            boolean change = unsolicited > 0;
            send(nic, group, change ? Report.CHANGE_TO_EXCLUDE : Report.MODE_IS_EXCLUDE);
            if (change && --unsolicited > 0) {
                timers.armIn(timer, 1 + Math.floorMod(randomness.nextLong(), UNSOLICITED_INTERVAL));
            }
        }

        void answerWithin(long nanos) {
            long delay = Math.floorMod(randomness.nextLong(), nanos + 1);
            if (!timer.armed() || timer.deadline() - timers.clock().nanos() > delay) {
                timers.armIn(timer, delay);
            }
        }
    }

    /** The oldest version lately asked for on a NIC. */
    private record Querier(int version, long until) {}

    private final Ipv4 output;
    private final FramePool pool;
    private final Timers timers;
    private final Randomness randomness;
    private final DropCounters drops;
    private final IgmpView view = new IgmpView();
    private final List<Membership> memberships = new ArrayList<>();
    private final Map<Nic, Querier> queriers = new HashMap<>();

    Igmp(Ipv4 output, FramePool pool, Timers timers, Randomness randomness, DropCounters drops) {
        this.output = output;
        this.pool = pool;
        this.timers = timers;
        this.randomness = randomness;
        this.drops = drops;
    }

    void join(Nic nic, Ipv4Address group) {
        if (nic.join(group)) {
            Membership membership = new Membership(nic, group);
            memberships.add(membership);
            membership.report();
        }
    }

    void leave(Nic nic, Ipv4Address group) {
        if (nic.leave(group)) {
            memberships.removeIf(membership -> {
                boolean left = membership.nic == nic && membership.group.equals(group);
                if (left) {
                    timers.cancel(membership.timer);
                }
                return left;
            });
            send(nic, group, Report.CHANGE_TO_INCLUDE);
        }
    }

    void receive(IpPacket packet) {
        if (!view.wrap(packet.memory(), packet.payloadOffset, packet.payloadLength) || !view.checksumValid()) {
            drops.count(DropReason.MALFORMED_IGMP);
            return;
        }
        switch (view.type()) {
            case IgmpView.QUERY -> query(packet.nic);
            case IgmpView.REPORT_V1, IgmpView.REPORT_V2 -> {
                // RFC 2236 section 3: one member's report says all.
                if (version(packet.nic) < 3) {
                    cancel(packet.nic, view.group());
                }
            }
            default -> {} // Other hosts' business with the router.
        }
    }

    private void query(Nic nic) {
        int asked = view.queryVersion();
        if (asked < 3 && asked <= version(nic)) {
            queriers.put(nic, new Querier(asked, timers.clock().nanos() + OLDER_QUERIER));
        }
        for (Membership membership : memberships) {
            if (membership.nic == nic && (view.group() == 0 || view.group() == membership.group.bits())) {
                membership.answerWithin(view.maxResponse() * TENTH);
            }
        }
    }

    private void cancel(Nic nic, int group) {
        for (Membership membership : memberships) {
            if (membership.nic == nic && membership.group.bits() == group && membership.unsolicited == 0) {
                timers.cancel(membership.timer);
            }
        }
    }

    private int version(Nic nic) {
        Querier querier = queriers.get(nic);
        return querier == null || querier.until() - timers.clock().nanos() <= 0 ? 3 : querier.version();
    }

    private void send(Nic nic, Ipv4Address group, int change) {
        Frame frame = pool.take();
        int body = Frame.BUILD_NETWORK + HEADER;
        int version = version(nic);
        boolean leaving = change == Report.CHANGE_TO_INCLUDE;
        if (version == 3) {
            Report report = new Report(List.of(new Report.GroupRecord(change, group)));
            transmit(nic, frame, V3_ROUTERS, report.emit(frame.memory(), body));
        } else if (!leaving) {
            int type = version == 1 ? IgmpView.REPORT_V1 : IgmpView.REPORT_V2;
            transmit(nic, frame, group, new IgmpView.Message(type, 0, group).emit(frame.memory(), body));
        } else if (version == 2) {
            IgmpView.Message leave = new IgmpView.Message(IgmpView.LEAVE, 0, group);
            transmit(nic, frame, ALL_ROUTERS, leave.emit(frame.memory(), body));
        } else {
            frame.release();
        }
    }

    private void transmit(Nic nic, Frame frame, Ipv4Address destination, int length) {
        int network = Frame.BUILD_NETWORK;
        int total = HEADER + length;
        frame.region(Frame.RECEIVE_START, EthernetView.HEADER + total);
        int source = nic.sourceFor(destination.bits());
        Ipv4View.emit(
                frame.memory(), network, NETWORK_CONTROL, total, 0, 0, 1, Ipv4View.IGMP, source, destination.bits());
        NetworkOrder.put8(frame.memory(), network, 0x40 | HEADER / 4);
        NetworkOrder.put32(frame.memory(), network + Ipv4View.HEADER, ROUTER_ALERT);
        Ipv4View.putChecksum(frame.memory(), network, HEADER);
        output.transmit(nic, destination.bits(), frame, total, destination.bits());
    }
}
