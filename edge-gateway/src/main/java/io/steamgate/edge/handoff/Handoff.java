package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.Bytes;
import io.steamgate.edge.follow.Decision;
import io.steamgate.edge.follow.Follower;
import io.steamgate.edge.follow.HttpExchanges.Step;
import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.ServiceState;
import io.steamgate.edge.runtime.Timers.Timer;
import io.steamgate.edge.stack.IpPacket;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.tcp.TcpSnapshot;
import io.steamgate.edge.tcp.TcpState;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a client on its way to an endpoint: followed until it is decided, connected, replayed, spliced. From
 * the splice on this object is garbage, except where it relays because the endpoint agreed to less than the client.
 *
 * <p>Nothing is lost on the way: bytes are consumed from the client's buffer only by writing them to the endpoint's
 * connection, and the splice waits until the endpoint has acknowledged every one.
 */
final class Handoff implements TcpEvents, KeptConnection.Owner, EndpointSide.Client {
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

    private static final byte[] NOTHING = new byte[0];

    private final Gateway gateway;
    private final ListenerState listener;
    private final Follower follower;
    private final EndpointSide site;
    private TcpConnection front;
    private final int reserved;
    /** When the client was accepted, or last taken back. */
    private long since;

    private final Timer timer = new Timer(this::timedOut);
    private final IdleLimit idle;
    private Stage stage = Stage.FOLLOWING;
    private RouteKey key = RouteKey.ofPort();
    private @Nullable HeldRequests requests;
    /** What the connection before did not take; said first on the next. */
    private byte[] unheard = NOTHING;

    Handoff(Gateway gateway, ListenerState listener, Follower follower, TcpConnection front, int reserved) {
        this.gateway = gateway;
        this.listener = listener;
        this.follower = follower;
        this.front = front;
        this.reserved = reserved;
        site = new EndpointSide(gateway, listener, this, this::endpointSends);
        idle = new IdleLimit(gateway.timers(), listener.listener().idleTimeout(), this::replaying, this::idle);
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
    public TcpConnection front() {
        return front;
    }

    @Override
    public RouteKey key() {
        return key;
    }

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
        if (held() && site.connected() && reason == TcpEnd.FINISHED) {
            // The endpoint's own connection finishes by itself.
            return;
        }
        done();
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

    private Optional<ServiceState> decide(RouteKey asked) {
        return listener.decide(asked, new Ipv4Address(front.remoteAddress()));
    }

    private void decided(RouteKey found) {
        key = found;
        Optional<ServiceState> chosen = decide(found);
        if (chosen.isEmpty()) {
            refuse(follower.onUnknown(), "no-rule");
            return;
        }
        gateway.counters().decisions().of("route").increment();
        gateway.timers().cancel(timer);
        site.leadTo(chosen.get());
        if (!listener.listener().leadsToOneService(found.host(), new Ipv4Address(front.remoteAddress()))) {
            HeldRequests all =
                    new HeldRequests(new KeptConnection(gateway, gateway.exchanges(), this, front.snapshot()));
            requests = all;
            all.read(front, this);
        }
        // The edge has promised the client no more than it buffers; from now on the window does not move until the
        // endpoint's takes its place.
        front.holdWindow();
        stage = Stage.CONNECTING;
        site.connect();
    }

    private void timedOut() {
        HeldRequests all = requests;
        if (stage == Stage.FOLLOWING
                || stage == Stage.REPLAYING && all != null && all.kept().step() == Step.MORE) {
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
        site.leave();
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

    @Override
    public void noEndpoint() {
        refuse(follower.onUnavailable(), "unavailable");
    }

    @Override
    public void endpointConnected() {
        if (site.joins()) {
            hold(Stage.REPLAYING);
        } else {
            gateway.counters().relayed().of(site.service().service().name()).increment();
            hold(Stage.RELAYING);
            front.releaseWindow();
        }
        byte[] header = Gateway.proxyHeader(site.service().service(), front);
        if (header.length > 0) {
            site.connection().write(header, 0, header.length);
        }
        byte[] again = unheard;
        unheard = NOTHING;
        if (again.length > 0) {
            site.connection().write(again, 0, again.length);
        }
        pump();
    }

    @Override
    public void endpointMoved() {
        pump();
    }

    @Override
    public void endpointClosed(TcpEnd reason) {
        if (!held()) {
            return;
        }
        HeldRequests all = requests;
        if (all != null && all.unheard(site.connection())) {
            repeat(all);
        } else if (reason == TcpEnd.FINISHED && front.state() != TcpState.CLOSED) {
            // The client's own connection finishes by itself: it has been sent everything, FIN included.
            pump();
            site.forget();
        } else {
            front.abort();
            done();
        }
    }

    // --- while the stack holds both --------------------------------------------------------------------------------

    private boolean held() {
        return stage == Stage.REPLAYING || stage == Stage.RELAYING;
    }

    private void hold(Stage next) {
        stage = next;
        idle.start();
    }

    /** Whether bytes of either end wait for the other. */
    private boolean replaying() {
        return stage == Stage.REPLAYING
                && site.connected()
                && !(site.connection().allAcknowledged() && front.allAcknowledged());
    }

    private void idle() {
        if (held()) {
            gateway.counters().idle().increment();
            front.abort();
            done();
        }
    }

    private void pump() {
        if (!held() || !site.connected()) {
            return;
        }
        idle.moved();
        TcpConnection back = site.connection();
        HeldRequests all = requests;
        if (all == null) {
            Pump.move(front, back);
            Pump.move(back, front);
        } else if (all.unheard(back)) {
            repeat(all);
            return;
        } else {
            pump(all, back);
        }
        if (stage == Stage.REPLAYING && back.endOfStream()) {
            // The endpoint has closed its half before there was a splice: there will be none, and the client must not
            // be held to what the edge promised before it knew the endpoint.
            stage = Stage.RELAYING;
            front.releaseWindow();
        }
        spliceIfAtRest();
    }

    private void pump(HeldRequests all, TcpConnection back) {
        all.read(front, this);
        if (!all.inHead()) {
            gateway.timers().cancel(timer);
        } else if (!timer.armed()) {
            gateway.timers().armIn(timer, listener.listener().followTimeout().toNanos());
        }
        all.move(front, back);
        if (all.broken(front)) {
            gateway.counters().followed().of("broken").increment();
            gateway.observer()
                    .refused(
                            listener,
                            front.remoteAddress(),
                            front.remotePort(),
                            key,
                            all.exchanges().fault());
            front.abort();
            done();
        } else if (all.stopped() && all.quiet(front, back)) {
            goElsewhere(all);
        }
    }

    /** The endpoint closed just as a request came back to it: the request is for another connection. */
    private void repeat(HeldRequests all) {
        gateway.counters().followed().of("repeated").increment();
        unheard = site.connection().unacknowledgedBytes();
        all.repeated();
        front.holdWindow();
        stage = Stage.CONNECTING;
        site.connectAnew();
    }

    /** What the client had with its endpoint is answered and acknowledged: its next request is for somebody else. */
    private void goElsewhere(HeldRequests all) {
        if (all.kept().step() == Step.MALFORMED) {
            Bytes rest = new Bytes(front.receiveArray(), front.receiveOffset(), front.readable());
            if (follower.follow(rest, false) instanceof Decision.Reject(byte[] reply, String reason)) {
                refuse(reply, reason);
            } else {
                refuse(NOTHING, "malformed");
            }
            return;
        }
        key = all.exchanges().head().key();
        Optional<ServiceState> next = decide(key);
        if (next.isEmpty()) {
            refuse(follower.onUnknown(), "no-rule");
            return;
        }
        gateway.counters().followed().of("moved").increment();
        front.holdWindow();
        if (site.comesBack(next.get())) {
            all.trust();
            all.admit();
            hold(site.joins() ? Stage.REPLAYING : Stage.RELAYING);
            pump();
        } else {
            all.admit();
            stage = Stage.CONNECTING;
            site.connect();
        }
    }

    // --- a kept connection -----------------------------------------------------------------------------------------

    @Override
    public boolean stays() {
        HeldRequests all = requests;
        if (all == null) {
            return true;
        }
        Optional<ServiceState> wanted = decide(all.exchanges().head().key());
        boolean same = wanted.isPresent() && wanted.get() == site.service();
        if (same) {
            gateway.counters().followed().of("stayed").increment();
        }
        return same;
    }

    @Override
    public void takenBack(TcpConnection client, TcpConnection back) {
        front = client;
        site.takenBack(back);
        hold(Stage.REPLAYING);
        since = gateway.clock().nanos();
        HeldRequests all = requests;
        if (all != null) {
            all.takenBack();
        }
        gateway.following(reserved);
    }

    @Override
    public TcpEvents frontEvents() {
        return this;
    }

    @Override
    public TcpEvents backEvents() {
        return site.events();
    }

    // --- the splice ------------------------------------------------------------------------------------------------

    /** Splices when nothing is on its way any more. */
    private void spliceIfAtRest() {
        if (stage != Stage.REPLAYING || !site.connected()) {
            return;
        }
        TcpConnection back = site.connection();
        if (SplicePoint.reached(front, back)) {
            back.acknowledgeNow();
            TcpSnapshot theirs = back.detach();
            if (front.mayAcknowledgeLater()) {
                TcpSnapshot mine = front.detach();
                LateAcknowledgement.owe(gateway, site.flow(), mine, theirs.sndWnd());
                splice(mine, theirs);
                return;
            }
            // The client's window was frozen at what the edge would buffer: now it is the endpoint's.
            front.receiveLimit(Math.max(1, theirs.sndWnd()));
            front.releaseWindow();
            front.acknowledgeNow();
            splice(front.detach(), theirs);
        }
    }

    /**
     * Sees the endpoint's packets before the stack does. The usual answer to a replay acknowledges all of it and brings
     * the first data: then the splice is now, and that very packet is the first to pass it.
     */
    private boolean endpointSends(IpPacket packet, Splice toClient) {
        if (stage == Stage.REPLAYING
                && site.connected()
                && SplicePoint.reachedBy(packet, front, site.connection(), gateway.tcp())) {
            splice(front.detach(), site.connection().detach());
            HeldRequests all = requests;
            return all == null || all.kept().siteSends(packet, toClient);
        }
        gateway.tcp().receive(packet);
        return false;
    }

    private void splice(TcpSnapshot client, TcpSnapshot theirs) {
        Flow spliced = site.flow();
        spliced.splice(client, theirs);
        gateway.open(spliced, since);
        gateway.timers().cancel(timer);
        idle.stop();
        gateway.followed(reserved);
        HeldRequests all = requests;
        if (all != null && !all.exchanges().tunnel()) {
            stage = Stage.WATCHING;
            spliced.atEnd = site::closeParked;
            all.kept().watch(spliced, client, theirs);
        } else {
            site.handOver();
            stage = Stage.DONE;
        }
    }

    private void done() {
        if (stage == Stage.DONE) {
            return;
        }
        stage = Stage.DONE;
        gateway.timers().cancel(timer);
        idle.stop();
        site.reset();
        site.closeParked();
        listener.flowClosed();
        gateway.followed(reserved);
    }
}
