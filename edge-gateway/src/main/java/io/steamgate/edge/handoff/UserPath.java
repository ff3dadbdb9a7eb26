package io.steamgate.edge.handoff;

import io.steamgate.edge.handoff.Splice.Way;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.stack.IcmpError;
import io.steamgate.edge.stack.Interceptor;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.tcp.CookieOffload;
import io.steamgate.edge.tcp.SynCookies;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.wire.NetworkOrder;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * The data path of the poll loop: a packet of a spliced flow is translated where it lies and sent on. Holds the flow
 * table and the life of each entry: open, closed or reset and lingering, gone.
 */
public final class UserPath implements Interceptor {
    /** How long an ended flow's entries stay, for retransmissions and for the end that ignored a reset. */
    static final long LINGER = 60 * Clock.NANOS_PER_SECOND;

    /**
     * Flows that are watched, were reset and may go on if that was a blind one: what is known of a watched flow is large, so
     * there are only so many, and the oldest is forgotten before its time.
     */
    private static final int MOST_RESET_WATCHED = 4096;

    private final FlowTable table;
    private final Stack stack;
    private final Tcp tcp;
    private final Clock clock;
    private final FlowListener listener;
    private final DataPathCounters counters = new DataPathCounters();
    private long now;
    private int swept;
    private int open;
    private int lingering;
    private Offload offload = Offload.NONE;
    private CookieOffload claims = CookieOffload.NONE;
    /** What comes of flows that are not known yet is dropped: their ends send it again. */
    private boolean holding;

    private final ArrayDeque<Flow> resetWatched = new ArrayDeque<>();

    UserPath(long secret, Stack stack, Tcp tcp, Clock clock, FlowListener listener) {
        table = new FlowTable(secret);
        this.stack = stack;
        this.tcp = tcp;
        this.clock = clock;
        this.listener = listener;
        now = clock.nanos();
    }

    /** Lets flows that are opened from now on be forwarded elsewhere. */
    void offload(Offload to) {
        offload = to;
    }

    /** Leaves to this path the SYNs of clients whose flow is in the table, ended ones excepted whose place may be taken. */
    void claimBy(CookieOffload by) {
        claims = by;
    }

    private void claim(Flow flow) {
        if (!flow.claimed) {
            flow.claimed = true;
            Splice in = flow.toEndpoint;
            claims.claim(in.destination, in.source, in.ports << 16 | in.ports >>> 16);
        }
    }

    private void release(Flow flow) {
        if (flow.claimed) {
            flow.claimed = false;
            Splice in = flow.toEndpoint;
            claims.release(in.destination, in.source, in.ports << 16 | in.ports >>> 16);
        }
    }

    public DataPathCounters counters() {
        return counters;
    }

    /** Flows that may carry traffic. */
    public int open() {
        return open;
    }

    /** Ended flows whose entries are still there. */
    public int lingering() {
        return lingering;
    }

    /** The end of a turn of the loop. */
    void turn() {
        offload.turn();
    }

    /** Reads the clock for the packets from now on: four times a second is enough to tell who is idle. */
    void tick() {
        now = clock.nanos();
    }

    /** Takes a packet that belongs to a flow. @return false when none knows it: it is the stack's */
    @Override
    public boolean intercept(IpPacket packet) {
        if (packet.protocol() != Tcp.PROTOCOL || packet.payloadLength() < Translation.TCP_HEADER) {
            return false;
        }
        int ports = NetworkOrder.i32(packet.memory(), packet.payloadOffset());
        Splice splice = table.find(packet.source(), packet.destination(), ports);
        return splice == null ? held() : take(packet, splice);
    }

    private boolean held() {
        if (holding) {
            counters.held().increment();
        }
        return holding;
    }

    /** Whether flows of a process that has ended are still to be adopted. */
    void hold(boolean until) {
        holding = until;
    }

    /** Takes in a flow that is forwarded elsewhere already. */
    void adopt(Flow flow) {
        table.put(flow.toClient);
        table.put(flow.toEndpoint);
        claim(flow);
        flow.state = Flow.State.OPEN;
        flow.lastSeen = now;
        open++;
    }

    private boolean take(IpPacket packet, Splice splice) {
        if (!Translation.wellFormed(packet)) {
            counters.malformed().increment();
            return true;
        }
        Splice.Watch watch = splice.watch;
        if (watch != null && !watch.forward(packet, splice)) {
            return true;
        }
        int flags = Translation.flags(packet);
        switch (cookieOf(packet, splice, flags)) {
            case NONE -> {}
            case EARLY -> {
                return false;
            }
            case WHOLE -> {
                table.remove(splice);
                return false;
            }
        }
        boolean telling = (flags & (Translation.FIN | Translation.SYN | Translation.RST)) != 0;
        if (telling || splice.flow.state != Flow.State.OPEN) {
            // A damaged packet says nothing; its receiver drops it.
            if (!telling || tcp.checksumRight(packet)) {
                return pass(packet, splice, track(splice, flags));
            }
        }
        forward(packet, splice);
        return true;
    }

    /** Whether the client of a flow that is over has a new connection already: its SYN was answered elsewhere. */
    private SynCookies.Echo cookieOf(IpPacket packet, Splice splice, int flags) {
        boolean possible = splice.flow.state == Flow.State.CLOSED
                && splice.way == Way.TO_ENDPOINT
                && (flags & (Translation.SYN | Translation.RST)) == 0;
        return possible ? tcp.cookieOf(packet) : SynCookies.Echo.NONE;
    }

    /** Does what {@link #track} found right. @return false when the packet is the stack's */
    private boolean pass(IpPacket packet, Splice splice, Verdict verdict) {
        if (verdict == Verdict.STACK) {
            return false;
        }
        // Half the sequence space from a number that the endpoint has ignored, or has taken and is gone.
        splice.flow.elsewhere = NetworkOrder.i32(packet.memory(), packet.payloadOffset() + Translation.TCP_SEQ)
                + splice.seqDelta
                + Integer.MIN_VALUE;
        if (verdict != Verdict.ASK) {
            forward(packet, splice);
        }
        if (verdict != Verdict.FORWARD) {
            ask(splice);
        }
        return true;
    }

    private void ask(Splice toEndpoint) {
        tcp.ask(
                toEndpoint.newSource,
                toEndpoint.newDestination,
                toEndpoint.newPorts,
                toEndpoint.flow.elsewhere,
                toEndpoint.lastTsVal);
    }

    /** Translates and sends; the caller has found the flow and knows that it may pass. */
    void forward(IpPacket packet, Splice splice) {
        if (packet.ttl() <= 1) {
            counters.lifetimeExceeded().increment();
            stack.icmp().timeExceeded(packet);
            return;
        }
        if (!stack.fits(packet, splice.neighbor)) {
            return;
        }
        Flow flow = splice.flow;
        flow.lastSeen = now;
        int length = packet.payloadOffset() - packet.headerOffset() + packet.payloadLength();
        splice.packets++;
        splice.bytes += length;
        counters.forwarded(splice, 1, length);
        Translation.apply(packet, splice);
        stack.forward(packet, splice.neighbor);
    }

    /** Passes an ICMP error about a forwarded packet on to the end that sent it. */
    @Override
    public boolean interceptError(IcmpError error, IpPacket packet, int quotedOffset, int quotedLength) {
        Splice splice = IcmpTranslation.quoted(packet, quotedOffset, quotedLength, Tcp.PROTOCOL, table);
        if (splice == null || splice.flow.state == Flow.State.PENDING) {
            return false;
        }
        Splice back = splice.opposite();
        if (packet.ttl() > 1) {
            IcmpTranslation.apply(packet, splice, quotedOffset, back.newSource);
            counters.icmpErrors().increment();
            stack.forward(packet, back.neighbor);
        }
        return true;
    }

    /** What becomes of a packet that tells something about its flow. */
    private enum Verdict {
        FORWARD,
        /** And the endpoint is asked whether it still knows the connection. */
        FORWARD_AND_ASK,
        /** The packet goes no further; the endpoint is asked. */
        ASK,
        /** It begins a new connection. */
        STACK
    }

    /**
     * Follows the ends of a flow by what passes. A client's reset may be a blind one that the endpoint ignores, so nothing is
     * forgotten here, it is {@link #sweep} that forgets; and the endpoint is asked: its acknowledgement revives the flow at
     * once, and only after its own reset may a SYN, which could be as blind, take the flow's place.
     */
    private Verdict track(Splice splice, int flags) {
        Flow flow = splice.flow;
        boolean syn = (flags & (Translation.SYN | Translation.ACK)) == Translation.SYN;
        boolean rst = (flags & Translation.RST) != 0;
        switch (flow.state) {
            case PENDING -> {
                return Verdict.STACK;
            }
            case OPEN -> {
                // A SYN on a live flow passes translated: its receiver sends the challenge ACK (RFC 5961 section 4).
                if (rst) {
                    end(flow, Flow.State.RESET, FlowEnd.RESET);
                    return resetBy(splice);
                } else if ((flags & Translation.FIN) != 0) {
                    finSeen(splice);
                }
            }
            case CLOSED, RESET -> {
                boolean reset = flow.state == Flow.State.RESET;
                if (syn && splice.way == Way.TO_ENDPOINT) {
                    if (reset && !flow.endpointGone) {
                        return Verdict.ASK;
                    }
                    table.remove(splice);
                    release(flow);
                    return Verdict.STACK;
                }
                if (reset && rst) {
                    return resetBy(splice);
                }
                if (reset) {
                    flow.state = Flow.State.OPEN;
                    flow.endpointGone = false;
                    flow.askedAgain = false;
                    lingering--;
                    open++;
                    counters.revived().increment();
                    listener.revived(flow);
                    offload.open(flow);
                    if ((flags & Translation.FIN) != 0) {
                        return track(splice, flags);
                    }
                }
            }
        }
        return Verdict.FORWARD;
    }

    private static Verdict resetBy(Splice splice) {
        splice.flow.endpointGone |= splice.way == Way.TO_CLIENT;
        return splice.flow.endpointGone ? Verdict.FORWARD : Verdict.FORWARD_AND_ASK;
    }

    /** A FIN of an open flow has passed elsewhere. */
    void finPassed(Splice splice) {
        if (splice.flow.state == Flow.State.OPEN) {
            finSeen(splice);
        }
    }

    private void finSeen(Splice splice) {
        splice.finSeen = true;
        if (splice.opposite().finSeen) {
            end(splice.flow, Flow.State.CLOSED, FlowEnd.CLOSED);
        }
    }

    private void end(Flow flow, Flow.State state, FlowEnd why) {
        // What still comes of a flow that lingers is looked at here.
        offload.close(flow);
        flow.state = state;
        open--;
        lingering++;
        listener.ended(flow, why);
        if (state == Flow.State.CLOSED) {
            release(flow);
            // No request can follow: what lingers is for retransmissions, and there may be many.
            unwatch(flow);
        } else if (flow.toEndpoint.watch != null) {
            resetWatched.addLast(flow);
            if (resetWatched.size() > MOST_RESET_WATCHED) {
                forgetReset(resetWatched.removeFirst());
            }
        }
    }

    private void forgetReset(Flow flow) {
        if (flow.state == Flow.State.RESET) {
            forget(flow, FlowEnd.RESET);
        }
    }

    private static void unwatch(Flow flow) {
        if (flow.toEndpoint.watch != null) {
            flow.toEndpoint.watch.forgotten();
        }
        flow.toEndpoint.watch = null;
        flow.toClient.watch = null;
    }

    /** Whether a packet with this key would find an entry that is not lingering. */
    boolean occupied(int source, int destination, int ports) {
        Splice splice = table.find(source, destination, ports);
        return splice != null && (splice.flow.state == Flow.State.OPEN || splice.flow.state == Flow.State.PENDING);
    }

    /** Adds the entry that lets a handoff see its endpoint's packets first. */
    void expect(Splice toClient) {
        put(toClient);
    }

    /** Takes back {@link #expect}. */
    void cancel(Splice toClient) {
        offload.close(toClient.flow);
        table.remove(toClient);
    }

    /** Begins to forward: the reverse entry first, so that no answer finds none. */
    void open(Flow flow) {
        put(flow.toClient);
        put(flow.toEndpoint);
        claim(flow);
        flow.state = Flow.State.OPEN;
        flow.lastSeen = now;
        open++;
        offload.open(flow);
        if (flow.toClient.finSeen && flow.toEndpoint.finSeen) {
            end(flow, Flow.State.CLOSED, FlowEnd.CLOSED);
        }
    }

    private void put(Splice splice) {
        Splice replaced = table.put(splice);
        if (replaced != null && replaced != splice && replaced.way == Way.TO_CLIENT) {
            forget(replaced.flow, FlowEnd.REPLACED);
        }
    }

    /** Takes a flow's entries away, so that its packets are the stack's again; nothing is told to anybody. */
    void takeBack(Flow flow) {
        offload.suspend(flow);
        table.remove(flow.toEndpoint);
        table.remove(flow.toClient);
        release(flow);
        flow.state = Flow.State.PENDING;
        open--;
    }

    /** Removes a flow whatever its state. */
    void forget(Flow flow, FlowEnd why) {
        if (flow.gone) {
            return;
        }
        offload.close(flow);
        table.remove(flow.toEndpoint);
        table.remove(flow.toClient);
        release(flow);
        flow.gone = true;
        switch (flow.state) {
            case OPEN -> {
                open--;
                listener.ended(flow, why);
            }
            case CLOSED, RESET -> lingering--;
            case PENDING -> {}
        }
        listener.forgotten(flow);
    }

    /**
     * Looks at {@code slots} slots of the table, going on where the last sweep stopped, and forgets what is over.
     *
     * @return how many flows were forgotten
     */
    public int sweep(int slots) {
        int forgotten = 0;
        for (int i = 0; i < slots && table.size() > 0; i++) {
            swept = swept + 1 < table.capacity() ? swept + 1 : 0;
            Splice splice = table.at(swept);
            // A forward entry may have been replaced by a new connection; the reverse one is there as long as the flow.
            if (splice == null || splice.way != Way.TO_CLIENT) {
                continue;
            }
            Flow flow = splice.flow;
            offload.sync(flow);
            long quiet = now - flow.lastSeen;
            if (flow.state == Flow.State.RESET && !flow.endpointGone && !flow.askedAgain && quiet > LINGER / 2) {
                // The question or its answer was lost, or the endpoint does not answer so often.
                flow.askedAgain = true;
                ask(flow.toEndpoint);
            }
            boolean over = switch (flow.state) {
                case PENDING -> false;
                case OPEN -> quiet > flow.listener.listener().idleTimeout().toNanos();
                case CLOSED, RESET -> quiet > LINGER;
            };
            if (over) {
                forget(flow, FlowEnd.IDLE);
            } else if (flow.state == Flow.State.OPEN && flow.toClient.watch != null) {
                flow.toClient.watch.swept();
            }
            if (flow.gone) {
                forgotten++;
                // Removal closes gaps by moving entries back: look at this slot again.
                swept--;
            }
        }
        return forgotten;
    }

    /** What is followed of an open flow has changed. */
    void followed(Flow flow) {
        offload.followed(flow);
    }

    /** What has passed of a followed direction without being seen here. @return false when nothing can have */
    boolean seen(Splice splice, Offload.Seen into) {
        return offload.seen(splice, into);
    }

    /** Whether anything has passed to the client. */
    boolean answered(Flow flow) {
        offload.sync(flow);
        return flow.toClient.packets > 0;
    }

    /** Slots that one full sweep looks at. */
    public int slots() {
        return table.capacity();
    }

    /** Every flow whose entries are in the table, handoffs under way left out. */
    void forEach(Consumer<Flow> action) {
        for (int i = 0; i < table.capacity(); i++) {
            Splice splice = table.at(i);
            if (splice != null && splice.way == Way.TO_CLIENT && splice.flow.state != Flow.State.PENDING) {
                offload.sync(splice.flow);
                action.accept(splice.flow);
            }
        }
    }
}
