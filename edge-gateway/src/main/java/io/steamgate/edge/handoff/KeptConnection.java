package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.Bytes;
import io.steamgate.edge.follow.HttpExchanges;
import io.steamgate.edge.follow.HttpExchanges.Step;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.tcp.TcpSnapshot;
import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.NetworkOrder;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A kept HTTP connection whose requests may belong to different services (multiple handoff). While it is spliced, the
 * packets of both directions are framed as they pass: heads are read, bodies are skipped. A packet with a request for
 * elsewhere, or with a head that is not complete, is held back; once every response before it is complete and
 * acknowledged by the client, the two connections are given back to the stack, which takes it from there.
 *
 * <p>Positions in the streams are the client's: offset 0 is the first byte after its SYN, and ours.
 */
final class KeptConnection {
    /** Packets held back at most; what comes beyond is dropped and sent again by the client. */
    private static final int MOST_HELD = 16;
    /** So much of a body passes before its place in it is looked at again: positions are compared modulo 2^32. */
    private static final long MOST_SKIPPED = 1 << 30;
    /** What the stack buffers of an endpoint's connection that it has taken back. */
    private static final int SITE_WINDOW = 64 * 1024;

    /** What the handoff does about what is seen here. */
    interface Owner {
        /** Whether the request that {@link HttpExchanges#head} announces belongs to where the connection leads now. */
        boolean stays();

        /** Both connections are the stack's again; the packets that were held back follow at once. */
        void takenBack(TcpConnection front, TcpConnection back);

        /** What the stack tells of the connections from then on. */
        TcpEvents frontEvents();

        TcpEvents backEvents();
    }

    private final HttpExchanges exchanges;
    private final Owner owner;
    private final Gateway gateway;
    private final int requestBase;
    private final int responseBase;
    private final ArrayDeque<Frame> held = new ArrayDeque<>();
    private final FollowedEnd client = new FollowedEnd();
    private final FollowedEnd site = new FollowedEnd();
    private final Offload.Seen seen = new Offload.Seen();
    private @Nullable Flow flow;
    private @Nullable Nic heldFrom;
    private Step pending = Step.MORE;
    private TcpSnapshot front;
    private TcpSnapshot back;

    KeptConnection(Gateway gateway, HttpExchanges exchanges, Owner owner, TcpSnapshot front) {
        this.gateway = gateway;
        this.exchanges = exchanges;
        this.owner = owner;
        this.front = front;
        this.back = front;
        requestBase = front.irs() + 1;
        responseBase = front.iss() + 1;
    }

    HttpExchanges exchanges() {
        return exchanges;
    }

    // --- while the stack has both connections ----------------------------------------------------------------------

    /** Reads on in what the client has sent. {@code consumed} is the stream offset of the first readable byte. */
    Step read(TcpConnection from, long consumed) {
        if (step() == Step.HEAD || step() == Step.MALFORMED) {
            return pending;
        }
        int fed = (int) (exchanges.requestOffset() - consumed);
        int more = from.readable() - fed;
        pending = more <= 0
                ? Step.MORE
                : exchanges.request(new Bytes(from.receiveArray(), from.receiveOffset() + fed, more));
        return pending;
    }

    /** Where reading stopped: before what cannot go on as it is, or nowhere. */
    Step step() {
        // An endpoint may switch protocols though nobody asked: what was taken for a request belongs to the tunnel
        // then.
        return exchanges.tunnel() ? Step.MORE : pending;
    }

    /** The announced request may go where the connection leads now. */
    void admit() {
        exchanges.admit();
        pending = Step.MORE;
    }

    // --- while it is spliced ---------------------------------------------------------------------------------------

    /** Watches a flow from its splice on. */
    void watch(Flow spliced, TcpSnapshot clientNow, TcpSnapshot siteNow) {
        flow = spliced;
        front = clientNow;
        back = siteNow;
        client.start(
                clientNow.rcvNxt(),
                clientNow.sndMax(),
                clientNow.sndWnd() >>> clientNow.agreement().sndWndShift(),
                clientNow.tsRecent());
        site.start(
                siteNow.rcvNxt(),
                siteNow.sndMax(),
                siteNow.sndWnd() >>> siteNow.agreement().sndWndShift(),
                siteNow.tsRecent());
        if (exchanges.tunnel()) {
            unwatch(spliced);
            return;
        }
        spliced.toEndpoint.watch = new Splice.Watch() {
            @Override
            public boolean forward(IpPacket packet, Splice splice) {
                return clientSends(packet, splice);
            }

            @Override
            public void forgotten() {
                // What waited for an answer that never came.
                releaseHeld();
            }

            @Override
            public FollowedEnd skips() {
                return client;
            }
        };
        spliced.toClient.watch = new Splice.Watch() {
            @Override
            public boolean forward(IpPacket packet, Splice splice) {
                return siteSends(packet, splice);
            }

            @Override
            public FollowedEnd skips() {
                return site;
            }
        };
        follow(spliced);
    }

    private void unwatch(Flow spliced) {
        spliced.toEndpoint.watch = null;
        spliced.toClient.watch = null;
        gateway.path().followed(spliced);
    }

    /** Says up to where packets may pass without being looked at here: to the end of a body that has begun. */
    private void follow(Flow spliced) {
        client.position = requestBase + (int) exchanges.requestOffset();
        client.followAt = client.position + (int) Math.min(MOST_SKIPPED, exchanges.requestSkippable());
        client.every = !held.isEmpty();
        site.position = responseSeq() - spliced.toClient.seqDelta;
        site.followAt = site.position + (int) Math.min(MOST_SKIPPED, exchanges.responseSkippable());
        gateway.path().followed(spliced);
    }

    /** Takes in what has passed without being looked at. */
    private void catchUp(Flow spliced) {
        if (gateway.path().seen(spliced.toClient, seen)) {
            int sent = requestBase + (int) exchanges.requestOffset() + spliced.toEndpoint.seqDelta;
            site.saw(
                    seen,
                    sent + (int) Math.min(MOST_SKIPPED, exchanges.requestSkippable()),
                    spliced.toClient.tsValDelta);
            int passed = seen.highest + spliced.toClient.seqDelta - responseSeq();
            if (passed > 0) {
                exchanges.skipResponse(Math.min(passed, exchanges.responseSkippable()));
            }
        }
        if (gateway.path().seen(spliced.toEndpoint, seen)) {
            client.saw(seen, responseSeq(), spliced.toEndpoint.tsValDelta);
            int passed = seen.highest - (requestBase + (int) exchanges.requestOffset());
            if (passed > 0) {
                exchanges.skipRequest(Math.min(passed, exchanges.requestSkippable()));
            }
        }
    }

    private static int payload(IpPacket packet) {
        return packet.payloadLength() - Translation.headerLength(packet);
    }

    boolean siteSends(IpPacket packet, Splice splice) {
        Flow spliced = flow;
        if (spliced == null) {
            return true;
        }
        catchUp(spliced);
        boolean passes = readResponse(packet, splice);
        if (splice.watch != null) {
            follow(spliced);
        }
        return passes;
    }

    private boolean readResponse(IpPacket packet, Splice splice) {
        if ((Translation.flags(packet) & (Translation.SYN | Translation.RST)) != 0) {
            return true;
        }
        if (!gateway.tcp().checksumRight(packet)) {
            // On the way to its receiver the damage might be made good by another, and what passed would be unknown
            // here.
            gateway.counters().followed().of("damaged").increment();
            return false;
        }
        int length = payload(packet);
        int seq = NetworkOrder.i32(packet.memory(), packet.payloadOffset() + Translation.TCP_SEQ) + splice.seqDelta;
        if (length > 0 && !seesResponse(packet, seq, length)) {
            gateway.counters().followed().of("out-of-order").increment();
            return false;
        }
        site.saw(packet);
        if (exchanges.tunnel()) {
            unwatch(splice.flow);
            // Whatever waited for the answer to an upgrade belongs to the tunnel: the client sends it again.
            releaseHeld();
        }
        return true;
    }

    /** @return false when the bytes lie beyond a gap that hides where a message ends */
    private boolean seesResponse(IpPacket packet, int seq, int length) {
        int ahead = seq - responseSeq();
        int end = ahead + length;
        if (end <= 0) {
            return true;
        }
        // The order of skipped bytes does not matter: count up to the highest that passed.
        int skip = (int) Math.min(exchanges.responseSkippable(), end);
        if (ahead > skip) {
            return false;
        }
        if (skip > 0) {
            exchanges.skipResponse(skip);
        }
        int from = Math.max(skip, 0) - ahead;
        if (from < length) {
            long payload = packet.payloadOffset() + Translation.headerLength(packet) + (long) from;
            exchanges.response(packet.memory(), payload, length - from);
        }
        return true;
    }

    private int responseSeq() {
        return responseBase + (int) exchanges.responseOffset();
    }

    private boolean clientSends(IpPacket packet, Splice splice) {
        Flow spliced = flow;
        if (spliced == null) {
            return true;
        }
        catchUp(spliced);
        boolean passes = readRequest(packet, splice);
        if (flow != null && splice.watch != null) {
            follow(spliced);
            if (!held.isEmpty()) {
                // What was awaited may have passed just before it could no more.
                catchUp(spliced);
                takeBackWhenQuiet();
            }
        }
        return passes;
    }

    private boolean readRequest(IpPacket packet, Splice splice) {
        int flags = Translation.flags(packet);
        if ((flags & (Translation.SYN | Translation.RST)) != 0) {
            return true;
        }
        int length = payload(packet);
        int seq = NetworkOrder.i32(packet.memory(), packet.payloadOffset() + Translation.TCP_SEQ);
        if (!gateway.tcp().checksumRight(packet)) {
            // On the way to its receiver the damage might be made good by another, and what passed would be unknown
            // here.
            gateway.counters().followed().of("damaged").increment();
            return false;
        }
        client.saw(packet);
        if (splice.flow.toClient.finSeen) {
            // The endpoint has closed: no other answer can follow on this connection.
            return true;
        }
        if (length == 0 && (flags & Translation.FIN) == 0) {
            if (held.isEmpty()) {
                return true;
            }
            gateway.path().forward(packet, splice);
            takeBackWhenQuiet();
            return false;
        }
        if (!held.isEmpty()) {
            hold(packet);
            takeBackWhenQuiet();
            return false;
        }
        int passes = length == 0 ? 0 : readsRequest(packet, seq, length);
        if (passes == length) {
            return true;
        }
        if (passes < 0) {
            gateway.counters().followed().of("out-of-order").increment();
            return false;
        }
        hold(packet);
        if (passes > 0) {
            // The end of one request and the beginning of another in one packet: the first part goes on.
            gateway.path().forward(Translation.cut(packet, passes), splice);
        }
        takeBackWhenQuiet();
        return false;
    }

    /** @return how many bytes of the payload belong to where the connection leads now; -1 beyond a gap */
    private int readsRequest(IpPacket packet, int seq, int length) {
        int ahead = seq - (requestBase + (int) exchanges.requestOffset());
        int end = ahead + length;
        if (end <= 0) {
            return length;
        }
        int skip = (int) Math.min(exchanges.requestSkippable(), end);
        if (ahead > skip) {
            return -1;
        }
        if (skip > 0) {
            exchanges.skipRequest(skip);
        }
        int at = Math.max(skip, 0) - ahead;
        long payload = packet.payloadOffset() + Translation.headerLength(packet);
        while (at < length) {
            pending = exchanges.request(packet.memory(), payload + at, length - at);
            at += exchanges.taken();
            if (pending == Step.HEAD && owner.stays()) {
                admit();
            } else if (pending != Step.MORE) {
                break;
            }
        }
        int admitted = requestBase + (int) exchanges.admittedTo() - seq;
        return Math.clamp(admitted, 0, length);
    }

    private void hold(IpPacket packet) {
        if (held.size() < MOST_HELD) {
            held.addLast(gateway.copy(packet.frame()));
            heldFrom = packet.nic();
        }
    }

    private void releaseHeld() {
        for (Frame frame = held.pollFirst(); frame != null; frame = held.pollFirst()) {
            frame.release();
        }
    }

    /** Whether both ends have acknowledged everything the other has sent, and no response is owed. */
    private boolean quiet(Flow spliced) {
        return exchanges.answered()
                && client.ack == responseSeq()
                && site.ack == requestBase + (int) exchanges.admittedTo() + spliced.toEndpoint.seqDelta;
    }

    private void takeBackWhenQuiet() {
        Flow spliced = flow;
        boolean broken = exchanges.state() == HttpExchanges.State.BROKEN;
        if (spliced == null || spliced.state != Flow.State.OPEN || !broken && !quiet(spliced)) {
            return;
        }
        flow = null;
        // First of all: what nobody watches passes.
        gateway.path().takeBack(spliced);
        spliced.toEndpoint.watch = null;
        spliced.toClient.watch = null;
        Tcp tcp = gateway.tcp();
        int request = requestBase + (int) exchanges.admittedTo();
        int response = responseSeq();
        int bytes = Gateway.followBytes(spliced.listener);
        // What each end has seen of the other's clock; not what passed last, which may have been damaged.
        int toClient = site.timestamp + spliced.toClient.tsValDelta;
        int toSite = client.timestamp + spliced.toEndpoint.tsValDelta;
        TcpConnection clientAgain =
                tcp.resume(snapshot(front, response, request, client, toClient, bytes), bytes, owner.frontEvents());
        TcpConnection siteAgain = tcp.resume(
                snapshot(
                        back,
                        request + spliced.toEndpoint.seqDelta,
                        response - spliced.toClient.seqDelta,
                        site,
                        toSite,
                        SITE_WINDOW),
                SITE_WINDOW,
                owner.backEvents());
        owner.takenBack(clientAgain, siteAgain);
        Nic nic = heldFrom;
        for (Frame frame = held.pollFirst(); frame != null && nic != null; frame = held.pollFirst()) {
            gateway.redeliver(nic, frame);
            frame.release();
        }
    }

    /**
     * A connection as it is after its packets have passed through a splice for a while.
     *
     * @param window what the stack buffers of it: what it announced before the splice may be used up
     */
    private TcpSnapshot snapshot(TcpSnapshot was, int sndNxt, int rcvNxt, FollowedEnd peer, int lastTsVal, int window) {
        int clock = gateway.tcp().timestampClock();
        // The peer has seen the other end's clock: ours goes on from there.
        int behind = lastTsVal - (clock + was.tsOffset());
        int offset = was.agreement().timestamps() && behind > 0 ? was.tsOffset() + behind : was.tsOffset();
        return new TcpSnapshot(
                was.localAddress(),
                was.localPort(),
                was.remoteAddress(),
                was.remotePort(),
                was.iss(),
                was.irs(),
                sndNxt,
                sndNxt,
                sndNxt,
                peer.window << was.agreement().sndWndShift(),
                peer.seq,
                sndNxt,
                rcvNxt,
                window,
                rcvNxt + window,
                rcvNxt,
                was.agreement(),
                peer.timestamp,
                clock + offset,
                offset,
                false,
                false,
                false);
    }
}
