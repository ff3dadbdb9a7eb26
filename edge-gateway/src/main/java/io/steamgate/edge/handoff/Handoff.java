package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.Bytes;
import io.steamgate.edge.follow.Decision;
import io.steamgate.edge.follow.Follower;
import io.steamgate.edge.follow.HttpExchanges;
import io.steamgate.edge.follow.HttpExchanges.Step;
import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.route.AddressMode;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.Service;
import io.steamgate.edge.route.ServiceState;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Timers.Timer;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpAgreement;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.tcp.TcpSnapshot;
import io.steamgate.edge.tcp.TcpState;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.NetworkOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a client on its way to an endpoint: followed until it is decided, connected, replayed, spliced. From
 * the splice on this object is garbage, except where it relays because the endpoint agreed to less than the client.
 *
 * <p>Nothing is lost on the way: bytes are consumed from the client's buffer only by writing them to the endpoint's
 * connection, and the splice waits until the endpoint has acknowledged every one.
 */
final class Handoff implements TcpEvents, KeptConnection.Owner {
    private enum Stage {
        /** The follower wants more bytes. */
        FOLLOWING,
        /** The client is decided; an endpoint has been sent a SYN. What the client sends waits in its buffer. */
        CONNECTING,
        /** What was buffered is on its way to the endpoint. */
        REPLAYING,
        /** Two terminated connections, for good. */
        RELAYING,
        /** The packets of a kept connection pass; its requests are watched. */
        WATCHING,
        /** The last word has been said to the client; its own FIN is awaited. */
        REFUSING,
        DONE
    }

    /**
     * How long a replay may make no progress. An end that says nothing at all is given up by its own connection, sooner or
     * later; this is for one that answers and takes nothing.
     */
    static final int REPLAY_STALL_SECONDS = 120;

    private static final long REPLAY_STALL = REPLAY_STALL_SECONDS * Clock.NANOS_PER_SECOND;

    private static final byte[] NOTHING = new byte[0];

    private final Gateway gateway;
    private final ListenerState listener;
    private final Follower follower;
    private TcpConnection front;
    private final int reserved;
    /** When the client was accepted, or last taken back. */
    private long since;

    private final Timer timer = new Timer(this::timedOut);
    /** Ends what the stack holds and nobody uses; late by {@link #REPLAY_STALL} at most. */
    private final Timer idle = new Timer(this::idle);
    /** When bytes were last received or acknowledged, on either side. */
    private long progressAt;

    private final List<EndpointState> tried = new ArrayList<>(2);

    private Stage stage = Stage.FOLLOWING;
    private RouteKey key = RouteKey.ofPort();
    private @Nullable ServiceState service;
    private @Nullable EndpointState endpoint;
    private @Nullable Leg leg;
    private @Nullable Flow flow;
    private @Nullable KeptConnection kept;
    private final ParkedLegs parked;
    /** Bytes of the client's stream that have left its buffer. */
    private long moved;

    Handoff(Gateway gateway, ListenerState listener, Follower follower, TcpConnection front, int reserved) {
        this.gateway = gateway;
        this.listener = listener;
        this.follower = follower;
        this.front = front;
        this.reserved = reserved;
        parked = new ParkedLegs(gateway);
        since = gateway.clock().nanos();
    }

    void start() {
        front.events(this);
        gateway.timers().armIn(timer, listener.listener().followTimeout().toNanos());
        if (follower.decidesOnAccept()) {
            follow();
        }
    }

    // --- the client's side -----------------------------------------------------------------------------------------

    @Override
    public void readable() {
        switch (stage) {
            case FOLLOWING -> follow();
            case REPLAYING, RELAYING -> pump();
            case REFUSING -> drain();
            case CONNECTING, WATCHING, DONE -> {}
        }
    }

    @Override
    public void acknowledged() {
        pump();
    }

    @Override
    public void writable() {
        pump();
    }

    @Override
    public void closed(TcpEnd reason) {
        if (stage == Stage.FOLLOWING) {
            gateway.counters().clientLeft().increment();
        }
        Leg to = leg;
        if (to != null && reason == TcpEnd.FINISHED && (stage == Stage.REPLAYING || stage == Stage.RELAYING)) {
            // The endpoint's own connection finishes by itself.
            return;
        }
        // First: what the endpoint's connection then tells is not a failure of the endpoint.
        done();
        if (to != null) {
            to.connection().abort();
        }
    }

    private void follow() {
        Bytes buffered = new Bytes(front.receiveArray(), front.receiveOffset(), front.readable());
        switch (follower.follow(buffered, front.endOfStream())) {
            case Decision.NeedMore(int limit) -> {
                if (front.endOfStream()) {
                    refuse(NOTHING, "incomplete");
                } else if (buffered.length() >= Math.min(limit, reserved)) {
                    refuse(NOTHING, "too-large");
                }
            }
            case Decision.Reject(byte[] reply, String reason) -> refuse(reply, reason);
            case Decision.Route(RouteKey found) -> decided(found);
        }
    }

    private void decided(RouteKey found) {
        key = found;
        Optional<ServiceState> chosen = listener.decide(found, new Ipv4Address(front.remoteAddress()));
        if (chosen.isEmpty()) {
            refuse(follower.onUnknown(), "no-rule");
            return;
        }
        gateway.counters().decisions().of("route").increment();
        gateway.timers().cancel(timer);
        service = chosen.get();
        if (!listener.listener().leadsToOneService(found.host(), new Ipv4Address(front.remoteAddress()))) {
            kept = new KeptConnection(gateway, gateway.exchanges(), this, front.snapshot());
            readRequests(kept);
        }
        // The edge has promised the client no more than it buffers; from now on the window does not move until the
        // endpoint's takes its place.
        front.holdWindow();
        stage = Stage.CONNECTING;
        connectNext(chosen.get());
    }

    /** The stack holds both connections from now on, until there is a splice. */
    private void held(Stage next) {
        stage = next;
        progressAt = gateway.clock().nanos();
        gateway.timers().armIn(idle, Math.min(idleLimit(), REPLAY_STALL));
    }

    private void idle() {
        if (stage != Stage.REPLAYING && stage != Stage.RELAYING) {
            return;
        }
        long limit = idleLimit();
        long quiet = gateway.clock().nanos() - progressAt;
        if (quiet < limit) {
            gateway.timers().armIn(idle, Math.min(limit - quiet, REPLAY_STALL));
            return;
        }
        gateway.counters().idle().increment();
        Leg to = leg;
        front.abort();
        done();
        if (to != null) {
            to.connection().abort();
        }
    }

    /** As long as the listener's flows may be, but not while bytes wait for an end that does not take them. */
    private long idleLimit() {
        long flows = listener.listener().idleTimeout().toNanos();
        Leg to = leg;
        boolean underway = stage == Stage.REPLAYING
                && to != null
                && !(to.connection().allAcknowledged() && front.allAcknowledged());
        return underway ? Math.min(flows, REPLAY_STALL) : flows;
    }

    private void timedOut() {
        if (stage == Stage.FOLLOWING || stage == Stage.REPLAYING && kept != null && kept.step() == Step.MORE) {
            refuse(follower.onTimeout(), "timeout");
        } else if (stage == Stage.REFUSING) {
            front.abort();
            done();
        }
    }

    /** Tells the client why, then waits briefly for its FIN: a reset at once could overtake the reply (RFC 9112 section 9.6). */
    private void refuse(byte[] reply, String reason) {
        gateway.counters().decisions().of(reason).increment();
        gateway.observer().refused(listener, front.remoteAddress(), front.remotePort(), key, reason);
        stage = Stage.REFUSING;
        leaveEndpoint();
        if (reply.length == 0) {
            front.abort();
            done();
            return;
        }
        front.write(reply, 0, reply.length);
        front.shutdownOutput();
        gateway.timers().armIn(timer, Gateway.REFUSAL_LINGER);
        drain();
    }

    private void drain() {
        front.releaseWindow();
        front.consume(front.readable());
    }

    // --- the endpoint's side ---------------------------------------------------------------------------------------

    private void connectNext(ServiceState wanted) {
        // The endpoint is offered what was agreed with the client, and no segment larger than the way back to it.
        SynOffer offer = front.agreed().asPeerOffered();
        SynOffer fitting = new SynOffer(
                Math.min(offer.mss(), gateway.mssTowards(front.remoteAddress())),
                offer.windowScale(),
                offer.sack(),
                offer.timestamps());
        boolean transparent = wanted.service().addressMode() == AddressMode.TRANSPARENT;
        for (Optional<EndpointState> next = wanted.pick(front.remoteAddress(), tried);
                next.isPresent();
                next = wanted.pick(front.remoteAddress(), tried)) {
            EndpointState candidate = next.get();
            tried.add(candidate);
            Leg opened = gateway.serviceSide()
                    .connect(
                            candidate,
                            candidate.endpoint().portFor(front.localPort()),
                            transparent ? front.remoteAddress() : 0,
                            front.remotePort(),
                            fitting,
                            wanted.service().connectTimeout(),
                            new EndpointEvents(candidate));
            if (opened != null) {
                candidate.flowOpened();
                endpoint = candidate;
                leg = opened;
                if (transparent) {
                    // Its packets are addressed to the client: the stack would not take them for its own.
                    flow = gateway.expect(listener, candidate, key, front, opened.connection(), this::endpointSends);
                }
                return;
            }
            gateway.counters().portsExhausted().increment();
        }
        gateway.counters().unavailable().increment();
        refuse(follower.onUnavailable(), "unavailable");
    }

    /** What the connection to one endpoint tells; an endpoint that was given up is not listened to. */
    private final class EndpointEvents implements TcpEvents {
        private final EndpointState of;

        EndpointEvents(EndpointState of) {
            this.of = of;
        }

        @Override
        public void connected() {
            if (endpoint == of && stage == Stage.CONNECTING) {
                of.connected();
                endpointConnected(of);
            }
        }

        @Override
        public void readable() {
            if (endpoint == of) {
                pump();
            }
        }

        @Override
        public void acknowledged() {
            readable();
        }

        @Override
        public void writable() {
            readable();
        }

        @Override
        public void closed(TcpEnd reason) {
            if (endpoint == of) {
                endpointClosed(of, reason);
            }
        }
    }

    private void endpointConnected(EndpointState of) {
        Leg to = leg;
        ServiceState wanted = service;
        if (to == null || wanted == null) {
            throw new IllegalStateException("an endpoint answered nobody");
        }
        Service its = wanted.service();
        if (flow == null) {
            flow = gateway.expect(listener, of, key, front, to.connection(), this::endpointSends);
        }
        if (agreeAlike(front.agreed(), to.connection().agreed()) && gateway.route(flow)) {
            held(Stage.REPLAYING);
        } else {
            gateway.counters().relayed().of(of.serviceName()).increment();
            held(Stage.RELAYING);
            front.releaseWindow();
        }
        byte[] header = Gateway.proxyHeader(its, front);
        if (header.length > 0) {
            to.connection().write(header, 0, header.length);
        }
        pump();
    }

    /** Whether the packets of one can be translated into packets of the other. */
    private static boolean agreeAlike(TcpAgreement client, TcpAgreement site) {
        return client.sack() == site.sack()
                && client.timestamps() == site.timestamps()
                && client.windowScaling() == site.windowScaling();
    }

    private void endpointClosed(EndpointState of, TcpEnd reason) {
        switch (stage) {
            case CONNECTING -> {
                gateway.counters()
                        .endpointFailures()
                        .of(reason.name().toLowerCase(Locale.ROOT))
                        .increment();
                of.connectFailed();
                forgetLeg();
                ServiceState wanted = service;
                if (wanted != null) {
                    connectNext(wanted);
                }
            }
            case REPLAYING, RELAYING -> {
                if (reason == TcpEnd.FINISHED && front.state() != TcpState.CLOSED) {
                    // The client's own connection finishes by itself: it has been sent everything, FIN included.
                    pump();
                    forgetLeg();
                } else {
                    front.abort();
                    done();
                }
            }
            case FOLLOWING, REFUSING, WATCHING, DONE -> {}
        }
    }

    private void pump() {
        Leg to = leg;
        if (to == null || stage != Stage.REPLAYING && stage != Stage.RELAYING) {
            return;
        }
        progressAt = gateway.clock().nanos();
        KeptConnection followed = kept;
        if (followed == null) {
            Pump.move(front, to.connection());
            Pump.move(to.connection(), front);
        } else {
            pumpRequests(followed, to.connection());
        }
        if (stage == Stage.REPLAYING && to.connection().endOfStream()) {
            // The endpoint has closed its half before there was a splice: there will be none, and the client must not
            // be held to what the edge promised before it knew the endpoint.
            stage = Stage.RELAYING;
            front.releaseWindow();
        }
        spliceIfAtRest();
    }

    // --- kept connections, while the stack has them ----------------------------------------------------------------

    /** Moves what belongs to this endpoint; what belongs elsewhere waits until everything before it is answered. */
    private void pumpRequests(KeptConnection followed, TcpConnection back) {
        readRequests(followed);
        HttpExchanges exchanges = followed.exchanges();
        boolean inHead = followed.step() == Step.MORE && exchanges.admittedTo() < exchanges.requestOffset();
        if (inHead && !timer.armed()) {
            gateway.timers().armIn(timer, listener.listener().followTimeout().toNanos());
        } else if (!inHead) {
            gateway.timers().cancel(timer);
        }
        moved += Pump.some(front, back, (int) Math.min(Integer.MAX_VALUE, exchanges.admittedTo() - moved));
        int answers = back.readable();
        if (answers > 0) {
            exchanges.response(
                    new Bytes(back.receiveArray(), back.receiveOffset(), Math.min(answers, front.writable())));
            Pump.some(back, front, answers);
        }
        if (back.endOfStream() && back.readable() == 0) {
            front.shutdownOutput();
        }
        if (front.endOfStream() && front.readable() == 0) {
            back.shutdownOutput();
        }
        if (front.readable() > 0 && exchanges.state() == HttpExchanges.State.BROKEN) {
            gateway.counters().followed().of("broken").increment();
            gateway.observer().refused(listener, front.remoteAddress(), front.remotePort(), key, exchanges.fault());
            front.abort();
            back.abort();
            done();
        } else if (followed.step() == Step.HEAD || followed.step() == Step.MALFORMED) {
            moveWhenQuiet(followed, back);
        }
    }

    private void readRequests(KeptConnection followed) {
        while (followed.read(front, moved) == Step.HEAD && stays()) {
            followed.admit();
        }
    }

    private void moveWhenQuiet(KeptConnection followed, TcpConnection back) {
        HttpExchanges exchanges = followed.exchanges();
        boolean quiet = exchanges.answered()
                && moved == exchanges.admittedTo()
                && back.allAcknowledged()
                && back.readable() == 0
                && front.allAcknowledged();
        if (!quiet || back.endOfStream()) {
            return;
        }
        if (followed.step() == Step.MALFORMED) {
            Bytes rest = new Bytes(front.receiveArray(), front.receiveOffset(), front.readable());
            if (follower.follow(rest, false) instanceof Decision.Reject(byte[] reply, String reason)) {
                refuse(reply, reason);
            } else {
                refuse(NOTHING, "malformed");
            }
            return;
        }
        key = exchanges.head().key();
        Optional<ServiceState> next = listener.decide(key, new Ipv4Address(front.remoteAddress()));
        if (next.isEmpty()) {
            refuse(follower.onUnknown(), "no-rule");
            return;
        }
        followed.admit();
        moveTo(next.get());
    }

    /** What the client had with its endpoint is answered and acknowledged: it waits there until the client comes back. */
    private void moveTo(ServiceState next) {
        ServiceState was = service;
        Leg left = leg;
        Flow there = flow;
        EndpointState of = endpoint;
        if (was == null || left == null || there == null || of == null) {
            throw new IllegalStateException("a kept connection moves from nowhere");
        }
        gateway.counters().followed().of("moved").increment();
        leg = null;
        flow = null;
        endpoint = null;
        parked.park(was, of, left, there);
        service = next;
        front.holdWindow();
        ParkedLegs.Parked known = parked.take(next);
        if (known == null) {
            tried.clear();
            stage = Stage.CONNECTING;
            connectNext(next);
            return;
        }
        leg = known.leg;
        flow = known.flow;
        endpoint = known.endpoint;
        known.leg.connection().events(new EndpointEvents(known.endpoint));
        boolean alike = agreeAlike(front.agreed(), known.leg.connection().agreed());
        held(alike ? Stage.REPLAYING : Stage.RELAYING);
        gateway.expectAgain(known.flow, this::endpointSends);
        pump();
    }

    /** Ends what the client had with an endpoint, in peace. */
    private void leaveEndpoint() {
        Leg left = leg;
        Flow there = flow;
        EndpointState of = endpoint;
        leg = null;
        flow = null;
        endpoint = null;
        if (there != null) {
            gateway.unexpect(there);
        }
        if (left != null && of != null) {
            of.flowClosed();
            left.connection().events(new TcpEvents() {
                @Override
                public void readable() {
                    left.connection().consume(left.connection().readable());
                }

                @Override
                public void closed(TcpEnd reason) {
                    gateway.serviceSide().release(left);
                }
            });
            left.connection().close();
        }
    }

    @Override
    public boolean stays() {
        KeptConnection followed = kept;
        if (followed == null) {
            return true;
        }
        RouteKey next = followed.exchanges().head().key();
        Optional<ServiceState> wanted = listener.decide(next, new Ipv4Address(front.remoteAddress()));
        boolean same = wanted.isPresent() && wanted.get() == service;
        if (same) {
            gateway.counters().followed().of("stayed").increment();
        }
        return same;
    }

    @Override
    public void takenBack(TcpConnection client, TcpConnection site) {
        Flow again = flow;
        Leg to = leg;
        if (again == null || to == null) {
            throw new IllegalStateException("a connection was taken back that was not handed off");
        }
        front = client;
        leg = new Leg(site, to.pool());
        held(Stage.REPLAYING);
        since = gateway.clock().nanos();
        moved = kept == null ? moved : kept.exchanges().admittedTo();
        gateway.following(reserved);
        gateway.expectAgain(again, this::endpointSends);
    }

    @Override
    public TcpEvents frontEvents() {
        return this;
    }

    @Override
    public TcpEvents backEvents() {
        EndpointState of = endpoint;
        if (of == null) {
            throw new IllegalStateException("a watched connection has no endpoint");
        }
        return new EndpointEvents(of);
    }

    /** Splices when nothing is on its way any more. */
    private void spliceIfAtRest() {
        Leg to = leg;
        if (stage != Stage.REPLAYING || to == null) {
            return;
        }
        TcpConnection back = to.connection();
        if (front.readable() == 0
                && back.readable() == 0
                && back.allAcknowledged()
                && front.allAcknowledged()
                && !back.endOfStream()) {
            back.acknowledgeNow();
            TcpSnapshot site = back.detach();
            // The client's window was frozen at what the edge would buffer: now it is the endpoint's.
            front.receiveLimit(Math.max(1, site.sndWnd()));
            front.releaseWindow();
            front.acknowledgeNow();
            splice(front.detach(), site);
        }
    }

    /**
     * Sees the endpoint's packets before the stack does. The usual answer to a replay acknowledges all of it and brings
     * the first data: then the splice is now, and that very packet is the first to pass it.
     */
    private boolean endpointSends(IpPacket packet, Splice toClient) {
        Leg to = leg;
        if (stage == Stage.REPLAYING && to != null && completesReplay(packet, to.connection())) {
            splice(front.detach(), to.connection().detach());
            KeptConnection followed = kept;
            return followed == null || followed.siteSends(packet, toClient);
        }
        gateway.tcp().receive(packet);
        return false;
    }

    private boolean completesReplay(IpPacket packet, TcpConnection back) {
        int flags = Translation.flags(packet);
        int tcp = packet.payloadOffset();
        return (flags & (Translation.SYN | Translation.RST | Translation.ACK)) == Translation.ACK
                && packet.payloadLength() > Translation.headerLength(packet)
                && front.readable() == 0
                && back.readable() == 0
                && front.allAcknowledged()
                && back.atRest(
                        NetworkOrder.i32(packet.memory(), tcp + Translation.TCP_SEQ),
                        NetworkOrder.i32(packet.memory(), tcp + Translation.TCP_ACK))
                && gateway.tcp().checksumRight(packet);
    }

    private void splice(TcpSnapshot client, TcpSnapshot site) {
        Flow spliced = flow;
        if (spliced == null) {
            throw new IllegalStateException("spliced without a flow");
        }
        spliced.splice(client, site);
        gateway.open(spliced, since);
        gateway.timers().cancel(timer);
        gateway.timers().cancel(idle);
        gateway.followed(reserved);
        KeptConnection followed = kept;
        if (followed != null && !followed.exchanges().tunnel()) {
            stage = Stage.WATCHING;
            spliced.atEnd = parked::close;
            followed.watch(spliced, client, site);
            return;
        }
        // From here the flow holds the port and the counts.
        flow = null;
        leg = null;
        stage = Stage.DONE;
    }

    private void forgetLeg() {
        if (flow != null) {
            gateway.unexpect(flow);
            flow = null;
        }
        Leg to = leg;
        EndpointState of = endpoint;
        leg = null;
        endpoint = null;
        if (to != null && of != null) {
            of.flowClosed();
            gateway.serviceSide().release(to);
        }
    }

    private void done() {
        if (stage == Stage.DONE) {
            return;
        }
        stage = Stage.DONE;
        gateway.timers().cancel(timer);
        gateway.timers().cancel(idle);
        forgetLeg();
        parked.close();
        listener.flowClosed();
        gateway.followed(reserved);
    }
}
