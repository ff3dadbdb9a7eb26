package io.steamgate.edge.handoff;

import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.ServiceState;
import io.steamgate.edge.runtime.Timers.Timer;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.tcp.TcpState;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints' connections that a kept connection has left and may come back to: a client that alternates between two
 * services needs two connections and not one for each turn. In transparent mode there could not even be another one: its
 * ports would be those of the one before. One that the client does not come back to is closed after the idle time-out of
 * flows.
 */
final class ParkedLegs {
    /** A connection at rest: everything either end has sent on it is acknowledged. */
    final class Parked {
        final ServiceState service;
        final EndpointState endpoint;
        final Leg leg;
        final Flow flow;
        private final Timer idle = new Timer(() -> unused(this));

        private Parked(ServiceState service, EndpointState endpoint, Leg leg, Flow flow) {
            this.service = service;
            this.endpoint = endpoint;
            this.leg = leg;
            this.flow = flow;
        }
    }

    private static final int MOST = 4;

    private final Gateway gateway;
    private final ArrayDeque<Parked> legs = new ArrayDeque<>(2);

    ParkedLegs(Gateway gateway) {
        this.gateway = gateway;
    }

    void park(ServiceState service, EndpointState endpoint, Leg leg, Flow flow) {
        Parked parked = new Parked(service, endpoint, leg, flow);
        leg.connection().events(new TcpEvents() {
            @Override
            public void readable() {
                // The endpoint hangs up, or says what nobody asked for.
                drop(parked);
            }

            @Override
            public void closed(TcpEnd reason) {
                gone(parked);
                over(parked);
            }
        });
        // In transparent mode its packets are addressed to the client: the stack would not take them for its own.
        gateway.expectAgain(flow, (packet, splice) -> {
            gateway.tcp().receive(packet);
            return false;
        });
        legs.addLast(parked);
        gateway.timers()
                .armIn(parked.idle, flow.listener.listener().idleTimeout().toNanos());
        if (legs.size() > MOST) {
            drop(legs.getFirst());
        }
    }

    /** The connection to a service, if there is one and it is still good; it is not parked any more. */
    @Nullable
    Parked take(ServiceState service) {
        for (Parked parked : legs) {
            if (parked.service == service
                    && parked.leg.connection().state() == TcpState.ESTABLISHED
                    && parked.leg.connection().readable() == 0) {
                gone(parked);
                return parked;
            }
        }
        return null;
    }

    /** The client is gone: so are these. */
    void close() {
        while (!legs.isEmpty()) {
            drop(legs.getFirst());
        }
    }

    private void drop(Parked parked) {
        if (gone(parked)) {
            parked.leg.connection().close();
        }
    }

    private void unused(Parked parked) {
        if (gone(parked)) {
            if (parked.leg.pool() == null) {
                // The ports are the client's own and not to be held by TIME-WAIT: it may come back. Nothing is on its
                // way.
                parked.leg.connection().abort();
            } else {
                parked.leg.connection().close();
            }
        }
    }

    private boolean gone(Parked parked) {
        gateway.timers().cancel(parked.idle);
        return legs.remove(parked);
    }

    private void over(Parked parked) {
        parked.endpoint.flowClosed();
        gateway.left(parked.flow);
        gateway.serviceSide().release(parked.leg);
    }
}
