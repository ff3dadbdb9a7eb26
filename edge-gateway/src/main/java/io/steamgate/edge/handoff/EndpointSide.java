package io.steamgate.edge.handoff;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.route.AddressMode;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.ServiceState;
import io.steamgate.edge.tcp.SynOffer;
import io.steamgate.edge.tcp.TcpAgreement;
import io.steamgate.edge.tcp.TcpConnection;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints' side of one handoff: chooses an endpoint of a service and connects to it, the next one when it fails, and
 * keeps the connections that the client has left and may come back to.
 */
final class EndpointSide {
    /** The handoff: whom an endpoint is sought for, and what it is told. */
    interface Client {
        /** The client's connection as it is now. */
        TcpConnection front();

        /** What the client asked for last. */
        RouteKey key();

        /** The endpoint has accepted. */
        void endpointConnected();

        /** The endpoint has sent, taken or acknowledged something. */
        void endpointMoved();

        /** The connection is over; not told of one that was never accepted. */
        void endpointClosed(TcpEnd reason);

        /** No endpoint of the service is left. */
        void noEndpoint();
    }

    private final Gateway gateway;
    private final ListenerState listener;
    private final Client client;
    private final Splice.Watch watch;
    private final ParkedLegs parked;
    private final List<EndpointState> tried = new ArrayList<>(2);
    private @Nullable ServiceState service;
    private @Nullable EndpointState endpoint;
    private @Nullable Leg leg;
    private @Nullable Flow flow;
    /** A SYN has been sent and not been answered. */
    private boolean connecting;

    /** @param watch sees the endpoint's packets before the stack does */
    EndpointSide(Gateway gateway, ListenerState listener, Client client, Splice.Watch watch) {
        this.gateway = gateway;
        this.listener = listener;
        this.client = client;
        this.watch = watch;
        parked = new ParkedLegs(gateway);
    }

    ServiceState service() {
        return present(service);
    }

    boolean connected() {
        return leg != null && !connecting;
    }

    /** The connection to the endpoint; there is one while {@link #connected}. */
    TcpConnection connection() {
        return present(leg).connection();
    }

    Flow flow() {
        return present(flow);
    }

    private static <T> T present(@Nullable T thing) {
        if (thing == null) {
            throw new IllegalStateException("the handoff has no endpoint");
        }
        return thing;
    }

    // --- choosing --------------------------------------------------------------------------------------------------

    /** From now on an endpoint of this service is wanted. */
    void leadTo(ServiceState wanted) {
        service = wanted;
    }

    /** Connects to an endpoint of the service, whichever is free and answers. */
    void connect() {
        tried.clear();
        next();
    }

    private void next() {
        ServiceState wanted = service();
        TcpConnection front = client.front();
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
                            new Events(candidate));
            if (opened != null) {
                candidate.flowOpened();
                endpoint = candidate;
                leg = opened;
                connecting = true;
                if (transparent) {
                    // Its packets are addressed to the client: the stack would not take them for its own.
                    flow = expect(candidate, opened.connection());
                }
                return;
            }
            gateway.counters().portsExhausted().increment();
        }
        connecting = false;
        gateway.counters().unavailable().increment();
        client.noEndpoint();
    }

    private Flow expect(EndpointState of, TcpConnection back) {
        return gateway.expect(listener, of, client.key(), client.front(), back, watch);
    }

    /** What the connection to one endpoint tells; an endpoint that was given up is not listened to. */
    private final class Events implements TcpEvents {
        private final EndpointState of;

        Events(EndpointState of) {
            this.of = of;
        }

        @Override
        public void connected() {
            if (endpoint == of && connecting) {
                connecting = false;
                of.connected();
                if (flow == null) {
                    flow = expect(of, connection());
                }
                client.endpointConnected();
            }
        }

        @Override
        public void readable() {
            if (endpoint == of) {
                client.endpointMoved();
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
            if (endpoint != of) {
                return;
            }
            if (!connecting) {
                client.endpointClosed(reason);
                return;
            }
            gateway.counters()
                    .endpointFailures()
                    .of(reason.name().toLowerCase(Locale.ROOT))
                    .increment();
            of.connectFailed();
            forget();
            next();
        }
    }

    /** Whether the packets of one end can be translated into packets of the other, and there is a way for them. */
    boolean joins() {
        TcpAgreement theirs = connection().agreed();
        TcpAgreement agreed = client.front().agreed();
        return agreed.sack() == theirs.sack()
                && agreed.timestamps() == theirs.timestamps()
                && agreed.windowScaling() == theirs.windowScaling()
                && gateway.route(flow());
    }

    // --- leaving and coming back -----------------------------------------------------------------------------------

    /**
     * Parks the connection, which is at rest; another service is wanted.
     *
     * @return whether the client has been there, and has its connection again
     */
    boolean comesBack(ServiceState next) {
        parked.park(service(), present(endpoint), present(leg), flow());
        leg = null;
        flow = null;
        endpoint = null;
        service = next;
        ParkedLegs.Parked known = parked.take(next);
        if (known == null) {
            return false;
        }
        leg = known.leg;
        flow = known.flow;
        endpoint = known.endpoint;
        known.leg.connection().events(new Events(known.endpoint));
        gateway.expectAgain(known.flow, watch);
        return true;
    }

    /** The connection is the stack's again after a splice; it tells {@link #events}. */
    void takenBack(TcpConnection site) {
        leg = new Leg(site, present(leg).pool());
        gateway.expectAgain(flow(), watch);
    }

    TcpEvents events() {
        return new Events(present(endpoint));
    }

    /** Gives the connection up, and opens another to the same service. */
    void connectAnew() {
        TcpConnection left = connection();
        left.events(TcpEvents.NONE);
        left.abort();
        forget();
        connect();
    }

    /** Ends what the client has with the endpoint, in peace. */
    void leave() {
        Leg left = leg;
        Flow there = flow;
        EndpointState of = endpoint;
        leg = null;
        flow = null;
        endpoint = null;
        connecting = false;
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

    /** The connection to the endpoint is over. */
    void forget() {
        if (flow != null) {
            gateway.unexpect(flow);
            flow = null;
        }
        Leg to = leg;
        EndpointState of = endpoint;
        leg = null;
        endpoint = null;
        connecting = false;
        if (to != null && of != null) {
            of.flowClosed();
            gateway.serviceSide().release(to);
        }
    }

    /** Spliced for good: from here the flow holds the port and the counts. */
    void handOver() {
        flow = null;
        leg = null;
        endpoint = null;
    }

    /** The client is gone. */
    void closeParked() {
        parked.close();
    }

    /** Forgets the connection, and resets it: what it then tells is not a failure of the endpoint. */
    void reset() {
        Leg to = leg;
        forget();
        if (to != null) {
            to.connection().abort();
        }
    }
}
